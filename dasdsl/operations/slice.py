"""`slice 1 of 2`, `slice [0-11]`: some of the channels, for a path that reads no others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Self

from dasdsl.frozen import frozen
from dasdsl.operations import core
from dasdsl.operations.core.axes import Axis, Shape, Site
from dasdsl.operations.core.fields import Field, Kind
from dasdsl.operations.core.operation import Operation, operation
from dasdsl.operations.core.problems import Refused

if TYPE_CHECKING:
    from torch import nn


@operation
@frozen
class Slice(Operation):
    """A part of the channels: one of several equal ones, or those that are listed.

    Splits are slices that paths begin with, as in ShuffleNet v2 (Ma et al. 2018), CSPNet (Wang et al. 2020) and Res2Net
    (Gao et al. 2019). Where channels are open by `<=`, a part keeps those of its own that are left.
    """

    words = "slice"
    about = "some of the channels: one of several equal parts, or those listed"
    also = ("split", "chunk", "narrow", "take", "select", "indexselect")
    example = "slice 1 of 2"
    fields = (
        Field("part", Kind.PART, keyword=False, about="the part: which one, counted from 1, or the channels"),
        Field("of", Kind.INTEGER, default=None, about="into how many equal parts the channels are cut"),
    )
    homogeneous = True
    ordered = True
    numbered = True

    part: int | tuple[int, ...]
    of: int | None = None

    def chosen(self, size: int) -> tuple[int, ...]:
        """The positions of its input axis that it gives, ascending, where that has so many.

        Raises: Refused E107 for a channel that is not there, E113 where parts would not be equal, E114 where it does
        not say which part it is.
        """
        if isinstance(self.part, tuple):
            return self._listed(self.part, size)
        if self.of is None or self.part > self.of:
            raise Refused(core.faults.NotAPart(part=str(self.part), of=self.of), "of")
        if size % self.of:
            raise Refused(core.faults.UnequalParts(parts=self.of, number=size), "of")
        width = size // self.of
        return tuple(range((self.part - 1) * width, self.part * width))

    def _listed(self, positions: tuple[int, ...], size: int) -> tuple[int, ...]:
        if self.of is not None:
            raise Refused(core.faults.NotAPart(part="", of=self.of), "part")
        if positions and positions[-1] >= size:
            raise Refused(
                core.faults.NoSuchChannel(what="slice", number=positions[-1], size=size, side="channel"), "part"
            )
        return positions

    def shape(self, reads: tuple[Shape, ...]) -> Shape:
        """As many channels as it gives, on the same space.

        Raises: Refused, as `chosen` does, and E114 for a list of none: only what is cut down may come to give none.
        """
        chosen = self.chosen(reads[0][0])
        if not chosen:
            raise Refused(core.faults.NotAPart(part="", of=None), "part")
        return (len(chosen), *reads[0][1:])

    def check(self, site: Site) -> None:
        """Raise Refused E115 on flattened channels, whose features stand together."""
        if max(site.axis.spreads) > 1:
            raise Refused(core.faults.FlattenedBefore(what="slice"), "part")

    def axis(self, site: Site) -> Axis:
        """The channels that it gives."""
        return site.axis.at(self.chosen(len(site.axis)))

    def left(self, kept: tuple[int, ...], size: int) -> Self:
        """The same channels by their new numbers; an equal part stays one where it can."""
        mine = set(self.chosen(size))
        now = tuple(new for new, old in enumerate(kept) if old in mine)
        if self.of is not None and now and len(kept) % self.of == 0 and self.chosen(len(kept)) == now:
            return self
        return replace(self, part=now, of=None)

    def module(self, site: Site) -> nn.Module:
        """Our own: PyTorch has no module for it."""
        from dasdsl.layers.slices import Slice

        return Slice(self.chosen(len(site.axis)))
