"""`pool avg K`: the mean of each window, the pad left out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dasdsl.frozen import frozen
from dasdsl.operations.core.axes import Site
from dasdsl.operations.core.operation import operation
from dasdsl.operations.core.pooling import Pool

if TYPE_CHECKING:
    from torch import nn


@operation
@frozen
class PoolAvg(Pool):
    """Average pooling."""

    words = "pool avg"
    about = "the mean of each window, the pad left out of it"
    also = ("avgpool", "avgpool2d", "averagepool", "averagepooling", "averagepooling2d", "meanpool")
    example = "pool avg 2"

    def module(self, site: Site) -> nn.Module:
        """`nn.AvgPool1d`, `2d` or `3d`, padding not counted."""
        from torch import nn

        window, stride, pad = self.sizes(site.shape)
        makers = {1: nn.AvgPool1d, 2: nn.AvgPool2d, 3: nn.AvgPool3d}
        maker: Any = makers[len(window)]  # its arguments are tuples of this rank's length
        return maker(window, stride, pad, count_include_pad=False)
