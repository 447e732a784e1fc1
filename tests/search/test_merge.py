"""Channels that are alike become one, and nothing else changes (method: default recipe, 5)."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from dasdsl.lowering.composite import CompositeModel
from dasdsl.lowering.gates.default import DefaultPatterns, DefaultSubset
from dasdsl.search.merge import merge_
from tests.lowering.texts import composite, gate, inputs


def twins(body: str, factor: float = 2.0, define: str = "") -> CompositeModel:
    """The first layer's channel 3 is channel 0 times a factor."""
    model = composite(body, define=define).eval()
    first = next(iter(model.layers()))[1]
    assert isinstance(first.weight, Tensor)
    assert isinstance(first.bias, Tensor)
    with torch.no_grad():
        first.bias.add_(torch.randn_like(first.bias))
        first.weight[3] = factor * first.weight[0]
        first.bias[3] = factor * first.bias[0]
        for found in model.bank:
            if isinstance(found, DefaultSubset):
                found.beta.add_(torch.rand_like(found.beta))
    return model


READERS = [
    "relu\nconv filters <1..3>x3 channels 2",
    "leaky 0.2\nconv filters 3x3 channels 2 stride 2",
    "pool max 2\nrelu\nflatten\nlinear channels 3",
    "pool global avg\nflatten\nlinear channels 3",
    "conv filters 1x1 channels 2",
]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("factor", [2.0, 0.3])
def test_parallel_channels_merge_without_loss(reader: str, factor: float) -> None:
    model = twins(f"conv filters 3x3 channels<=5\n{reader}", factor)
    x = inputs(model)
    expected = model(x)
    assert merge_(model) == {"conv1": 1}
    torch.testing.assert_close(model(x), expected, rtol=1e-4, atol=1e-5)
    name = "linear1" if "linear" in reader else "conv2"
    beta = gate(model, f"{name}.reads")
    assert isinstance(beta, DefaultSubset)
    # the smaller of the two goes
    assert (beta.beta == 0).nonzero().flatten().tolist() == [0 if factor > 1 else 3]
    assert merge_(model) == {}


@pytest.mark.parametrize("between", ["tanh", "norm batch\nrelu", "sigmoid", "relu6", "norm instance"])
def test_what_is_not_homogeneous_keeps_them_apart(between: str) -> None:
    model = twins(f"conv filters 3x3 channels<=5\n{between}\nconv filters 3x3 channels 2")
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    assert merge_(model) == {}
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(tensor, before[name], rtol=0, atol=0)


def test_opposite_channels_stay() -> None:
    assert merge_(twins("conv filters 3x3 channels<=5\nrelu\nconv filters 3x3 channels 2", -1.0)) == {}


def test_what_the_reader_cannot_drop_stays() -> None:
    assert merge_(twins("conv filters 3x3 channels 5\nrelu\nconv filters 3x3 channels 2")) == {}
    assert merge_(twins("conv filters 3x3 channels<=5\nrelu\nconv filters 3x3 channels 2 groups<=2")) == {}


def test_a_channel_that_is_gone_takes_no_part() -> None:
    model = twins("conv filters 3x3 channels<=5\nrelu\nconv filters 3x3 channels 2")
    beta = gate(model, "conv2.reads")
    assert isinstance(beta, DefaultSubset)
    with torch.no_grad():
        beta.beta[3] = 0.0
    assert merge_(model) == {}


def test_three_alike_become_one() -> None:
    model = twins("conv filters 3x3 channels<=5\nrelu\nconv filters 3x3 channels 2")
    first = model.layer("conv1")
    assert isinstance(first.weight, Tensor)
    assert isinstance(first.bias, Tensor)
    with torch.no_grad():
        first.weight[1], first.bias[1] = 0.5 * first.weight[0], 0.5 * first.bias[0]
    x = inputs(model)
    expected = model(x)
    assert merge_(model) == {"conv1": 2}
    torch.testing.assert_close(model(x), expected, rtol=1e-4, atol=1e-5)


def test_channels_under_a_count_stay() -> None:
    """Their gates differ, and the one that is kept could go with the count."""
    assert merge_(twins("conv filters 3x3 channels <2|5>\nrelu\nconv filters 3x3 channels 2 reads any")) == {}


def test_patterns_in_the_first_layer() -> None:
    """What reads different inputs is not alike, equal weights or not."""
    body = (
        "conv filters 1x1 channels<=4\nrelu\nconv filters 3x3 channels<=5 groups<=2\nrelu\nconv filters 3x3 channels 2"
    )
    model = composite(body).eval()
    first = model.layer("conv2")
    found = gate(model, "conv2.groups")
    assert isinstance(first.weight, Tensor)
    assert isinstance(first.bias, Tensor)
    assert isinstance(found, DefaultPatterns)
    with torch.no_grad():
        first.weight[3], first.bias[3] = first.weight[0], first.bias[0]
        first.weight[2], first.bias[2] = first.weight[1], first.bias[1]
        found.logits.zero_()
        found.logits[:3, 0] = 5.0
        found.logits[3:, 1] = 5.0
    x = inputs(model)
    expected = model(x)
    merged = merge_(model)
    assert merged["conv2"] == 1
    torch.testing.assert_close(model(x), expected, rtol=1e-4, atol=1e-5)
