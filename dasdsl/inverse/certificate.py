"""The certificate: how far the discrete network is from the clamped composite, on held-out input."""

from __future__ import annotations

import torch
from torch import Tensor

from dasdsl.frozen import frozen
from dasdsl.lowering.composite import CompositeModel

ALLOWED = 1e-4


@frozen(slots=True)
class Certificate:
    """The largest absolute difference, the same relative to the largest output, and the number of inputs compared."""

    max_abs_error: float
    relative: float
    samples: int

    @property
    def holds(self) -> bool:
        """Whether the difference is rounding only."""
        return self.relative <= ALLOWED


@torch.no_grad()
def compare(composite: CompositeModel, discrete: CompositeModel, inputs: Tensor, batch: int = 64) -> Certificate:
    """Run both on the same inputs (N, *input), in evaluation mode."""
    worst, largest = 0.0, 0.0
    for x in inputs.split(batch):
        expected, found = composite(x), discrete(x)
        difference = (expected - found).abs().max().item()
        # a NaN must not pass as equal: `max` would drop it
        worst = difference if difference != difference else max(worst, difference)
        largest = max(largest, expected.abs().max().item())
    return Certificate(worst, worst / max(largest, 1e-12), len(inputs))
