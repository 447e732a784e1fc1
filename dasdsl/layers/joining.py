"""Modules of several inputs."""

from __future__ import annotations

import torch
from torch import Tensor

from dasdsl.layers.labelled import Labelled


class Add(Labelled):
    """The sum of its inputs."""

    def forward(self, first: Tensor, *others: Tensor) -> Tensor:
        """Tensors of one shape → that shape."""
        for other in others:
            first = first + other
        return first


class Mul(Labelled):
    """The product of its inputs."""

    def forward(self, first: Tensor, *others: Tensor) -> Tensor:
        """(N, C, …), each side of space the same or 1 → (N, C, …)."""
        for other in others:
            first = first * other
        return first


class Concat(Labelled):
    """Its inputs' channels one behind the other."""

    def forward(self, *inputs: Tensor) -> Tensor:
        """(N, C_k, …) each → (N, ΣC_k, …)."""
        return torch.cat(inputs, dim=1)
