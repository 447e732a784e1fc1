"""`shuffle g`: the channels of g groups dealt out in turn, so that the next grouped layer reads from all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations import core
from dasdsl.operations.core.axes import Axis, Shape, Site
from dasdsl.operations.core.fields import Field, Kind
from dasdsl.operations.core.operation import Operation, operation
from dasdsl.operations.core.problems import Refused

if TYPE_CHECKING:
    from torch import nn


@operation
@frozen
class Shuffle(Operation):
    """Channel shuffle (Zhang et al. 2018, ShuffleNet); it reads all channels, in their order."""

    words = "shuffle"
    about = "the channels of g groups dealt out in turn"
    also = ("channelshuffle",)
    example = "shuffle 2"
    fields = (Field("groups", Kind.INTEGER, keyword=False, about="the number of groups"),)
    homogeneous = True
    ordered = True

    groups: int

    @property
    def pins(self) -> bool:
        """It does: with a channel gone the others would land elsewhere."""
        return True

    def shape(self, reads: tuple[Shape, ...]) -> Shape:
        """Its input's.

        Raises: Refused E106 where the groups do not divide the channels.
        """
        if reads[0][0] % self.groups:
            raise Refused(core.faults.NotDivisible(groups=self.groups, number=reads[0][0], which="reads"), "groups")
        return reads[0]

    def check(self, site: Site) -> None:
        """Raise Refused E106 where the groups cut through the features of a flattened channel."""
        if len(site.axis) % self.groups or set(site.axis.spreads) != {site.axis.spreads[0]}:
            raise Refused(core.faults.NotDivisible(groups=self.groups, number=len(site.axis), which="reads"), "groups")

    def axis(self, site: Site) -> Axis:
        """Position k of group i comes to position k·g + i."""
        singles = site.axis.singles
        size = len(singles) // self.groups
        return Axis(tuple(singles[i * size + k] for k in range(size) for i in range(self.groups)))

    def module(self, site: Site) -> nn.Module:
        """`nn.ChannelShuffle`, or on flattened channels the same with each channel's features together."""
        from dasdsl.layers.shuffle import ChannelShuffle

        return ChannelShuffle(self.groups, site.axis.spreads[0])
