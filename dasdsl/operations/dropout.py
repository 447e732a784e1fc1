"""`dropout n`: zeroes each value with probability n while training, scaled so that the mean stays."""

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
class Dropout(Operation):
    """Dropout (Srivastava et al. 2014), element by element."""

    words = "dropout"
    about = "zeroes each value with this probability while training"
    example = "dropout 0.2"
    fields = (Field("probability", Kind.DECIMAL, keyword=False, about="the probability of a zero, below 1"),)
    homogeneous = True

    probability: float

    def shape(self, reads: tuple[Shape, ...]) -> Shape:
        """Its input's."""
        if not 0 <= self.probability < 1:
            raise Refused(
                core.faults.OutOfRange(what="dropout", value=str(self.probability), allowed="0 to below 1"),
                "probability",
            )
        return reads[0]

    def module(self, site: Site) -> nn.Module:
        """`nn.Dropout`."""
        from torch import nn

        return nn.Dropout(self.probability)
