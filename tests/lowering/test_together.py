"""The arithmetic of all choices and subsets at once is that of each gate alone, forward and backward."""

from __future__ import annotations

import copy
import gc
import weakref
from collections.abc import Mapping

import pytest
import torch
from torch import Tensor

from dasdsl.language.amounts import CostName
from dasdsl.lowering.composite import CompositeModel, lower
from dasdsl.lowering.gates.default import FILTER_WEIGHT, DefaultChoice, DefaultPatterns, DefaultSubset
from dasdsl.lowering.gates.gate import Pressure
from tests.ir.texts import program
from tests.lowering.texts import composite

PRESSURE = Pressure(0.03, 0.007, 0.9)
# sides that nest, one for both sides, shapes, a count, subsets, branches, an optional layer, a depth
BODY = """conv filters <1..3>x<1|3> channels<=4
relu
conv filters k x k channels <2|6>
relu
conv filters <3x3|1x5> channels 5
choose:
    path: identity
    path: conv filters 3x3 channels 5
    path: zero
optional: conv filters 3x<1|3> channels 5
repeat <1..3>: conv filters 1x1 channels 5
conv filters 1x1 channels 2"""
CLOSED = "conv1.filters.height"


def scattered(*, closed: bool) -> CompositeModel:
    """Random gates in float64, one of them closed and a channel retired where that is asked for."""
    model = composite(BODY, define="{k: <1..3>}").double()
    torch.manual_seed(8)
    with torch.no_grad():
        for parameter in model.architecture_parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    if closed:
        gates = dict(model.bank.items())
        choice, subset = gates[CLOSED], gates["conv2.reads"]
        assert isinstance(choice, DefaultChoice)
        assert isinstance(subset, DefaultSubset)
        choice.close_(1)
        subset.retire_({2})
    return model


def apart(model: CompositeModel) -> dict[str, Tensor]:
    """The values of the gates, each computed alone, and the outer products that filters are."""
    values = {name: gate.value() for name, gate in model.bank.items()}
    height, width = values["conv1.filters.height"], values["conv1.filters.width"]
    # of `k x k` there are as many filters as k has options
    return values | {"conv1.filters": torch.outer(height, width), "conv2.filters": values["k"]}


def priced(model: CompositeModel, values: Mapping[str, Tensor]) -> Tensor:
    """The penalties of the gates, each computed alone, and those of the filters."""
    own = [gate.penalty(PRESSURE, values[name]) for name, gate in model.bank.items()]
    side = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    odd = torch.tensor([1.0, 3.0], dtype=torch.float64)
    filters = values["conv1.filters"] * torch.outer(side, odd) / 9
    filters = filters.sum() + values["k"] @ side.square() / 9
    filters = filters + values["conv3.filters"] @ torch.tensor([9.0, 5.0], dtype=torch.float64) / 9
    filters = filters + (values["optional1.conv1.filters.width"] @ odd) / 3
    return torch.stack(own).sum() + PRESSURE.gamma * FILTER_WEIGHT * filters


@pytest.mark.parametrize("closed", [False, True])
def test_values(closed: bool) -> None:
    model = scattered(closed=closed)
    found, expected = model.bank.values(), apart(model)
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value)


@pytest.mark.parametrize("closed", [False, True])
def test_gradients_of_values(closed: bool) -> None:
    model = scattered(closed=closed)
    parameters = list(model.architecture_parameters())

    def gradients(values: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        generator = torch.Generator().manual_seed(3)
        terms = [
            (values[name] * torch.randn(values[name].shape, generator=generator, dtype=torch.float64)).sum()
            for name in sorted(values)
        ]
        return torch.autograd.grad(torch.stack(terms).sum(), parameters)

    expected = apart(model)
    found = {name: value for name, value in model.bank.values().items() if name in expected}
    assert set(found) == set(expected)
    for one, other in zip(gradients(found), gradients(expected), strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("closed", [False, True])
def test_penalty(closed: bool) -> None:
    model = scattered(closed=closed)
    parameters = list(model.architecture_parameters())
    found, expected = model.bank.penalty(PRESSURE), priced(model, apart(model))
    torch.testing.assert_close(found, expected)
    for one, other in zip(
        torch.autograd.grad(found, parameters), torch.autograd.grad(expected, parameters), strict=True
    ):
        torch.testing.assert_close(one, other)


def test_the_penalty_of_what_has_just_been_computed() -> None:
    """It is that of values computed anew; the gradients are the same, at once or one after the other."""
    model, x = scattered(closed=True), torch.randn(3, 4, 8, 8, dtype=torch.float64)
    parameters = list(model.architecture_parameters())
    model.progress(PRESSURE.progress)

    def gradients(*values: Tensor) -> list[Tensor]:
        found = [torch.autograd.grad(value, parameters, allow_unused=True, materialize_grads=True) for value in values]
        return [torch.stack(each).sum(0) for each in zip(*found, strict=True)]

    model.eval()
    with torch.no_grad():
        model(x)
    alone = model.penalty(0.03, 0.007)
    expected = gradients(model(x).sum(), alone)
    loss, penalty = model(x).sum(), model.penalty(0.03, 0.007)
    assert torch.equal(penalty, alone)
    torch.testing.assert_close(gradients(loss + penalty), expected)
    loss, penalty = model(x).sum(), model.penalty(0.03, 0.007)
    torch.testing.assert_close(gradients(loss, penalty), expected)


@pytest.mark.parametrize("fused", [False, True])
def test_the_penalty_may_come_before_the_outputs(fused: bool) -> None:
    """After a step it is that of new values; neither Adam, fused, nor a write to `data` counts as a change in place."""
    model, x = scattered(closed=False), torch.randn(3, 4, 8, 8, dtype=torch.float64)
    parameters = list(model.architecture_parameters())
    optimizer = torch.optim.Adam(parameters, lr=0.1, fused=fused)
    for _ in range(2):
        penalty = model.penalty(0.03, 0.007)
        assert torch.equal(penalty, copy.deepcopy(model).penalty(0.03, 0.007))
        optimizer.zero_grad()
        (model(x).square().sum() + penalty).backward()
        # one that nothing goes back through
        model(x)
        optimizer.step()
    model(x)
    for parameter in parameters:
        parameter.data.mul_(0.5)
    assert torch.equal(model.penalty(0.03, 0.007), copy.deepcopy(model).penalty(0.03, 0.007))


@pytest.mark.parametrize("change", ["optimizer", "state", "close", "precision"])
def test_the_penalty_after_a_change_is_that_of_new_values(change: str) -> None:
    model = scattered(closed=False)
    model(torch.randn(3, 4, 8, 8, dtype=torch.float64))
    other = scattered(closed=False)
    for one in (model, other):
        choice = dict(one.bank.items())[CLOSED]
        assert isinstance(choice, DefaultChoice)
        if change == "optimizer":
            choice.logits.grad = torch.tensor([1.0, 0.0, -1.0], dtype=torch.float64)
            torch.optim.SGD([choice.logits], lr=0.1).step()
        elif change == "state":
            one.load_state_dict({name: tensor + 0.1 for name, tensor in one.state_dict().items()})
        elif change == "close":
            choice.close_(1)
        else:
            one.float()
    assert torch.equal(model.penalty(0.03, 0.007), other.penalty(0.03, 0.007))


def test_what_was_computed_keeps_no_network_alive_and_is_not_copied() -> None:
    model = scattered(closed=False)
    model(torch.randn(3, 4, 8, 8, dtype=torch.float64))
    copied = copy.deepcopy(model)
    assert torch.equal(copied.penalty(0.03, 0.007), model.penalty(0.03, 0.007))
    model(torch.randn(3, 4, 8, 8, dtype=torch.float64))
    there = weakref.ref(model)
    del model
    gc.collect()
    assert there() is None


def test_a_layer_alone_learns_as_all_do_together() -> None:
    """What is frozen has no gradient, and keeps the others' step as it is."""
    model = composite("linear channels<=3\nrelu\nlinear channels<=3\nrelu\nlinear channels 2", shape="4")
    first, second = (gate for gate in model.bank if isinstance(gate, DefaultSubset))
    with torch.no_grad():
        second.beta.copy_(torch.tensor([0.1, 0.0, 0.5]))
    second.beta.grad = torch.tensor([0.3, 0.5, 0.1])
    before = first.beta.detach().clone()
    model.progress(1.0)
    model.penalty(0.03)
    model.step_(torch.optim.SGD([first.beta, second.beta], lr=1.0))
    assert first.beta.tolist() == before.tolist()
    assert second.beta.tolist() == pytest.approx([0.0, 0.03 * 8 / 3 - 0.5, 0.4])


def test_a_cost_that_is_named_weighs_layers() -> None:
    """The first layer computes 16 times what the second does, at as many params."""
    body = """conv filters <1|3>x1 channels<=4 stride 2
relu
conv filters <1|3>x1 channels <2|4> stride 2
relu
conv filters 1x1 channels 2"""
    weighed = {cost: lower(program(body, "4x16x1"), cost=cost) for cost in ("layers", "params", "macs")}
    gates = {cost: dict(model.bank.items()) for cost, model in weighed.items()}
    for cost, model in weighed.items():
        model.progress(1.0)
        slopes = {
            name: torch.autograd.grad(model.penalty(0.1), parameter, retain_graph=True)[0].abs().max()
            for name, gate in gates[cost].items()
            for parameter in gate.parameters()
        }
        ratio = float(slopes["conv1.filters.height"] / slopes["conv2.filters.height"])
        assert ratio == pytest.approx({"layers": 1, "params": 1, "macs": 2**0.5}[cost], rel=0.05)
    with pytest.raises(ValueError, match="there is no cost `latency`"):
        lower(program(body, "4x16x1"), cost="latency")  # type: ignore[arg-type]


@pytest.mark.parametrize("cost", ["params", "macs", "both"])
def test_together_they_weigh_what_each_does_alone(cost: CostName) -> None:
    """Subsets, counts and patterns."""
    body = """conv filters 3x3 channels<=6
relu
conv filters 1x1 channels <2|4>
relu
conv filters 3x3 channels 5 groups<=3
relu
conv filters 1x1 channels 2"""
    model = lower(program(body, "4x8x8"), cost=cost).double()
    values = model.bank.values()
    own = [gate.penalty(PRESSURE, values[name]) for name, gate in model.bank.items()]
    torch.testing.assert_close(model.bank.penalty(PRESSURE), torch.stack(own).sum())
    assert len({gate.weight for gate in model.bank if isinstance(gate, DefaultSubset | DefaultPatterns)}) > 1
