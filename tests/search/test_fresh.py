"""What a training begins with: small weights from the run's seed, larger ones in a deep network, He's under `paper`."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.program import Program
from dasdsl.language import loads
from dasdsl.lowering.composite import lower
from dasdsl.search.fresh import FAINT, SMALL, part_of, seeded
from dasdsl.search.settings import Settings

HEADER = """\
---
das: 1
space: small
input: 4x8x8
---
"""
GROUPED = """\
conv filters <1..3>x3 channels<=8 groups<=2
relu
conv filters 3x3 channels 4
flatten
linear channels 2
"""


def program(text: str) -> Program:
    return elaborate(loads(HEADER + text))


def chain(depth: int) -> Program:
    layers = "conv filters 3x3 channels 4\nrelu\n" * depth
    return program(f"{layers}flatten\nlinear channels 2\n")


def weights(text: str, **settings: object) -> dict[str, Tensor]:
    return seeded(program(text), Settings.of({}, settings)).state_dict()


def he(text: str, recipe: str) -> dict[str, Tensor]:
    torch.manual_seed(0)
    return lower(program(text), recipe).state_dict()  # type: ignore[arg-type]


def test_kernels_are_half_of_he_and_nothing_else_is() -> None:
    small, large = weights(GROUPED), he(GROUPED, "default")
    assert small.keys() == large.keys()
    kernels = [name for name in small if name.endswith("weight")]
    assert len(kernels) == 3
    for name, tensor in small.items():
        torch.testing.assert_close(tensor, SMALL * large[name] if name in kernels else large[name])


def test_under_paper_they_are_those_of_he() -> None:
    small, large = weights(GROUPED, recipe="paper"), he(GROUPED, "paper")
    for name, tensor in small.items():
        torch.testing.assert_close(tensor, large[name])


def test_they_follow_from_the_seed() -> None:
    first, again, other = weights(GROUPED), weights(GROUPED), weights(GROUPED, seed=1)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["conv1.weight"], other["conv1.weight"])


@pytest.mark.parametrize("depth", [1, 5, 8])
def test_up_to_nine_kernels_in_a_row_are_small(depth: int) -> None:
    assert part_of(chain(depth)) == SMALL


@pytest.mark.parametrize("depth", [11, 30])
def test_what_comes_through_a_deep_network_is_never_too_faint(depth: int) -> None:
    assert part_of(chain(depth)) ** (depth + 1) == pytest.approx(FAINT)


def test_the_longest_way_counts_not_the_number_of_kernels() -> None:
    branch = "add:\n" + "    path: conv filters 3x3 channels 4\n" * 3
    text = f"{branch * 5}flatten\nlinear channels 2\n"
    assert part_of(program(text)) == SMALL
