"""`pool avg K`: the mean of each window, the pad left out of it unless it is `counted`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dasdsl.frozen import frozen
from dasdsl.operations.core.axes import Site
from dasdsl.operations.core.fields import Field, Kind
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
    fields = (
        *Pool.fields,
        Field("counted", Kind.WORD, default=False, about="the pad counts, as zeros, in the mean"),
    )

    counted: bool = False

    @property
    def keeps_constants(self) -> bool:
        """Not at the border, where zeros count."""
        return not self.counted

    def module(self, site: Site) -> nn.Module:
        """`nn.AvgPool1d`, `2d` or `3d`, behind a pad of its own where theirs cannot be this one."""
        from torch import nn

        window, stride, pairs = self.sizes(site.shape)
        makers = {1: nn.AvgPool1d, 2: nn.AvgPool2d, 3: nn.AvgPool3d}
        maker: Any = makers[len(window)]  # its arguments are tuples of this rank's length
        pad = self.common(window, pairs)
        if pad is not None:
            return maker(window, stride, pad, count_include_pad=self.counted)
        from dasdsl.layers.pools import PaddedPool

        padded = PaddedPool(maker(window, stride), window, pairs)
        return padded if self.counted else padded.left_out(site.shape)
