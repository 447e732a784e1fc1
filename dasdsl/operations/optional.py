"""`optional:`: its block, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations.core.axes import Site
from dasdsl.operations.core.decisions import OneOf
from dasdsl.operations.core.operation import operation
from dasdsl.operations.core.selecting import Select

if TYPE_CHECKING:
    from torch import nn


@operation
@frozen
class Optional(Select):
    """Its block, or what it reads as it is. Its inputs are the end of the block and what the block reads."""

    words = "optional"
    about = "its block, or its input unchanged"
    example = "optional: conv filters 3x3 channels 4"
    opens = "body"
    instead = "the block of `optional:` must keep the shape; to choose between shapes is `choose:`"

    def decision(self, site: Site) -> OneOf:
        """1 where the block is present, 0 where it is not."""
        return OneOf(f"{site.key}.present", "choice", (1, 0))

    def module(self, site: Site) -> nn.Module:
        """Our own: the weighted sum of the inputs, whose weights become one 1 and zeros."""
        from dasdsl.layers.joining import Select as Module

        return Module(self.decision(site).name)
