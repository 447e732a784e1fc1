"""Fresh weights that are smaller than He's: what is learnt from them is one feature after the other.

From large ones it is whatever is near to them, which gets stuck. They are no smaller than lets a deep network learn.
"""

from __future__ import annotations

import torch

from dasdsl.ir.program import Program
from dasdsl.lowering.composite import CompositeModel

SMALL = 0.5
"""Kernels are this part of He's, which keep the size of what passes through them (PyTorch's own are 0.41)."""
FAINT = 1e-3
"""Of its size at the input no less than this is to reach the output, through all kernels on the longest way."""


@torch.no_grad()
def small_(model: CompositeModel) -> None:
    """Let kernels with He's weights be a part of what they are; gates stay."""
    part = part_of(model.program)
    for parameter in model.weight_parameters():
        if parameter.dim() > 1:
            parameter.mul_(part)


def part_of(program: Program) -> float:
    """How large kernels are, as a part of He's: `SMALL`, or more where many stand one behind the other."""
    return max(SMALL, FAINT ** (1 / max(_deepest(program), 1)))


def _deepest(program: Program) -> int:
    """The most kernels on one way from the input."""
    deep: dict[str, int] = {}
    for node in program.nodes:
        before = max((deep.get(name, 0) for name in node.inputs), default=0)
        deep[node.name] = before + (node.kernel is not None)
    return max(deep.values(), default=0)
