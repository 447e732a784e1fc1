"""A composite that computes only what is left of it."""

from __future__ import annotations

import copy
from random import Random

import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from dasdsl.inverse.slim import Slim
from dasdsl.ir.counting import count
from dasdsl.ir.liveness import Collapsed
from dasdsl.ir.narrowing import narrowed
from dasdsl.lowering.composite import CompositeModel
from tests.lowering.texts import composite, gate, inputs
from tests.properties.spaces import randomised, spaces
from tests.properties.structures import structures


def close_to(one: Tensor, other: Tensor, scale: float = 1.0) -> bool:
    return bool(((one - other).abs() <= 1e-7 * other.abs().max().clamp_min(1e-6 * max(scale, 1.0))).all())


def without_chance(module: nn.Module) -> None:
    for one in module.modules():
        if isinstance(one, nn.Dropout):
            one.p = 0.0


def retired(model: CompositeModel, seed: int) -> CompositeModel:
    """The composite with some of what rests closed for good; of options that do not nest all that rest."""
    random = Random(seed)  # noqa: S311 - not for secrets
    for found in model.bank:
        entries = found.resting()
        nests = not hasattr(found, "beta")
        found.retire_(entries if nests else [entry for entry in entries if random.random() < 0.7])
    return model


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much], deadline=None)
@given(st.one_of(spaces(), structures()), st.integers(0, 2**31), st.floats(0.2, 0.7))
def test_it_computes_what_the_whole_does_with_the_same_gradients(text: str, seed: int, sparsity: float) -> None:
    """Outputs in training and evaluation, gradients of weights and gates, and the statistics of what is left."""
    whole = retired(randomised(text, "default", seed, sparsity=sparsity), seed)
    other = copy.deepcopy(whole)
    outcomes = other.bank.narrowed({})
    if outcomes is None:
        return
    try:
        slim = Slim(other, narrowed(other.program, outcomes))
    except Collapsed:
        return
    for model in (whole, other, slim.network):
        without_chance(model)
    x = torch.randn(4, *whole.program.space.input, dtype=torch.float64)
    target = torch.randn_like(whole(x))
    whole.train()
    slim.train()
    y, z = whole(x), slim(x)
    assert close_to(z, y)
    for out in (y, z):
        (out - target).square().sum().backward()
    # a bias in front of a batch norm has none, which the parts of a sum as large as other gradients cancel to
    scale = max(float(one.grad.abs().max()) for one in whole.parameters() if one.grad is not None)
    for mine, theirs in zip(other.parameters(), whole.parameters(), strict=True):
        expected = torch.zeros_like(theirs) if theirs.grad is None else theirs.grad
        assert close_to(torch.zeros_like(mine) if mine.grad is None else mine.grad, expected, scale)
    whole.eval()
    slim.eval()
    assert close_to(slim(x), whole(x))
    # the statistics of what is left are in the whole
    other.eval()
    assert close_to(other(x), whole(x))


def test_it_is_smaller() -> None:
    model = composite("conv filters <1..5>x5 channels<=8\nnorm batch\nrelu\nflatten\nlinear channels 3")
    found = {"conv1.filters.height": (2, 3, 4), "linear1.reads": (0, 1, 2, 3, 5)}
    outcomes = model.bank.narrowed(found)
    assert outcomes is not None
    model.bank.retire_(found)
    slim = Slim(model, narrowed(model.program, outcomes))
    assert slim.network.program.cost == count(model.program, outcomes)
    assert [tuple(part.shape) for part in (slim.network.layer("conv1").weight, slim.network.layer("norm1").weight)] == [
        (3, 4, 2, 5),
        (3,),
    ]
    assert not list(slim.parameters())
    assert not slim.state_dict()


def test_branches_that_are_open_stay() -> None:
    """Both are computed, and so is what chooses between them; a branch that is retired is not."""
    model = composite("""conv filters 3x3 channels<=6
choose:
    path: conv filters 3x3 channels<=6
    path: conv filters 1x1 channels<=6
optional: relu
flatten
linear channels 3""")
    entries = {"optional1.present": (0,), "linear1.reads": (2, 3), "choose1.path1.conv1.reads": (5,)}
    outcomes = model.bank.narrowed(entries)
    assert outcomes is not None
    assert "choose1.choice" not in outcomes
    model.bank.retire_(entries)
    slim = Slim(model, narrowed(model.program, outcomes))
    names = [node.name for node in slim.network.program.nodes]
    assert names == ["conv1", "choose1.path1.conv1", "choose1.path2.conv1", "choose1", "flatten1", "linear1"]
    x = inputs(model)
    assert torch.allclose(slim(x), model(x), atol=1e-6)
    logits = gate(model, "choose1.choice").logits
    slim(x).square().sum().backward()
    assert logits.grad is not None
    assert bool(logits.grad.any())
