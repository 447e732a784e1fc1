"""`elu`: x above 0, exp(x) - 1 below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations.core.axes import Site
from dasdsl.operations.core.operation import Operation, operation

if TYPE_CHECKING:
    from torch import nn


@operation
@frozen
class Elu(Operation):
    """Exponential linear unit (Clevert et al. 2015)."""

    words = "elu"
    about = "x above 0, exp(x) - 1 below"
    example = "elu"

    def module(self, site: Site) -> nn.Module:
        """`nn.ELU`."""
        from torch import nn

        return nn.ELU()
