"""`tanh`: tanh(x), element by element."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations.core.axes import Site
from dasdsl.operations.core.operation import Operation, operation

if TYPE_CHECKING:
    from torch import nn


@operation
@frozen
class Tanh(Operation):
    """Hyperbolic tangent."""

    words = "tanh"
    about = "tanh(x), element by element"
    example = "tanh"

    def module(self, site: Site) -> nn.Module:
        """`nn.Tanh`."""
        from torch import nn

        return nn.Tanh()
