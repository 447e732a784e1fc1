"""`norm layer`: all channels and positions of an example by their common mean and variance."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations import core
from dasdsl.operations.core.axes import Shape, Site
from dasdsl.operations.core.joint import Joint
from dasdsl.operations.core.normalisation import Norm
from dasdsl.operations.core.operation import operation
from dasdsl.operations.core.problems import Refused

if TYPE_CHECKING:
    from torch import nn


@operation
@frozen
class NormLayer(Joint, Norm):
    """Layer normalisation (Ba et al. 2016) over channels and space, with a scale and a shift for each channel."""

    words = "norm layer"
    about = "all channels and positions of an example by their common mean and variance"
    also = ("layernorm",)
    example = "norm layer"

    def shape(self, reads: tuple[Shape, ...]) -> Shape:
        """Its input's.

        Raises: Refused E110 where that is a single value.
        """
        if prod(reads[0]) == 1:
            raise Refused(core.faults.OneValue(what=self.words, shape=reads[0]))
        return super().shape(reads)

    def module(self, site: Site) -> nn.Module:
        """`nn.GroupNorm` with one group: the same mean and variance, parameters that do not depend on space."""
        from torch import nn

        return nn.GroupNorm(1, site.shape[0], eps=self.eps)
