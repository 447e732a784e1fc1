"""`concat:` with one `path:` block a branch: their channels one behind the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations import core
from dasdsl.operations.core.axes import Axis, Shape, Site
from dasdsl.operations.core.operation import Operation, operation
from dasdsl.operations.core.problems import Refused

if TYPE_CHECKING:
    from torch import nn


@operation
@frozen
class Concat(Operation):
    """The channels of parallel paths, in the order of the paths."""

    words = "concat"
    about = "the channels of its paths one behind the other"
    also = ("cat", "concatenate")
    example = "concat:\n    path: identity\n    path: conv filters 3x3 channels 4"
    opens = "paths"

    def shape(self, reads: tuple[Shape, ...]) -> Shape:
        """The same space; the channels add up.

        Raises: Refused E112 where space differs.
        """
        if len({read[1:] for read in reads}) > 1:
            instead = "give every path the same strides and pads, so that the size of space is the same"
            raise Refused(core.faults.DifferentShapes(what="concat", shapes=reads, instead=instead))
        return (sum(read[0] for read in reads), *reads[0][1:])

    def axis(self, site: Site) -> Axis:
        """The axes of the paths, joined."""
        return Axis(tuple(part for axis in site.axes for part in axis.parts))

    def module(self, site: Site) -> nn.Module:
        """Our own: PyTorch has no module for it."""
        from dasdsl.layers.joining import Concat

        return Concat()
