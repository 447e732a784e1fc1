"""`gelu`: x·Φ(x), Φ the normal distribution function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations.core.axes import Site
from dasdsl.operations.core.operation import Operation, operation

if TYPE_CHECKING:
    from torch import nn


@operation
@frozen
class Gelu(Operation):
    """Gaussian error linear unit (Hendrycks & Gimpel 2016)."""

    words = "gelu"
    about = "x·Φ(x), Φ the normal distribution function"
    example = "gelu"

    def module(self, site: Site) -> nn.Module:
        """`nn.GELU`."""
        from torch import nn

        return nn.GELU()
