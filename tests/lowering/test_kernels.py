"""The kernels of all layers at once are those of each layer alone, forward and backward."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

from dasdsl.layers.gated import GatedKernel
from dasdsl.lowering.composite import CompositeModel
from dasdsl.lowering.gates.bank import Family
from tests.lowering.texts import RECIPES, composite, inputs
from tests.properties.spaces import randomised, spaces
from tests.properties.structures import structures

# sides, sides that two layers share, shapes, counts, groups of both kinds, patterns, features of a flattened axis
BODY = """conv filters <1..3>x<1|3> channels<=4
relu
conv filters k x k channels <2|6>
relu
conv depthwise filters k x k
conv filters <3x3|1x5> channels 6 groups<=2
relu
conv filters 3x3 channels 6 groups <1|2|3>
relu
conv filters <1|3>x1 channels 4 groups [0-2 -> 0-1; 1,3-5 -> 2-3]
flatten
linear channels<=5
relu
linear channels 3"""


def layers(model: CompositeModel) -> dict[str, GatedKernel]:
    return {name: module for name, module in model.named_modules() if isinstance(module, GatedKernel)}


def apart(model: CompositeModel, gates: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {layer.key: layer.effective(gates) for layer in layers(model).values()}


def gradients(model: CompositeModel, kernels: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Of all parameters, by some function of the kernels."""
    generator = torch.Generator().manual_seed(3)
    terms = [
        (kernel * torch.randn(kernel.shape, generator=generator, dtype=kernel.dtype)).square().sum()
        for _, kernel in sorted(kernels.items())
    ]
    named = {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
    found = torch.autograd.grad(
        torch.stack(terms).sum(), list(named.values()), allow_unused=True, materialize_grads=True
    )
    return dict(zip(named, found, strict=True))


def scattered(recipe: Family = "default") -> CompositeModel:
    model = composite(BODY, recipe, define="{k: <1..3>}").double()
    torch.manual_seed(8)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return model


@pytest.mark.parametrize("recipe", RECIPES)
def test_values_and_gradients(recipe: Family) -> None:
    model = scattered(recipe)
    found, expected = model.kernels(model.bank.values()), apart(model, model.bank.values())
    assert len(found) == len(layers(model)) > 7
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(gradients(model, found), gradients(model, expected))


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much], deadline=None)
@given(st.one_of(spaces(), structures()), st.sampled_from(RECIPES), st.integers(0, 2**31))
def test_of_any_space(text: str, recipe: Family, seed: int) -> None:
    model = randomised(text, recipe, seed, sparsity=0.3)
    found, expected = model.kernels(model.bank.values()), apart(model, model.bank.values())
    torch.testing.assert_close(found, expected)
    if found:
        torch.testing.assert_close(gradients(model, found), gradients(model, expected))


def test_what_is_frozen_has_no_gradient() -> None:
    """Gates alone, weights alone, one of each."""
    model = scattered()
    gates, weights = list(model.architecture_parameters()), list(model.weight_parameters())
    for frozen in (gates, weights, [gates[0], weights[0]]):
        for parameter in (*gates, *weights):
            parameter.requires_grad_(all(parameter is not one for one in frozen))
        found, expected = model.kernels(model.bank.values()), apart(model, model.bank.values())
        torch.testing.assert_close(gradients(model, found), gradients(model, expected))


def test_under_autocast_they_are_whole() -> None:
    """Products of gates, too."""
    model = scattered().float()
    expected = model.gates(model.kernels)
    with torch.autocast("cpu", torch.bfloat16):
        found = model.gates(model.kernels)
    for name, value in expected.items():
        assert torch.equal(found[name], value), name


def test_a_copy_has_kernels_of_its_own() -> None:
    model = scattered()
    other = copy.deepcopy(model)
    x = inputs(model).double()
    with torch.no_grad():
        for parameter in other.weight_parameters():
            parameter.zero_()
    assert bool(model(x).any())
    assert not bool(other(x).any())
