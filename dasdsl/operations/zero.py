"""`zero`: zeros of its input's shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations.core.axes import Site
from dasdsl.operations.core.operation import Operation, operation

if TYPE_CHECKING:
    from torch import nn


@operation
@frozen
class Zero(Operation):
    """An absent edge (the `none` of DARTS, Liu et al. 2019)."""

    words = "zero"
    about = "zeros of its input's shape: an edge that is absent"
    also = ("none", "null")
    example = "zero"
    homogeneous = True
    makes_zero = True

    def module(self, site: Site) -> nn.Module:
        """Our own: PyTorch has no module for it."""
        from dasdsl.layers.joining import Zero as Module

        return Module()
