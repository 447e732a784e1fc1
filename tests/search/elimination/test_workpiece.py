"""What moves save follows from the cost that the settings name."""

from __future__ import annotations

import math

import pytest

from dasdsl.operations.core.operation import Cost
from dasdsl.search.elimination.channels import drops
from dasdsl.search.elimination.workpiece import Workpiece, fall
from dasdsl.search.settings import Saved
from tests.search.elimination.planted import taught, trainer, whole

# The convolution has few weights, used at 64 places; the layers behind it have many, used once.
SPACE = """---
das: 1
space: two
input: 2x8x8
---
conv filters 3x3 channels<=4
relu
pool global avg
flatten
linear channels<=64
relu
linear channels 2
"""
TRUTH = SPACE.replace("<=4", " 2").replace("<=64", " 8")


@pytest.mark.parametrize(
    ("after", "what", "expected"),
    [
        (Cost(50, 100), "both", math.log(2)),
        (Cost(50, 25), "both", math.log(8)),
        (Cost(50, 101), "both", 0.0),
        (Cost(50, 101), "params", math.log(2)),
        (Cost(101, 50), "macs", math.log(2)),
        (Cost(101, 100), "params", -math.log(1.01)),
        (Cost(100, 100), "both", 0.0),
    ],
)
def test_the_fall_is_that_of_what_is_named(after: Cost, what: Saved, expected: float) -> None:
    assert fall(after, Cost(100, 100), what) == pytest.approx(expected)


@pytest.mark.parametrize(("what", "more"), [("params", "linear1"), ("macs", "conv1"), ("both", "conv1")])
def test_the_cost_that_is_named_tells_which_layer_pays(what: str, more: str) -> None:
    piece = Workpiece(trainer(taught(TRUTH, samples=64), cost=what), whole(SPACE))
    saved = {move.label: piece.saved(move) for move in drops(piece.model.program, piece.model.outcomes())}
    per_layer = {name: [part for label, part in saved.items() if label.endswith(name)] for name in ("conv1", "linear1")}
    # one of four channels in the convolution, one of 64 in the linear layer: compared by the share that goes
    share = {"conv1": per_layer["conv1"][0] / 0.25, "linear1": per_layer["linear1"][0] * 64}
    assert max(share, key=lambda name: share[name]) == more
