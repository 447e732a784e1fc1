"""The gates of choices between branches and depths: one for each decision, a weighted sum of the branches."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from dasdsl.inverse.discover import discover
from dasdsl.lowering.gates.bank import Family
from dasdsl.lowering.gates.default import DefaultChoice
from dasdsl.lowering.gates.paper import PaperChoice
from tests.lowering.texts import RECIPES, composite, gate, inputs

BRANCHES = """choose:
    path: conv filters 3x3 channels 4
    path: conv filters 1x1 channels 4
    path: identity
optional: conv filters 3x3 channels 4
repeat <1..3>: conv filters 3x3 channels 4
flatten
linear channels 2"""
NAMES = ("choose1.choice", "optional1.present", "repeat1.count")


def weigh(module: nn.Module, *weights: float) -> None:
    """Let a gate have these values."""
    assert isinstance(module, PaperChoice | DefaultChoice)
    parameter = module.alpha if isinstance(module, PaperChoice) else module.logits
    with torch.no_grad():
        parameter.copy_(torch.tensor(weights))


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_decision_has_one_gate_that_starts_uniform(recipe: Family) -> None:
    model = composite(BRANCHES, recipe)
    values = model.bank.values()
    assert tuple(model.bank.names) == NAMES
    for name, size in zip(NAMES, (3, 2, 3), strict=True):
        torch.testing.assert_close(values[name], torch.full((size,), 1 / size))


def test_the_values_sum_to_one_whatever_the_logits() -> None:
    model = composite(BRANCHES)
    for name, size in zip(NAMES, (3, 2, 3), strict=True):
        weigh(gate(model, name), *torch.randn(size, generator=torch.Generator().manual_seed(size)).mul(3).tolist())
    for value in model.bank.values().values():
        torch.testing.assert_close(value.sum(), torch.tensor(1.0))
        assert bool((value >= 0).all())


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_composite_is_the_weighted_sum(recipe: Family) -> None:
    body = "choose:\n    path: conv filters 3x3 channels 4\n    path: tanh\n    path: zero"
    model = composite(body, recipe).eval()
    weigh(gate(model, "choose1.choice"), 0.5, 0.3, 0.2)
    x = inputs(model)
    branches = 0.5 * model.layer("choose1.path1.conv1")(x) + 0.3 * x.tanh()
    torch.testing.assert_close(model(x), branches)


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_depth_weighs_the_ends_of_its_copies(recipe: Family) -> None:
    model = composite("repeat <1|3>: tanh", recipe).eval()
    weigh(gate(model, "repeat1.count"), 0.75, 0.25)
    x = inputs(model)
    torch.testing.assert_close(model(x), 0.75 * x.tanh() + 0.25 * x.tanh().tanh().tanh())


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_clamp_leaves_one_branch_with_exactly_one(recipe: Family) -> None:
    model = composite(BRANCHES, recipe)
    assert set(model.bank.undecided()) == set(NAMES)
    for name, weights in zip(NAMES, ((0.2, 0.5, 0.3), (0.4, 0.6), (0.1, 0.2, 0.7)), strict=True):
        weigh(gate(model, name), *weights)
    model.clamp_(0.9)
    assert model.bank.undecided() == ()
    assert model.outcomes() == {"choose1.choice": 1, "optional1.present": 1, "repeat1.count": 2}
    for name in NAMES:
        value = model.bank.values()[name]
        assert sorted(value.tolist()) == [0.0] * (len(value) - 1) + [1.0]


@pytest.mark.parametrize("recipe", RECIPES)
def test_what_is_found_is_the_branch_alone(recipe: Family) -> None:
    model = composite(BRANCHES, recipe).eval()
    weigh(gate(model, "choose1.choice"), 0.2, 0.5, 0.3)
    weigh(gate(model, "optional1.present"), 0.4, 0.6)
    weigh(gate(model, "repeat1.count"), 0.1, 0.7, 0.2)
    found = discover(model, 1e-3, inputs=inputs(model))
    assert str(found.architecture).split("---\n")[2].splitlines() == [
        "conv filters 1x1 channels 4",
        "repeat 2: conv filters 3x3 channels 4",
        "flatten",
        "linear channels 2",
    ]
    assert found.certificate.holds


@pytest.mark.parametrize("recipe", RECIPES)
def test_gradients_reach_every_branch(recipe: Family) -> None:
    model = composite(BRANCHES, recipe)
    (model(inputs(model)).square().mean() + model.penalty(1e-2, 1e-2)).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert bool(parameter.grad.abs().sum() > 0), name


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_shared_decision_has_one_gate(recipe: Family) -> None:
    cell = "shared block cell():\n    choose:\n        path: tanh\n        path: relu\ncell()\ncell()"
    model = composite(f"{cell}\nflatten\nlinear channels 2", recipe)
    assert model.bank.names == ("cell.choose1.choice",)
    depth = composite("repeat d: tanh\nrepeat d: relu\nflatten\nlinear channels 2", recipe, define="{d: <1..3>}")
    assert depth.bank.names == ("d",)


def test_the_penalty_prefers_the_branch_that_costs_less() -> None:
    """Two branches that compute the same: that with fewer MACs is left."""
    model = composite("choose:\n    path: conv filters 3x3 channels 4\n    path: conv filters 1x1 channels 4")
    model.progress(0.6)
    optimizer = torch.optim.SGD(model.architecture_parameters(), lr=1.0)
    for _ in range(20):
        optimizer.zero_grad()
        model.penalty(gamma=0.1).backward()
        model.step_(optimizer)
    value = model.bank.values()["choose1.choice"]
    assert value[1] > 0.9


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_state_comes_back(recipe: Family) -> None:
    model = composite(BRANCHES, recipe).eval()
    weigh(gate(model, "choose1.choice"), 0.2, 0.5, 0.3)
    model.clamp_(0.1)
    other = composite(BRANCHES, recipe).eval()
    other.load_state_dict(model.state_dict())
    x = inputs(model)
    torch.testing.assert_close(other(x), model(x), rtol=0, atol=0)
    assert other.outcomes() == model.outcomes()
