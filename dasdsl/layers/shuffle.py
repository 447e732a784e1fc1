"""Channel shuffle."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from dasdsl.layers.code import Code, Written


class ChannelShuffle(nn.Module, Written):
    """Deals out the channels of `groups` groups in turn; each channel is `spread` neighbouring features.

    PyTorch's own takes no vectors and has no spread.
    """

    def __init__(self, groups: int, spread: int) -> None:
        super().__init__()
        self.groups, self.spread = groups, spread

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, …) → (N, C, …)."""
        return x.unflatten(1, (self.groups, -1, self.spread)).transpose(1, 2).flatten(1, 3)

    def code(self, name: str, reads: Sequence[str]) -> Code:
        """An expression."""
        return Code(f"{reads[0]}.unflatten(1, ({self.groups}, -1, {self.spread})).transpose(1, 2).flatten(1, 3)")

    def extra_repr(self) -> str:  # noqa: D102
        return f"groups={self.groups}"
