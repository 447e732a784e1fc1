"""Channel shuffle."""

from __future__ import annotations

from torch import Tensor, nn


class ChannelShuffle(nn.Module):
    """Deals out the channels of `groups` groups in turn; each channel is `spread` neighbouring features.

    PyTorch's own takes no vectors and has no spread.
    """

    def __init__(self, groups: int, spread: int) -> None:
        super().__init__()
        self.groups, self.spread = groups, spread

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, …) → (N, C, …)."""
        return x.unflatten(1, (self.groups, -1, self.spread)).transpose(1, 2).flatten(1, 3)

    def extra_repr(self) -> str:  # noqa: D102
        return f"groups={self.groups}"
