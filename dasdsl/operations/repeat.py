"""`repeat n:`: its block so many times, each copy with weights of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations.core.axes import Site
from dasdsl.operations.core.decisions import OneOf
from dasdsl.operations.core.fields import Field, Kind
from dasdsl.operations.core.operation import operation
from dasdsl.operations.core.selecting import Select
from dasdsl.operations.core.values import Options

if TYPE_CHECKING:
    from torch import nn


@operation
@frozen
class Repeat(Select):
    """The copies of a block one after the other. Where the count is open, its inputs are the ends of the copies."""

    count: int | Options

    words = "repeat"
    about = "its block so many times, each copy with weights of its own; `<1..4>` searches the depth"
    also = ("loop",)
    example = "repeat <1..3>: conv filters 3x3 channels 4"
    fields = (Field("count", Kind.DEPTH, keyword=False, about="the number of copies: a number, or a choice"),)
    opens = "copies"
    instead = "the copies behind the first must keep the shape: put what changes it before the `repeat`"

    @property
    def counts(self) -> tuple[int, ...]:
        """The numbers of copies that there may be, ascending."""
        return self.count.values if isinstance(self.count, Options) else (self.count,)

    def decision(self, site: Site) -> OneOf:
        """The number of copies."""
        shared = self.count.shared if isinstance(self.count, Options) else None
        return OneOf(shared or f"{site.key}.count", "depth", self.counts)

    def module(self, site: Site) -> nn.Module:
        """Our own: the weighted sum of the inputs, whose weights become one 1 and zeros."""
        from dasdsl.layers.joining import Select as Module

        return Module(self.decision(site).name)
