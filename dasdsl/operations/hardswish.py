"""`hardswish`: x·relu6(x + 3) / 6."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations.core.axes import Site
from dasdsl.operations.core.operation import Operation, operation

if TYPE_CHECKING:
    from torch import nn


@operation
@frozen
class Hardswish(Operation):
    """Piecewise approximation of silu (Howard et al. 2019)."""

    words = "hardswish"
    about = "x·relu6(x + 3) / 6"
    example = "hardswish"

    def module(self, site: Site) -> nn.Module:
        """`nn.Hardswish`."""
        from torch import nn

        return nn.Hardswish()
