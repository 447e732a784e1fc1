"""`conv depthwise filters K`: one kernel a channel; the channels are those of its input."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations.core.axes import Shape, Site
from dasdsl.operations.core.decisions import Decision
from dasdsl.operations.core.fields import Field, Kind
from dasdsl.operations.core.operation import Cost, operation
from dasdsl.operations.core.windowed import Windowed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor, nn


@operation
@frozen(kw_only=True)
class ConvDepthwise(Windowed):
    """Depthwise convolution (Sifre 2014): every channel with a filter of its own, no sum over channels."""

    words = "conv depthwise"
    about = "a convolution of each channel with a filter of its own"
    also = ("depthwise", "dwconv", "depthwiseconv", "depthwiseconv2d")
    example = "conv depthwise filters <1..3>x3 dilation <1|2>"
    fields = (
        Field("filters", Kind.FILTERS, about="one side a dimension, or a list of shapes: `<1..5>x3`, `<3x3|1x7>`"),
        Field("stride", Kind.STEPS, default=(1,), about="the step over space: `2` or `2x1`"),
        Field("dilation", Kind.OPEN_STEPS, default=(1,), about="the distance of neighbouring taps, or a choice of one"),
        Field("pad", Kind.PADS, default="same", about="`same`, `valid`, `n`, or before/after for each side"),
        Field("bias", Kind.WORD, default="on", words=("on", "off"), about="whether a bias is added"),
    )
    keeps_zero = False

    bias: str = "on"

    @property
    def keeps_constants(self) -> bool:
        """It does not."""
        return False

    def shape(self, reads: tuple[Shape, ...]) -> Shape:
        """(C, n, …) → (C, ⌊(n + before + after − d(h−1) − 1)/stride⌋ + 1, …), whatever filter is chosen."""
        return (reads[0][0], *self.slid(reads[0]))

    def decisions(self, site: Site) -> tuple[Decision, ...]:
        """Filter and dilation, as far as they are open."""
        return self.filter_decisions(site)

    def cost(self, site: Site) -> Cost:
        """Params = channels · filter + biases; MACs = positions · channels · filter."""
        channels = site.shape[0]
        weights = channels * prod(self.sides)
        biases = channels if self.bias == "on" else 0
        return Cost(params=weights + biases, macs=weights * prod(self.slid(site.shape)))

    def module(self, site: Site) -> nn.Module:
        """`nn.ConvNd` with as many groups as channels, gated where something is open."""
        from dasdsl.layers.build import depthwise

        return depthwise(self, site, self.sliding(site.shape))

    def sliced(self, state: Mapping[str, Tensor], features: Tensor) -> dict[str, Tensor]:
        """The kernels and biases of these channels."""
        return {key: value[features] for key, value in state.items()}
