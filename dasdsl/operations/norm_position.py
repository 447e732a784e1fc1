"""`norm position`: the channels of each position by their mean and variance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations import core
from dasdsl.operations.core.axes import Shape, Site
from dasdsl.operations.core.joint import Joint
from dasdsl.operations.core.normalisation import Norm, eps
from dasdsl.operations.core.operation import operation
from dasdsl.operations.core.problems import Refused

if TYPE_CHECKING:
    from torch import nn


POSITION = 1e-6
"""That of ConvNeXt: the variance of few channels can be small."""


@operation
@frozen
class NormPosition(Joint, Norm):
    """Layer normalisation over the channels of each position alone (Liu et al. 2022, ConvNeXt)."""

    words = "norm position"
    about = "the channels of each position by their mean and variance"
    also = ("layernorm2d",)
    example = "norm position"
    fields = (eps(POSITION),)

    eps: float = POSITION

    def shape(self, reads: tuple[Shape, ...]) -> Shape:
        """Its input's.

        Raises: Refused E102 on a vector, E110 where there is one channel.
        """
        if len(reads[0]) == 1:
            raise Refused(core.faults.NoSpace(what=self.words, shape=reads[0], instead="on a vector use `norm layer`"))
        if reads[0][0] == 1:
            raise Refused(core.faults.OneValue(what=self.words, shape=reads[0]))
        return super().shape(reads)

    def module(self, site: Site) -> nn.Module:
        """`nn.LayerNorm` of the channels."""
        from dasdsl.layers.positions import PositionNorm

        return PositionNorm(site.shape[0], self.eps)
