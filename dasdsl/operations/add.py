"""`add:` with one `path:` block a branch: their sum."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations.core.axes import Site
from dasdsl.operations.core.joining import Sum
from dasdsl.operations.core.operation import operation

if TYPE_CHECKING:
    from torch import nn


@operation
@frozen
class Add(Sum):
    """The sum of parallel paths."""

    words = "add"
    about = "the sum of its paths"
    also = ("sum", "plus")
    example = "add:\n    path: identity\n    path: conv filters 3x3 channels 4"
    opens = "paths"

    def module(self, site: Site) -> nn.Module:
        """Our own: PyTorch has no module for it."""
        from dasdsl.layers.joining import Add

        return Add()
