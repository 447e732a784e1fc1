"""`leaky n`: x above 0, n·x below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations.core.axes import Site
from dasdsl.operations.core.fields import Field, Kind
from dasdsl.operations.core.operation import Operation, operation

if TYPE_CHECKING:
    from torch import nn


@operation
@frozen
class Leaky(Operation):
    """Leaky rectified linear unit."""

    words = "leaky"
    about = "x above 0, n·x below"
    also = ("leakyrelu", "lrelu", "prelu")
    example = "leaky 0.1"
    fields = (Field("slope", Kind.DECIMAL, keyword=False, about="the slope below 0"),)
    homogeneous = True

    slope: float

    def module(self, site: Site) -> nn.Module:
        """`nn.LeakyReLU`."""
        from torch import nn

        return nn.LeakyReLU(self.slope)
