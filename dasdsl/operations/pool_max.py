"""`pool max K`: the largest value in each window."""

from __future__ import annotations

from math import inf
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
        """`nn.MaxPool1d`, `2d` or `3d`, behind a pad of its own where theirs cannot be this one."""
        from torch import nn

        window, stride, pairs = self.sizes(site.shape)
        maker = {1: nn.MaxPool1d, 2: nn.MaxPool2d, 3: nn.MaxPool3d}[len(window)]
        pad = self.common(window, pairs)
        if pad is not None:
            return maker(window, stride, pad)
        from dasdsl.layers.pools import PaddedPool

        return PaddedPool(maker(window, stride), window, pairs, -inf)
