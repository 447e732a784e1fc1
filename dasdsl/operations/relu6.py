"""`relu6`: min(max(x, 0), 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations.core.axes import Site
from dasdsl.operations.core.operation import Operation, operation

if TYPE_CHECKING:
    from torch import nn


@operation
@frozen
class Relu6(Operation):
    """Rectified linear unit, clipped at 6."""

    words = "relu6"
    about = "min(max(x, 0), 6)"
    example = "relu6"

    def module(self, site: Site) -> nn.Module:
        """`nn.ReLU6`."""
        from torch import nn

        return nn.ReLU6()
