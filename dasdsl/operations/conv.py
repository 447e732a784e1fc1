"""`conv filters K channels C`: a convolution in 1, 2 or 3 dimensions of space."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dasdsl.operations.core.axes import Shape, Site
from dasdsl.operations.core.faults import NoSpace, WrongRank
from dasdsl.operations.core.fields import Field, Kind
from dasdsl.operations.core.kernel import Kernel
from dasdsl.operations.core.operation import operation
from dasdsl.operations.core.problems import Refused
from dasdsl.operations.core.values import Filters, Pads, Shapes
from dasdsl.operations.core.windows import Pairs, Window, pads, per_side, slide

if TYPE_CHECKING:
    from torch import nn


@operation
@dataclass(frozen=True, kw_only=True)
class Conv(Kernel):
    """Convolution (cross-correlation, as everywhere in the field)."""

    words = "conv"
    about = "a convolution over the positions of space"
    example = "conv filters <1..3>x3 channels<=8 stride 2 groups<=2"
    fields = (
        Field("filters", Kind.FILTERS, about="one side a dimension, or a list of shapes: `<1..5>x3`, `<3x3|1x7>`"),
        Field("channels", Kind.COUNT, about="how many channels it produces: `48`, `<=48`, `<16|32|48>`"),
        Field("stride", Kind.STEPS, default=(1,), about="the step over space: `2` or `2x1`"),
        Field("dilation", Kind.STEPS, default=(1,), about="the distance of neighbouring taps"),
        Field("pad", Kind.PADS, default="same", about="`same`, `valid`, `n`, or before/after for each side"),
        Field("groups", Kind.GROUPS, default=1, about="a number, `<=p` for learned patterns, or the patterns"),
        Field("bias", Kind.WORD, default="on", words=("on", "off"), about="whether a bias is added"),
        Field("reads", Kind.READS, default=None, about="`any` to search what is read, `all`, or the channels"),
    )

    filters: Filters
    stride: tuple[int, ...] = (1,)
    dilation: tuple[int, ...] = (1,)
    pad: Pads = "same"

    @property
    def filter_sides(self) -> Filters:
        """Its filters."""
        return self.filters

    def geometry(self, read: Shape) -> tuple[tuple[int, ...], tuple[int, ...], Pairs]:
        """Stride, dilation and pads of the largest filter, for each side.

        Raises: Refused E102, E103 where the ranks differ.
        """
        rank = len(read) - 1
        if rank == 0:
            raise Refused(NoSpace(what="conv", shape=read, instead="on a vector write `linear channels …`"))
        ranks = (
            {len(shape) for shape in self.filters.values} if isinstance(self.filters, Shapes) else {len(self.filters)}
        )
        for found in ranks - {rank}:
            instead = "filters " + "x".join(["<1..5>"] * rank)
            problem = WrongRank(what="filters", rank=found, expected=rank, shape=read, instead=instead)
            raise Refused(problem, "filters")
        stride = per_side(self.stride, rank, "stride", read)
        dilation = per_side(self.dilation, rank, "dilation", read)
        return stride, dilation, pads(self.pad, self.window, dilation, read)

    def shape(self, reads: tuple[Shape, ...]) -> Shape:
        """(C_in, n, …) → (C, ⌊(n + before + after − d(h−1) − 1)/stride⌋ + 1, …), whatever filter is chosen."""
        stride, dilation, pairs = self.geometry(reads[0])
        return (self.outputs, *slide(Window("filters", "filters", self.window), reads[0], stride, dilation, pairs))

    def with_filters(self, filters: tuple[int, ...]) -> Conv:
        """A smaller filter, written pads moved so that its taps stay where they were (method: alignment)."""
        if self.pad == "same":
            return replace(self, filters=filters)
        rank = len(filters)
        dilation = per_side(self.dilation, rank, "dilation", ())
        pairs = tuple(
            (before - d * (large // 2 - small // 2), after - d * ((large - 1) // 2 - (small - 1) // 2))
            for (before, after), d, large, small in zip(
                pads(self.pad, self.window, dilation, ()), dilation, self.window, filters, strict=True
            )
        )
        return replace(self, filters=filters, pad=_shortest(pairs))

    def folds_constants(self) -> bool:
        """Only where nothing is padded: at the border a padded constant is no constant."""
        if self.pad == "same":
            padded = any(side > 1 for side in self.window)
        else:
            padded = not isinstance(self.pad, str) and any(number > 0 for pair in self.pad for number in pair)
        return super().folds_constants() and not padded

    def module(self, site: Site) -> nn.Module:
        """`nn.ConvNd` where everything is closed and the pads are even, else our own."""
        from dasdsl.layers.build import convolution

        stride, dilation, pairs = self.geometry(site.shape)
        return convolution(self, site, stride, dilation, pairs)


def _shortest(pairs: Pairs) -> Pads:
    if not any(number for pair in pairs for number in pair):
        return "valid"
    return pairs[:1] if len(set(pairs)) == 1 else pairs
