"""`norm batch`: each channel by its mean and variance over the batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations.core.axes import Site
from dasdsl.operations.core.normalisation import Norm
from dasdsl.operations.core.operation import operation

if TYPE_CHECKING:
    from torch import nn


@operation
@frozen
class NormBatch(Norm):
    """Batch normalisation (Ioffe & Szegedy 2015)."""

    words = "norm batch"
    about = "each channel by its mean and variance over the batch"
    also = ("bn", "batchnorm", "batchnorm1d", "batchnorm2d", "batchnorm3d", "batchnormalization")
    example = "norm batch"

    def module(self, site: Site) -> nn.Module:
        """`nn.BatchNorm1d`, `2d` or `3d`."""
        from torch import nn

        makers = {0: nn.BatchNorm1d, 1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d}
        return makers[len(site.shape) - 1](site.shape[0], eps=self.eps)
