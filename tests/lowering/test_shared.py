"""Decisions that several layers, sides, counts and groups make together: found exactly, whatever shares them."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dasdsl.inverse.discover import discover
from dasdsl.ir.closing import close
from dasdsl.ir.extremes import largest, smallest
from dasdsl.lowering.gates.bank import Family
from tests.lowering.texts import RECIPES, composite, inputs

SHARED = {
    "a filter and the count of its layer": "conv filters k x 3 channels k\nrelu\nconv filters 1x1 channels 2",
    "a count and a filter behind it": "conv filters 3x3 channels k\nrelu\nconv filters k x k channels 2",
    "two filters": "conv filters k x k channels 3\nrelu\nconv filters k x 1 channels 2",
    "groups and a count behind them": (
        "conv filters 3x3 channels 4 groups k\nconv filters 3x3 channels k\nrelu\nconv filters 1x1 channels 2"
    ),
    "groups and the count of their layer": "conv filters 3x3 channels 4*k groups k\nrelu\nconv filters 1x1 channels 2",
    "groups of two layers": "conv filters 1x1 channels 8 groups k\nrelu\nconv filters 1x1 channels 8 groups k",
    "a filter and groups": "conv filters k x k channels 8 groups k\nrelu\nconv filters 1x1 channels 2",
    "a filter and a dilation": "conv filters k x 1 channels 2 dilation k\nrelu\nconv filters 1x1 channels 2",
    "a dilation and a count": "conv filters 3x1 channels k dilation k\nrelu\nconv filters 1x1 channels 2",
    "a count and twice it": (
        "conv filters 3x1 channels k\nrelu\nconv filters 1x1 channels 2*k\nrelu\nconv filters 1x1 channels 2"
    ),
}


@pytest.mark.parametrize("body", SHARED.values(), ids=SHARED.keys())
@pytest.mark.parametrize("recipe", RECIPES)
@settings(max_examples=30)
@given(seed=st.integers(0, 10**6), threshold=st.sampled_from([1e-3, 0.1, 0.3]))
def test_found_exactly(body: str, recipe: Family, seed: int, threshold: float) -> None:
    model = composite(body, recipe, define="{k: <1|2|4>}").eval()
    torch.manual_seed(seed)
    with torch.no_grad():
        for parameter in model.architecture_parameters():
            parameter.add_(torch.randn_like(parameter))
    assert [decision.name for decision in model.program.decisions] == ["k"]
    try:
        found = discover(model, threshold, inputs=inputs(model))
    except Exception as error:
        if "E401" not in str(error):
            raise
        return
    assert found.certificate.relative < 1e-5


@pytest.mark.parametrize("body", SHARED.values(), ids=SHARED.keys())
def test_extremes(body: str) -> None:
    """Among all options the one that costs least and most."""
    program = composite(body, define="{k: <1|2|4>}").program
    costs = [close(program, {"k": index}).cost for index in range(3)]
    low, high = (close(program, outcomes).cost for outcomes in (smallest(program), largest(program)))
    assert low.params == min(cost.params for cost in costs)
    assert high.params == max(cost.params for cost in costs)


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("body", SHARED.values(), ids=SHARED.keys())
def test_trains(body: str, recipe: Family) -> None:
    model = composite(body, recipe, define="{k: <1|2|4>}")
    optimizer = torch.optim.Adam(model.parameter_groups(1e-2))
    for _ in range(3):
        loss = model(inputs(model)).square().mean() + model.penalty(1e-2, 1e-2)
        optimizer.zero_grad()
        loss.backward()
        model.step_(optimizer)
    assert all(p.grad is not None and bool(p.grad.isfinite().all()) for p in model.parameters())
