"""Some of the channels."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from dasdsl.layers.code import Code, Written


class Slice(nn.Module, Written):
    """The channels at these positions, ascending; a view where they stand together."""

    index: Tensor

    def __init__(self, positions: tuple[int, ...]) -> None:
        super().__init__()
        self.positions = positions
        self.register_buffer("index", torch.tensor(positions, dtype=torch.long), persistent=False)

    @property
    def together(self) -> bool:
        """Whether no position between the first and the last is missing."""
        return bool(self.positions) and self.positions[-1] - self.positions[0] == len(self.positions) - 1

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, …) → (N, positions, …)."""
        if self.together:
            return x[:, self.positions[0] : self.positions[-1] + 1]
        return x.index_select(1, self.index)

    def code(self, name: str, reads: Sequence[str]) -> Code:
        """An expression."""
        if self.together:
            return Code(f"{reads[0]}[:, {self.positions[0]}:{self.positions[-1] + 1}]")
        return Code(f"{reads[0]}[:, {list(self.positions)}]")

    def extra_repr(self) -> str:  # noqa: D102
        return f"{len(self.positions)} channels"
