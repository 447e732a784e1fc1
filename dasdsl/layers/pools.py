"""Pools whose pads are not those of PyTorch's own."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dasdsl.layers.code import Code, Written, constructor
from dasdsl.operations.core.axes import Shape
from dasdsl.operations.core.windows import Pairs


class PaddedPool(nn.Module, Written):
    """A pool of what is padded first: other pads before than after, or more than half of the window.

    `fill` is what pads hold. `counts` are the positions in each window that are none of the pads, where a mean leaves
    them out; the pool itself counts all.
    """

    counts: Tensor | None

    def __init__(self, pool: nn.Module, window: tuple[int, ...], pads: Pairs, fill: float = 0) -> None:
        super().__init__()
        self.pool, self.size, self.fill = pool, prod(window), fill
        self.sides = [number for pair in reversed(pads) for number in pair]
        self.space: tuple[int, ...] = ()
        self.register_buffer("counts", None, persistent=False)

    def left_out(self, shape: Shape) -> PaddedPool:
        """The same, its pads left out of the means of inputs of this shape (C, n, …)."""
        self.space = shape[1:]
        # whole numbers, which stay what they are whatever type the network is given
        self.counts = (self.pool(F.pad(torch.ones(1, 1, *self.space), self.sides)) * self.size).round().int()
        return self

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, n, …) → (N, C, m, …)."""
        y: Tensor = self.pool(F.pad(x, self.sides, value=self.fill))
        return y if self.counts is None else y * self.size / self.counts

    def code(self, name: str, reads: Sequence[str]) -> Code:
        """An expression of the pool; how many positions each window counts is worked out once."""
        value = f', value=float("{self.fill}")' if self.fill else ""
        made = (f"self.{name} = {constructor(self.pool)}",)
        pooled = f"self.{name}(F.pad({reads[0]}, {self.sides}{value}))"
        if self.counts is None:
            return Code(pooled, made)
        ones = f"ones = F.pad(torch.ones{(1, 1, *self.space)}, {self.sides})"
        counts = f"(self.{name}(ones) * {self.size}).round().int()"
        counted = f'self.register_buffer("{name}_counts", {counts}, persistent=False)'
        return Code(f"{pooled} * {self.size} / self.{name}_counts", (*made, ones, counted))

    def extra_repr(self) -> str:  # noqa: D102
        return f"pads={self.sides}"
