"""`upsample n [nearest|linear]`: n times as many positions along each side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations import core
from dasdsl.operations.core.axes import Shape, Site
from dasdsl.operations.core.fields import Field, Kind
from dasdsl.operations.core.operation import Operation, operation
from dasdsl.operations.core.problems import Refused

if TYPE_CHECKING:
    from torch import nn


@operation
@frozen
class Upsample(Operation):
    """Upsampling by a whole factor; `linear` interpolates between the centres of positions."""

    words = "upsample"
    about = "n times as many positions along each side"
    also = ("resize", "interpolate")
    example = "upsample 2"
    fields = (
        Field("factor", Kind.INTEGER, keyword=False, about="the factor: how many times as many"),
        Field(
            "mode",
            Kind.WORD,
            default="nearest",
            keyword=False,
            words=("nearest", "linear"),
            about="copy or interpolate",
        ),
    )
    homogeneous = True

    factor: int
    mode: str = "nearest"

    def shape(self, reads: tuple[Shape, ...]) -> Shape:
        """(C, n, …) → (C, n·factor, …)."""
        if len(reads[0]) == 1:
            raise Refused(
                core.faults.NoSpace(what="upsample", shape=reads[0], instead="a vector has no positions to repeat")
            )
        return (reads[0][0], *(size * self.factor for size in reads[0][1:]))

    def module(self, site: Site) -> nn.Module:
        """`nn.Upsample`; linear, bilinear or trilinear by the rank."""
        from torch import nn

        linear = {1: "linear", 2: "bilinear", 3: "trilinear"}
        mode = "nearest" if self.mode == "nearest" else linear[len(site.shape) - 1]
        return nn.Upsample(scale_factor=float(self.factor), mode=mode)
