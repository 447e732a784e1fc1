"""A decided network, cut down to what is left of it, trained there and put back."""

from __future__ import annotations

import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dasdsl.inverse.cutting import Cut
from dasdsl.inverse.discover import clamped
from dasdsl.ir.liveness import Collapsed
from dasdsl.lowering.composite import CompositeModel
from dasdsl.lowering.settling import settled
from tests.lowering.texts import RECIPES
from tests.properties.spaces import randomised, spaces
from tests.properties.structures import structures


def close_to(one: torch.Tensor, other: torch.Tensor) -> bool:
    return bool((one - other).abs().max() <= 1e-10 * other.abs().max().clamp_min(1.0))


def inputs(model: CompositeModel) -> torch.Tensor:
    return torch.randn(2, *model.program.space.input, dtype=torch.float64)


# nothing is left of what the sum's first path reads
IDLE = """---
das: 1
space: idle
input: 2x6
---
block b1(c):
    add:
        path: conv filters 1 channels c
        path: identity
conv filters 1 channels 4
repeat 1:
    add:
        path:
            conv filters 1 channels 4
            conv filters <1..3> channels 4
        path: identity
conv filters 2 channels 4
b1(4)
flatten
linear channels 3
"""


@example(IDLE, "paper", 0, 0.0, 0.5)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(
    st.one_of(spaces(), structures()),
    st.sampled_from(RECIPES),
    st.integers(0, 2**31),
    st.floats(0, 0.7),
    st.floats(0, 0.5),
)
def test_settled_cut_trained_and_put_back(text: str, recipe: str, seed: int, sparsity: float, threshold: float) -> None:
    """Settling changes nothing, cutting changes nothing, and what is put back is what the cut network computes."""
    composite = clamped(randomised(text, recipe, seed, sparsity=sparsity), threshold)
    whole = settled(composite)
    x = inputs(whole)
    with torch.no_grad():
        assert close_to(whole(x), composite(x))
        assert whole.outcomes() == composite.outcomes()
        try:
            cut = Cut.of(whole)
        except Collapsed:
            return
        assert close_to(cut.model(x), whole(x))
        for parameter in cut.model.parameters():
            if parameter.requires_grad:
                parameter.add_(0.1 * torch.randn_like(parameter))
        cut.put_back_()
        assert close_to(whole(x), cut.model(x))
        assert Cut.of(whole).cost == cut.cost
