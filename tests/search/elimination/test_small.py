"""Fresh weights are small, larger in a deep network."""

from __future__ import annotations

import pytest
import torch

from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.program import Program
from dasdsl.language import loads
from dasdsl.lowering.composite import lower
from dasdsl.search.elimination.small import FAINT, SMALL, part_of, small_

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


def test_kernels_are_half_of_he_and_nothing_else_is() -> None:
    torch.manual_seed(0)
    model = lower(program(GROUPED))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    small_(model)
    kernels = [name for name in before if name.endswith("weight")]
    assert len(kernels) == 3
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(tensor, SMALL * before[name] if name in kernels else before[name])


@pytest.mark.parametrize("depth", [1, 5, 8])
def test_up_to_nine_kernels_in_a_row_are_small(depth: int) -> None:
    assert part_of(chain(depth)) == SMALL


@pytest.mark.parametrize("depth", [11, 30])
def test_what_comes_through_a_deep_network_is_never_too_faint(depth: int) -> None:
    assert part_of(chain(depth)) ** (depth + 1) == pytest.approx(FAINT)


def test_the_longest_way_counts_not_the_number_of_kernels() -> None:
    branch = "add:\n" + "    path: conv filters 3x3 channels 4\n" * 3
    assert part_of(program(f"{branch * 5}flatten\nlinear channels 2\n")) == SMALL
