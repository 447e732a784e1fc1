"""The orthant step by hand: exact zeros that can come back (method: default recipe, 4)."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from dasdsl.lowering.composite import CompositeModel
from dasdsl.lowering.gates.default import CHANNEL_WEIGHT, DefaultSubset
from tests.lowering.texts import composite, gate

GAMMA = 0.03
STRENGTH = GAMMA * CHANNEL_WEIGHT / 3


def subset() -> tuple[CompositeModel, DefaultSubset]:
    model = composite("conv filters 1x1 channels<=3\nconv filters 1x1 channels 2")
    found = gate(model, "conv2.reads")
    assert isinstance(found, DefaultSubset)
    return model, found


def stepped(beta: list[float], grad: list[float], progress: float = 1.0, rate: float = 1.0) -> list[float]:
    """β after a step of plain gradient descent whose gradient is `grad`."""
    model, found = subset()
    optimizer = torch.optim.SGD([found.beta], lr=rate)
    with torch.no_grad():
        found.beta.copy_(torch.tensor(beta))
    found.beta.grad = torch.tensor(grad)
    model.progress(progress)
    model.penalty(GAMMA)
    model.step_(optimizer)
    return found.beta.tolist()


def test_a_change_of_sign_stops_at_exactly_zero() -> None:
    assert stepped([0.1, -0.2, 0.5], [0.3, -0.4, 0.1]) == pytest.approx([0.0, 0.0, 0.4])
    first, second, _ = stepped([0.1, -0.2, 0.5], [0.3, -0.4, 0.1])
    assert (first, second) == (0.0, 0.0)


def test_the_same_sign_goes_on() -> None:
    assert stepped([0.1, -0.2, 0.5], [0.05, -0.15, -1.0]) == pytest.approx([0.05, -0.05, 1.5])


def test_at_zero_the_gradient_shrinks_by_the_strength_of_the_penalty() -> None:
    found = stepped([0.0, 0.0, 0.0], [0.5, -0.5, 0.9 * STRENGTH])
    assert found[:2] == pytest.approx([STRENGTH - 0.5, 0.5 - STRENGTH])
    assert found[2] == 0.0


def test_before_the_penalty_begins_there_is_no_such_step() -> None:
    """r(t) is 0 up to 0.2."""
    assert stepped([0.1, 0.0, 0.5], [0.3, 0.1, 0.1], progress=0.1) == pytest.approx([-0.2, -0.1, 0.4])


def test_the_strength_follows_the_ramp() -> None:
    """Half of it at 0.4, all of it from 0.6 on."""
    assert stepped([0.0, 1.0, 1.0], [0.5, 0.0, 0.0], progress=0.4)[0] == pytest.approx(STRENGTH / 2 - 0.5)
    assert stepped([0.0, 1.0, 1.0], [0.5, 0.0, 0.0], progress=0.6)[0] == pytest.approx(STRENGTH - 0.5)


@pytest.mark.parametrize(
    ("optimizer", "moment"),
    [(torch.optim.Adam, "exp_avg"), (torch.optim.AdamW, "exp_avg"), (torch.optim.NAdam, "exp_avg")],
)
def test_the_first_moment_is_forgotten_at_zero(optimizer: type[torch.optim.Optimizer], moment: str) -> None:
    assert remembered(optimizer([nn.Parameter(torch.zeros(1))], lr=1e-3), moment)[1] == 0.0  # type: ignore[call-arg]


def test_momentum_is_forgotten_at_zero() -> None:
    kept, forgotten = remembered(
        torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1e-3, momentum=0.9), "momentum_buffer"
    )
    assert kept != 0.0
    assert forgotten == 0.0


def remembered(optimizer: torch.optim.Optimizer, moment: str) -> tuple[float, float]:
    """What is left of a gradient of 1 in the moments of a β that lives and of one that is zero, the next gradient 0."""
    model, found = subset()
    optimizer.param_groups.clear()
    optimizer.add_param_group({"params": [found.beta]})
    model.penalty(GAMMA)
    found.beta.grad = torch.ones(3)
    optimizer.step()
    with torch.no_grad():
        found.beta.copy_(torch.tensor([1.0, 0.0, 1.0]))
    found.beta.grad = torch.zeros(3)
    model.step_(optimizer)
    state: Tensor = optimizer.state[found.beta][moment]
    return float(state[0]), float(state[1])


def test_in_a_training_what_matters_stays_and_the_rest_is_exactly_zero() -> None:
    """y depends on inputs 1 and 4 of 6; input 4 begins at zero and comes back."""
    model = composite("linear channels 1 reads any", shape="6")
    found = gate(model, "linear1.reads")
    assert isinstance(found, DefaultSubset)
    with torch.no_grad():
        found.beta[4] = 0.0
    optimizer = torch.optim.Adam(model.parameter_groups(2e-2))
    torch.manual_seed(2)
    x = torch.randn(64, 6)
    y = 2 * x[:, 1:2] - x[:, 4:5]
    for step in range(300):
        model.progress(step / 300)
        loss = (model(x) - y).square().mean() + model.penalty(5e-2)
        optimizer.zero_grad()
        loss.backward()
        model.step_(optimizer)
    assert (found.beta != 0).tolist() == [False, True, False, False, True, False]
    assert model.outcomes() == {"linear1.reads": (1, 4)}
