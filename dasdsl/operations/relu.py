"""`relu`: max(x, 0)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dasdsl.operations.core.axes import Site
from dasdsl.operations.core.operation import Operation, operation

if TYPE_CHECKING:
    from torch import nn


@operation
@dataclass(frozen=True)
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
