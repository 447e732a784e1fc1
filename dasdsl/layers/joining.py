"""Modules of several inputs."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from dasdsl.layers.code import Code, Written
from dasdsl.layers.gated import Gated, Gates
from dasdsl.layers.labelled import Labelled


class Add(Labelled, Written):
    """The sum of its inputs."""

    def forward(self, first: Tensor, *others: Tensor) -> Tensor:
        """Tensors of one shape → that shape."""
        for other in others:
            first = first + other
        return first

    def code(self, name: str, reads: Sequence[str]) -> Code:
        """An expression."""
        return Code(" + ".join(reads))


class Mul(Labelled, Written):
    """The product of its inputs."""

    def forward(self, first: Tensor, *others: Tensor) -> Tensor:
        """(N, C, …), each side of space the same or 1 → (N, C, …)."""
        for other in others:
            first = first * other
        return first

    def code(self, name: str, reads: Sequence[str]) -> Code:
        """An expression."""
        return Code(" * ".join(reads))


class Concat(Labelled, Written):
    """Its inputs' channels one behind the other."""

    def forward(self, *inputs: Tensor) -> Tensor:
        """(N, C_k, …) each → (N, ΣC_k, …)."""
        return torch.cat(inputs, dim=1)

    def code(self, name: str, reads: Sequence[str]) -> Code:
        """An expression."""
        return Code(f"torch.cat([{', '.join(reads)}], 1)")


class Zero(Labelled, Written):
    """Zeros."""

    def forward(self, x: Tensor) -> Tensor:
        """Zeros of its input's shape."""
        return torch.zeros_like(x)

    def code(self, name: str, reads: Sequence[str]) -> Code:
        """An expression."""
        return Code(f"torch.zeros_like({reads[0]})")


class Select(Labelled, Gated):
    """Σ a_k·x_k over its inputs x_k; `key` names the gate a. Once decided, a is one 1 and zeros."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key

    def forward(self, *inputs: Tensor, gates: Gates) -> Tensor:
        """Tensors of one shape → that shape."""
        out = torch.zeros_like(inputs[0])
        for weight, tensor in zip(gates[self.key].unbind(), inputs, strict=True):
            out = out + weight * tensor
        return out
