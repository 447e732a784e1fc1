"""`softmax`: exp(x) over the channels, divided by its sum."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations.core.axes import Site
from dasdsl.operations.core.joint import Joint
from dasdsl.operations.core.operation import operation

if TYPE_CHECKING:
    from torch import nn


@operation
@frozen
class Softmax(Joint):
    """Softmax over the channels, at every position; it reads all channels together."""

    words = "softmax"
    about = "softmax over the channels, at every position"
    example = "softmax"
    keeps_zero = False

    def module(self, site: Site) -> nn.Module:
        """`nn.Softmax` over the channel dimension."""
        from torch import nn

        return nn.Softmax(dim=1)
