"""`relu`: max(x, 0)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations.core.axes import Site
from dasdsl.operations.core.operation import Operation, operation

if TYPE_CHECKING:
    from torch import nn


@operation
@frozen
class Relu(Operation):
    """Rectified linear unit, element by element."""

    words = "relu"
    about = "max(x, 0), element by element"
    example = "relu"
    homogeneous = True

    def module(self, site: Site) -> nn.Module:
        """`nn.ReLU`."""
        from torch import nn

        return nn.ReLU()
