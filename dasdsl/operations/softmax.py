"""`softmax`: exp(x) over the channels, divided by its sum."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations.core.axes import Site
from dasdsl.operations.core.operation import Operation, operation

if TYPE_CHECKING:
    from torch import nn


@operation
@frozen
class Softmax(Operation):
    """Softmax over the channels, at every position; it reads all channels together."""

    words = "softmax"
    about = "softmax over the channels, at every position"
    example = "softmax"
    keeps_zero = False

    @property
    def keeps_constants(self) -> bool:
        """It does not."""
        return False

    @property
    def pins(self) -> bool:
        """It does."""
        return True

    def module(self, site: Site) -> nn.Module:
        """`nn.Softmax` over the channel dimension."""
        from torch import nn

        return nn.Softmax(dim=1)
