"""Programs without what outcomes leave out."""

from __future__ import annotations

import pytest

from dasdsl.ir.counting import count, layers
from dasdsl.ir.extremes import largest
from dasdsl.ir.liveness import Collapsed
from dasdsl.ir.narrowing import narrowed
from tests.ir.texts import program

RESIDUAL = """stem = conv filters 3x3 channels<=6
residual:
    norm batch
    relu
    conv filters <1..3>x3 channels<=6
choose:
    path: conv filters 3x3 channels<=6
    path: conv filters 1x1 channels<=6
flatten
linear channels 3"""


def test_everything_left_is_the_program() -> None:
    whole = program(RESIDUAL)
    outcomes = largest(whole) | {"choose1.choice": 0}
    left = narrowed(whole, outcomes)
    assert left.program.cost == count(whole, outcomes)
    assert [node.shape for node in left.program.nodes] == [node.shape for node in left.whole.values()]


def test_channels_that_nobody_reads_are_left_out_wherever_they_pass() -> None:
    whole = program(RESIDUAL)
    outcomes = largest(whole) | {
        "residual1.conv1.filters.height": 1,
        "residual1.conv1.reads": (0, 1),
        "choose1.path1.conv1.reads": (1, 3),
        "choose1.choice": 0,
        "linear1.reads": (2, 4, 5),
    }
    left = narrowed(whole, outcomes)
    shapes = {node.name: node.shape for node in left.program.nodes}
    # 0 and 1 are read inside of the residual, 1 and 3 behind it
    assert shapes["stem"] == (3, 8, 8)
    assert left.outputs["stem"] == left.outputs["residual1.conv1"] == (0, 1, 3)
    assert left.outputs["choose1.path1.conv1"] == (2, 4, 5)
    assert left.kept["choose1.path1.conv1"] == (0, 1, 3)
    assert shapes["flatten1"] == (3 * 64,)
    assert {node.name: node.cost for node in left.program.nodes if node.cost.params} == dict(layers(whole, outcomes))


def test_choices_that_are_not_named_stay_open() -> None:
    whole = program(RESIDUAL)
    outcomes = largest(whole)
    del outcomes["choose1.choice"]
    left = narrowed(whole, outcomes)
    assert [node.name for node in left.program.nodes] == [node.name for node in whole.nodes]
    assert left.program.cost == whole.cost


def test_nothing_left_is_an_error() -> None:
    whole = program(RESIDUAL)
    with pytest.raises(Collapsed):
        narrowed(whole, largest(whole) | {"choose1.choice": 0, "linear1.reads": ()})
