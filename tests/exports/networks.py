"""Architectures with weights of their own, as texts that an export has to say."""

from __future__ import annotations

import torch

import dasdsl
from dasdsl.ir.closing import close
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.extremes import largest
from dasdsl.ir.program import Program
from dasdsl.lowering.composite import CompositeModel

HEAD = "---\ndas: 1\nspace: {name}\ninput: {input}\n---\n"
SEVERAL = HEAD.format(name="several", input="4x9x8") + (
    "stem = conv filters 3x2 channels 6 stride 2x1 pad 1/0x0/1\n"
    "norm batch\n"
    "residual:\n    conv filters 1x1 channels 6\n    leaky 0.2\n"
    "conv filters 3x3 channels 5 groups [0,2,5 -> 0,3; 1-3 -> 1,4; none -> 2]\n"
    "concat:\n    path: identity\n    path: conv filters 1x1 channels 2 bias off reads [0,2-3]\n"
    "pool avg 3 stride 1 pad 1\n"
    "pool max 2 stride 1 pad 0/1\n"
    "pool avg 3 stride 1 pad 2/0\n"
    "flatten\n"
    "linear channels 3 reads [0,2-4]\n"
)
"""Pads that differ, patterns that share inputs and one that reads nothing, reads with gaps, a sum, a concatenation."""


def program(text: str) -> Program:
    """An architecture, or the largest of a space."""
    found = elaborate(dasdsl.loads(text))
    return elaborate(close(found, largest(found)).space) if found.decisions else found


def network(of: Program) -> CompositeModel:
    """With random weights, biases and running statistics."""
    generator = torch.Generator().manual_seed(7)
    model = CompositeModel(of, "decided").eval()
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point():
            drawn = torch.rand(tensor.shape, generator=generator)
            tensor.copy_(drawn + 0.5 if "running_var" in name else drawn - 0.5)
    return model
