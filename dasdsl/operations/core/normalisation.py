"""What the norms share: a scale and a shift for each channel, sliced channel by channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations import core
from dasdsl.operations.core.axes import Shape, Site
from dasdsl.operations.core.fields import Field, Kind
from dasdsl.operations.core.operation import Cost, Operation
from dasdsl.operations.core.problems import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor


EPSILON = 1e-5
"""What is added to a variance, where nothing else is said."""


def eps(default: float = EPSILON) -> Field:
    """What is added to a variance."""
    return Field("eps", Kind.DECIMAL, default, about="what is added to a variance")


@frozen(kw_only=True)
class Norm(Operation):
    """A normalisation with a trainable scale and shift for each channel (for each feature, on a vector)."""

    keeps_zero = False
    fields = (eps(),)

    eps: float = EPSILON

    def shape(self, reads: tuple[Shape, ...]) -> Shape:
        """Its input's.

        Raises: Refused E101 where what is added to a variance is nothing, or more than 1.
        """
        if not 0 < self.eps <= 1:
            raise Refused(core.faults.OutOfRange(what="eps", value=str(self.eps), allowed="above 0 to 1"), "eps")
        return reads[0]

    def cost(self, site: Site) -> Cost:
        """Two parameters a channel; no multiply-accumulates (they count convolutions and linear layers only)."""
        return Cost(params=2 * site.shape[0])

    def sliced(self, state: Mapping[str, Tensor], features: Tensor) -> dict[str, Tensor]:
        """Everything that has one entry a channel, at these channels."""
        return {key: value[features] if value.dim() else value for key, value in state.items()}
