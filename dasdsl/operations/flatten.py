"""`flatten`: channels and space as one vector, channel by channel."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations.core.axes import Axis, Shape, Site
from dasdsl.operations.core.operation import Operation, operation

if TYPE_CHECKING:
    from torch import nn


@operation
@frozen
class Flatten(Operation):
    """(C, …) becomes a vector; what reads it reads per channel, each spread over its positions."""

    words = "flatten"
    about = "channels and space as one vector"
    also = ("view", "reshape")
    example = "flatten"
    homogeneous = True

    def shape(self, reads: tuple[Shape, ...]) -> Shape:
        """(C, n, …) → (C·n·…,)."""
        return (prod(reads[0]),)

    def axis(self, site: Site) -> Axis:
        """Its input's, each channel spread over the positions of space."""
        return site.axis.spread(prod(site.shape[1:]))

    def module(self, site: Site) -> nn.Module:
        """`nn.Flatten`."""
        from torch import nn

        return nn.Flatten()
