"""`sigmoid`: 1 / (1 + exp(-x)), element by element."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations.core.axes import Site
from dasdsl.operations.core.operation import Operation, operation

if TYPE_CHECKING:
    from torch import nn


@operation
@frozen
class Sigmoid(Operation):
    """Logistic function."""

    words = "sigmoid"
    about = "1 / (1 + exp(-x)), element by element"
    example = "sigmoid"
    keeps_zero = False

    def module(self, site: Site) -> nn.Module:
        """`nn.Sigmoid`."""
        from torch import nn

        return nn.Sigmoid()
