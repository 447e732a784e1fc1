"""`pool global avg|max`: one value a channel; space becomes size 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations import core
from dasdsl.operations.core.axes import Shape, Site
from dasdsl.operations.core.fields import Field, Kind
from dasdsl.operations.core.operation import Operation, operation
from dasdsl.operations.core.problems import Refused

if TYPE_CHECKING:
    from torch import nn


@operation
@frozen
class PoolGlobal(Operation):
    """Global pooling: each side of space becomes 1."""

    words = "pool global"
    about = "the mean or the largest value of each channel; space becomes size 1"
    also = (
        "gap",
        "globalavgpool",
        "globalaveragepool",
        "globalpool",
        "globalmaxpool",
        "adaptiveavgpool2d",
        "adaptiveavgpool",
    )
    example = "pool global avg"
    fields = (Field("kind", Kind.WORD, keyword=False, words=("avg", "max"), about="mean or largest"),)
    homogeneous = True

    kind: str

    def shape(self, reads: tuple[Shape, ...]) -> Shape:
        """(C, n, …) → (C, 1, …)."""
        if len(reads[0]) == 1:
            instead = "a vector has no positions to pool over; drop this line"
            raise Refused(core.faults.NoSpace(what=self.words, shape=reads[0], instead=instead))
        return (reads[0][0], *(1 for _ in reads[0][1:]))

    def module(self, site: Site) -> nn.Module:
        """`nn.AdaptiveAvgPoolNd(1)` or `nn.AdaptiveMaxPoolNd(1)`."""
        from torch import nn

        average = {1: nn.AdaptiveAvgPool1d, 2: nn.AdaptiveAvgPool2d, 3: nn.AdaptiveAvgPool3d}
        largest = {1: nn.AdaptiveMaxPool1d, 2: nn.AdaptiveMaxPool2d, 3: nn.AdaptiveMaxPool3d}
        return (average if self.kind == "avg" else largest)[len(site.shape) - 1](1)
