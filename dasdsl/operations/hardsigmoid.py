"""`hardsigmoid`: relu6(x + 3) / 6."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations.core.axes import Site
from dasdsl.operations.core.operation import Operation, operation

if TYPE_CHECKING:
    from torch import nn


@operation
@frozen
class Hardsigmoid(Operation):
    """Piecewise approximation of sigmoid."""

    words = "hardsigmoid"
    about = "relu6(x + 3) / 6"
    example = "hardsigmoid"
    keeps_zero = False

    def module(self, site: Site) -> nn.Module:
        """`nn.Hardsigmoid`."""
        from torch import nn

        return nn.Hardsigmoid()
