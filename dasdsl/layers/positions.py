"""A norm of each position."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from dasdsl.layers.code import Code, Written, constructor


class PositionNorm(nn.LayerNorm, Written):
    """`nn.LayerNorm` over the channels, which come first here and last there."""

    def __init__(self, channels: int, eps: float) -> None:
        super().__init__(channels, eps=eps)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the name that PyTorch's layer gives it
        """(N, C, …) → (N, C, …)."""
        return super().forward(input.movedim(1, -1)).movedim(-1, 1)

    def code(self, name: str, reads: Sequence[str]) -> Code:
        """PyTorch's layer, with the channels moved."""
        return Code(
            f"self.{name}({reads[0]}.movedim(1, -1)).movedim(-1, 1)",
            (f"self.{name} = {constructor(self)}",),
            tensors={key: f"{name}.{key}" for key in self.state_dict()},
        )
