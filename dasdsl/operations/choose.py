"""`choose:` with one `path:` block an alternative: exactly one of them."""

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
class Choose(Select):
    """Exactly one of its paths survives."""

    words = "choose"
    about = "exactly one of its paths"
    also = ("choice", "oneof", "switch")
    example = "choose:\n    path: conv filters 3x3 channels 4\n    path: conv filters 5x5 channels 4"
    opens = "paths"
    least_paths = 2
    instead = "give every path the same number of channels and the same stride"

    def decision(self, site: Site) -> OneOf:
        """The number of the path, counted from 1."""
        return OneOf(f"{site.key}.choice", "choice", tuple(range(1, len(site.axes) + 1)))

    def module(self, site: Site) -> nn.Module:
        """Our own: the weighted sum of the inputs, whose weights become one 1 and zeros."""
        from dasdsl.layers.joining import Select as Module

        return Module(self.decision(site).name)
