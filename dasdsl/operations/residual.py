"""`residual:`: what its block makes, added to what it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations.core.axes import Shape, Site
from dasdsl.operations.core.joining import Sum
from dasdsl.operations.core.operation import operation

if TYPE_CHECKING:
    from torch import nn


@operation
@frozen
class Residual(Sum):
    """A block and a skip connection around it (He et al. 2016)."""

    words = "residual"
    about = "what its block makes, added to what it reads"
    also = ("skip", "shortcut")
    example = "residual: conv filters 3x3 channels 4"
    opens = "body"

    def instead(self, reads: tuple[Shape, ...]) -> str:
        """An `add:` with a projection beside the block."""
        block, skip = reads[0], reads[-1]
        if len(block) == 1:
            projection = f"linear channels {block[0]}"
        else:
            strides = [-(-before // after) for before, after in zip(skip[1:], block[1:], strict=False)]
            side = "x".join("1" for _ in block[1:])
            stride = f" stride {max(strides, default=1)}" if max(strides, default=1) > 1 else ""
            projection = f"conv filters {side} channels {block[0]}{stride}"
        return f"write `add:` with two paths: `path:` with the block, and `path: {projection}`"

    def module(self, site: Site) -> nn.Module:
        """Our own: PyTorch has no module for it."""
        from dasdsl.layers.joining import Add

        return Add()
