"""`pool max K`: the largest value in each window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations.core.axes import Site
from dasdsl.operations.core.operation import operation
from dasdsl.operations.core.pooling import Pool

if TYPE_CHECKING:
    from torch import nn


@operation
@frozen
class PoolMax(Pool):
    """Max pooling."""

    words = "pool max"
    about = "the largest value in each window"
    also = ("maxpool", "maxpool1d", "maxpool2d", "maxpool3d", "maxpooling", "maxpooling2d")
    example = "pool max 2"

    def module(self, site: Site) -> nn.Module:
        """`nn.MaxPool1d`, `2d` or `3d`."""
        from torch import nn

        window, stride, pad = self.sizes(site.shape)
        makers = {1: nn.MaxPool1d, 2: nn.MaxPool2d, 3: nn.MaxPool3d}
        return makers[len(window)](window, stride, pad)
