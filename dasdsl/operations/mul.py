"""`mul:` with one `path:` block a branch: their product; size 1 in space is broadcast."""

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
class Mul(Operation):
    """The product of parallel paths, channel by channel (squeeze-and-excite, Hu et al. 2018)."""

    words = "mul"
    about = "the product of its paths; a path of size 1 in space counts everywhere"
    also = ("multiply", "times")
    example = "mul:\n    path: identity\n    path:\n        pool global avg\n        sigmoid"
    opens = "paths"

    @property
    def keeps_constants(self) -> bool:
        """It does not."""
        return False

    def shape(self, reads: tuple[Shape, ...]) -> Shape:
        """The same channels; each side of space the same, or 1.

        Raises: Refused E112 where they are not.
        """
        ranks, channels = {len(read) for read in reads}, {read[0] for read in reads}
        sides = [max(column) for column in zip(*(read[1:] for read in reads), strict=False)]
        fits = all(size in (1, side) for read in reads for size, side in zip(read[1:], sides, strict=False))
        if len(ranks) > 1 or len(channels) > 1 or not fits:
            instead = "give every path the same channels, and the same size of space or size 1"
            raise Refused(core.faults.DifferentShapes(what="mul", shapes=reads, instead=instead))
        return (reads[0][0], *sides)

    def ties(self, axes: tuple[Axis, ...]) -> tuple[Axis, ...]:
        """All of them."""
        return axes

    def zero(self, zeros: tuple[bool, ...]) -> bool:
        """One factor is enough."""
        return any(zeros)

    def module(self, site: Site) -> nn.Module:
        """Our own: PyTorch has no module for it."""
        from dasdsl.layers.joining import Mul

        return Mul()
