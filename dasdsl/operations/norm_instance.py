"""`norm instance`: each channel by its mean and variance over space."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations import core
from dasdsl.operations.core.axes import Shape, Site
from dasdsl.operations.core.normalisation import Norm
from dasdsl.operations.core.operation import operation
from dasdsl.operations.core.problems import Refused

if TYPE_CHECKING:
    from torch import nn


@operation
@frozen
class NormInstance(Norm):
    """Instance normalisation (Ulyanov et al. 2016), with a trainable scale and shift."""

    words = "norm instance"
    about = "each channel by its mean and variance over space"
    also = ("instancenorm", "instancenorm2d")
    example = "norm instance"

    def shape(self, reads: tuple[Shape, ...]) -> Shape:
        """Its input's."""
        if len(reads[0]) == 1:
            raise Refused(core.faults.NoSpace(what=self.words, shape=reads[0], instead="on a vector use `norm batch`"))
        if prod(reads[0][1:]) == 1:
            raise Refused(core.faults.OneValue(what=self.words, shape=reads[0]))
        return super().shape(reads)

    def module(self, site: Site) -> nn.Module:
        """`nn.InstanceNorm1d`, `2d` or `3d`."""
        from torch import nn

        makers = {1: nn.InstanceNorm1d, 2: nn.InstanceNorm2d, 3: nn.InstanceNorm3d}
        return makers[len(site.shape) - 1](site.shape[0], eps=self.eps, affine=True)
