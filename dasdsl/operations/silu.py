"""`silu`: x·sigmoid(x)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dasdsl.operations.core.axes import Site
from dasdsl.operations.core.operation import Operation, operation

if TYPE_CHECKING:
    from torch import nn


@operation
@dataclass(frozen=True)
class Silu(Operation):
    """Sigmoid-weighted linear unit (Elfwing et al. 2018)."""

    words = "silu"
    about = "x·sigmoid(x)"
    example = "silu"

    def module(self, site: Site) -> nn.Module:
        """`nn.SiLU`."""
        from torch import nn

        return nn.SiLU()
