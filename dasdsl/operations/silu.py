"""`silu`: x·sigmoid(x)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations.core.axes import Site
from dasdsl.operations.core.operation import Operation, operation

if TYPE_CHECKING:
    from torch import nn


@operation
@frozen
class Silu(Operation):
    """Sigmoid-weighted linear unit (Elfwing et al. 2018)."""

    words = "silu"
    about = "x·sigmoid(x)"
    also = ("swish",)
    example = "silu"

    def module(self, site: Site) -> nn.Module:
        """`nn.SiLU`."""
        from torch import nn

        return nn.SiLU()
