"""`norm group n`: the channels in n groups, each by its mean and variance over the group and space."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations import core
from dasdsl.operations.core.axes import Shape, Site
from dasdsl.operations.core.fields import Field, Kind
from dasdsl.operations.core.joint import Joint
from dasdsl.operations.core.normalisation import Norm, eps
from dasdsl.operations.core.operation import operation
from dasdsl.operations.core.problems import Refused

if TYPE_CHECKING:
    from torch import nn


@operation
@frozen
class NormGroup(Joint, Norm):
    """Group normalisation (Wu & He 2018)."""

    words = "norm group"
    about = "the channels in n groups, each by its mean and variance"
    also = ("groupnorm",)
    example = "norm group 2"
    fields = (Field("groups", Kind.INTEGER, keyword=False, about="the number of groups"), eps())
    ordered = True

    groups: int

    def shape(self, reads: tuple[Shape, ...]) -> Shape:
        """Its input's.

        Raises: Refused E106 where the groups do not divide the channels, E110 where each is a single value.
        """
        if reads[0][0] % self.groups:
            raise Refused(core.faults.NotDivisible(groups=self.groups, number=reads[0][0], which="reads"), "groups")
        if prod(reads[0]) == self.groups:
            raise Refused(core.faults.OneValue(what=f"{self.words} {self.groups}", shape=reads[0]))
        return super().shape(reads)

    def module(self, site: Site) -> nn.Module:
        """`nn.GroupNorm`."""
        from torch import nn

        return nn.GroupNorm(self.groups, site.shape[0], eps=self.eps)
