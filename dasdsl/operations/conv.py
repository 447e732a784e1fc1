"""`conv filters K channels C`: a convolution in 1, 2 or 3 dimensions of space."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations.core.axes import Shape, Site
from dasdsl.operations.core.fields import Field, Kind
from dasdsl.operations.core.kernel import Kernel
from dasdsl.operations.core.operation import operation
from dasdsl.operations.core.windowed import Windowed

if TYPE_CHECKING:
    from torch import nn


@operation
@frozen(kw_only=True)
class Conv(Windowed, Kernel):
    """Convolution (cross-correlation, as everywhere in the field)."""

    words = "conv"
    about = "a convolution over the positions of space"
    also = ("convolution", "conv1d", "conv2d", "conv3d")
    example = "conv filters <1..3>x3 channels<=8 stride 2 groups<=2"
    fields = (
        Field("filters", Kind.FILTERS, about="one side a dimension, or a list of shapes: `<1..5>x3`, `<3x3|1x7>`"),
        Field("channels", Kind.COUNT, about="how many channels it produces: `48`, `<=48`, `<16|32|48>`"),
        Field("stride", Kind.STEPS, default=(1,), about="the step over space: `2` or `2x1`"),
        Field(
            "dilation",
            Kind.OPEN_STEPS,
            default=(1,),
            about="the distance of neighbouring taps, or a choice of one for all sides",
        ),
        Field("pad", Kind.PADS, default="same", about="`same`, `valid`, `n`, or before/after for each side"),
        Field("groups", Kind.GROUPS, default=1, about="a number, `<=p` for learned patterns, or the patterns"),
        Field("bias", Kind.WORD, default="on", words=("on", "off"), about="whether a bias is added"),
        Field("reads", Kind.READS, default=None, about="`any` to search what is read, `all`, or the channels"),
    )

    @property
    def taps(self) -> int:
        """Those of the largest filter."""
        return prod(self.sides)

    def shape(self, reads: tuple[Shape, ...]) -> Shape:
        """(C_in, n, …) → (C, ⌊(n + before + after − d(h−1) − 1)/stride⌋ + 1, …), whatever filter is chosen."""
        return (self.outputs, *self.slid(reads[0]))

    def folds_constants(self) -> bool:
        """Only where nothing is padded: at the border a padded constant is no constant."""
        return super().folds_constants() and not self.padded

    def module(self, site: Site) -> nn.Module:
        """`nn.ConvNd` where everything is closed and the pads are even, else our own."""
        from dasdsl.layers.build import kernel

        return kernel(self, site, self.sliding(site.shape))
