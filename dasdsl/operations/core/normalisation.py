"""What the norms share: a scale and a shift for each channel, sliced channel by channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations.core.axes import Site
from dasdsl.operations.core.operation import Cost, Operation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor


@frozen
class Norm(Operation):
    """A normalisation with a trainable scale and shift for each channel (for each feature, on a vector)."""

    keeps_zero = False

    def cost(self, site: Site) -> Cost:
        """Two parameters a channel; no multiply-accumulates (they count convolutions and linear layers only)."""
        return Cost(params=2 * site.shape[0])

    def sliced(self, state: Mapping[str, Tensor], features: Tensor) -> dict[str, Tensor]:
        """Everything that has one entry a channel, at these channels."""
        return {key: value[features] if value.dim() else value for key, value in state.items()}
