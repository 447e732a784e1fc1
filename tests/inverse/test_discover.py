"""Collapse, certificate, and what a discovery leaves alone."""

from __future__ import annotations

import re

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from torch import nn

import dasdsl
from dasdsl.diagnostics import DasError
from dasdsl.inverse import discover as module
from dasdsl.inverse.certificate import ALLOWED, Certificate, compare
from dasdsl.inverse.discover import discover
from dasdsl.lowering.composite import CompositeModel
from dasdsl.lowering.gates.bank import Family
from dasdsl.lowering.gates.default import DefaultChoice
from dasdsl.lowering.gates.paper import PaperChoice
from dasdsl.lowering.settling import decide_, settled
from tests.lowering.texts import EVERYTHING, RECIPES, composite, inputs
from tests.properties.spaces import randomised, spaces


def scattered(body: str, recipe: Family) -> CompositeModel:
    """A composite whose gates differ: what is small goes first."""
    model = composite(body, recipe).eval()
    torch.manual_seed(4)
    with torch.no_grad():
        for parameter in model.architecture_parameters():
            parameter.mul_(1 + 0.5 * torch.rand_like(parameter))
    return model


# ---- collapse --------------------------------------------------------------------------------------------------------

COLLAPSES = [
    ("default", "conv filters 1x1 channels<=4\nrelu\nconv filters 1x1 channels 2", "conv2"),
    ("default", "conv filters 1x1 channels 3 reads any\nrelu\nconv filters 1x1 channels 2", "conv1"),
    ("default", "conv filters 1x1 channels 4 groups<=2\nrelu\nconv filters 1x1 channels 2", "conv1"),
    ("paper", "conv filters 1x1 channels<=4\nrelu\nconv filters 1x1 channels 2", "conv2"),
    ("paper", "conv filters 1x1 channels 4 groups<=2\nrelu\nconv filters 1x1 channels 2", "conv1"),
    # nothing of a filter, or of a count, is left
    ("paper", "conv filters <1..3>x<1..3> channels 4\nrelu\nconv filters 1x1 channels 2", "conv1"),
    ("paper", "conv filters 1x1 channels 4\nrelu\nconv filters <1|3>x1 channels 2", "conv2"),
    ("paper", "conv filters 1x1 channels <2|4>\nrelu\nconv filters 1x1 channels 2", "conv2"),
    ("paper", "flatten\nlinear channels <2|4>\nrelu\nlinear channels 2", "linear2"),
]


@pytest.mark.parametrize(("recipe", "body", "layer"), COLLAPSES)
def test_a_collapse_names_the_layer_and_the_largest_threshold_that_works(recipe: Family, body: str, layer: str) -> None:
    model = scattered(body, recipe)
    with pytest.raises(DasError) as caught:
        discover(model, 50.0, inputs=inputs(model))
    found = caught.value.diagnostics[0]
    assert found.code == "E401"
    assert found.message == f"the network collapses at threshold 50: `{layer}` reads nothing any more"
    assert found.help is not None
    said = re.fullmatch(r"the largest threshold that works is (\S+)", found.help)
    assert said is not None, found.help
    largest = float(said[1])
    # it works as it is printed, and a little more does not
    assert discover(model, largest, inputs=inputs(model)).certificate.holds
    with pytest.raises(DasError, match="E401"):
        discover(model, 1.003 * largest, inputs=inputs(model))


def test_where_no_threshold_works_that_is_said() -> None:
    model = composite("conv filters 1x1 channels<=4\nrelu\nconv filters 1x1 channels 2")
    with torch.no_grad():
        for parameter in model.architecture_parameters():
            parameter.zero_()
    for threshold in (0.0, 1e-3):
        with pytest.raises(DasError) as caught:
            discover(model, threshold)
        assert "`conv2` reads nothing any more" in caught.value.diagnostics[0].message
        assert caught.value.diagnostics[0].help == "no threshold works: train longer, or with a smaller `gamma`"


def test_a_collapse_without_a_threshold() -> None:
    model = composite("conv filters 1x1 channels<=4\nrelu\nconv filters 1x1 channels 2")
    model.clamp_(2.0)
    with pytest.raises(DasError) as caught:
        discover(model)
    assert caught.value.diagnostics[0].message == "the network collapses: `conv2` reads nothing any more"


# ---- certificate -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("recipe", RECIPES)
def test_what_is_not_clamped_and_divided_says_to_clamp(recipe: Family) -> None:
    """The boxes of shapes do not nest: that is the caller's to decide, not a fault of the inverse pass."""
    model = composite("conv filters <3x3|1x5> channels 4 dilation <1|2>\nflatten\nlinear channels 2", recipe)
    with pytest.raises(DasError) as caught:
        discover(model)
    assert caught.value.diagnostics[0].code == "E403"
    assert "`conv1.filters`, `conv1.dilation`" in caught.value.diagnostics[0].message
    assert "threshold" in (caught.value.diagnostics[0].help or "")
    model.clamp_(0.0)
    assert discover(model).certificate.holds


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_tampered_network_is_refused(recipe: Family, monkeypatch: pytest.MonkeyPatch) -> None:
    model = scattered(EVERYTHING, recipe)
    honest = module.transfer_

    def tampered(composite: CompositeModel, closing: object, discrete: CompositeModel) -> None:
        honest(composite, closing, discrete)  # type: ignore[arg-type]
        with torch.no_grad():
            next(discrete.parameters()).view(-1)[0] += 1.0

    monkeypatch.setattr(module, "transfer_", tampered)
    with pytest.raises(DasError) as caught:
        discover(model, 1e-3, inputs=inputs(model))
    found = caught.value.diagnostics[0]
    assert found.code == "E402"
    assert "differs from the clamped composite by" in found.message


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("recipe", RECIPES)
def test_weights_that_are_no_numbers_are_refused(recipe: Family, value: float) -> None:
    model = scattered("conv filters 3x3 channels<=4\nrelu\nflatten\nlinear channels 2", recipe)
    with torch.no_grad():
        for parameter in model.weight_parameters():
            parameter.view(-1)[0] = value
    with pytest.raises(DasError) as caught:
        discover(model, 1e-3, inputs=inputs(model))
    found = caught.value.diagnostics[0]
    assert (found.code, found.message) == ("E404", "values of `conv1` are infinite or no numbers")


@pytest.mark.parametrize("recipe", RECIPES)
def test_gates_that_are_no_numbers_are_refused_at_any_threshold(recipe: Family) -> None:
    model = scattered("conv filters 3x3 channels<=4\nrelu\nflatten\nlinear channels 2", recipe)
    with torch.no_grad():
        next(iter(model.architecture_parameters())).fill_(float("nan"))
    with pytest.raises(DasError, match="E404"):
        discover(model, 7.0, inputs=inputs(model))


def test_a_certificate_compares_every_batch() -> None:
    """The worst of all batches counts, whichever comes last."""
    one, other = (composite("flatten\nlinear channels 2").eval() for _ in range(2))
    x = torch.zeros(130, 4, 8, 8)
    x[70] = 1.0
    layer = other.layer("linear1")
    assert isinstance(layer, nn.Linear)
    with torch.no_grad():
        layer.weight.add_(0.01)
    found = compare(one, other, x)
    assert found.samples == 130
    assert found.max_abs_error == pytest.approx(0.01 * 256, rel=1e-3)
    x[3] = float("nan")
    worst = compare(one, other, x)
    assert worst.max_abs_error != worst.max_abs_error
    assert not worst.holds


@pytest.mark.parametrize(
    ("relative", "holds"), [(0.0, True), (ALLOWED, True), (1.01 * ALLOWED, False), (float("nan"), False)]
)
def test_what_holds(relative: float, holds: bool) -> None:
    assert Certificate(relative, relative, 1).holds is holds


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(spaces(), st.sampled_from(RECIPES), st.integers(0, 2**31), st.floats(0, 0.6), st.floats(0, 0.3))
@torch.no_grad()
def test_in_float32_both_agree_within_rounding(
    text: str, recipe: Family, seed: int, sparsity: float, threshold: float
) -> None:
    try:
        model = randomised(text, recipe, seed, sparsity=sparsity).float()
    except DasError:
        assume(False)
        raise
    x = torch.randn(8, *model.program.space.input)
    try:
        found = discover(model, threshold, inputs=x)
    except DasError as error:
        if error.diagnostics[0].code != "E401":
            raise
        return
    assert found.certificate.relative <= 1e-5
    assert next(found.model.parameters()).dtype == torch.float32


# ---- what a discovery is ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_composite_stays_as_it_was(recipe: Family) -> None:
    model = scattered(EVERYTHING, recipe).train()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    discover(model, 0.2, inputs=inputs(model))
    assert model.training
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(tensor, before[name], rtol=0, atol=0)


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_clamped_model_is_read_as_it_is(recipe: Family) -> None:
    model = scattered(EVERYTHING, recipe)
    once = discover(model, 0.2, inputs=inputs(model))
    model.clamp_(0.2)
    again = discover(model, inputs=inputs(model))
    assert again.architecture == once.architecture
    assert again.outcomes == once.outcomes


def test_without_inputs_the_certificate_is_made_on_noise_and_random_numbers_stay() -> None:
    model = scattered(EVERYTHING, "default")
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    found = dasdsl.discover(model, threshold=1e-3)
    assert found.certificate.samples == 64
    assert torch.rand(1) == expected


def test_what_is_found_says_where_it_comes_from() -> None:
    model = scattered(EVERYTHING, "default")
    found = dasdsl.discover(model, 0.1, inputs=inputs(model), found={"from": "a.das", "threshold": 0.1})
    assert "found: {from: a.das, threshold: 0.1}" in str(found.architecture)
    assert found.costs == found.model.program.cost
    assert not found.model.training


def test_a_closed_network_is_its_own_discovery() -> None:
    body = "conv filters 3x3 channels 4 groups [0-1 -> 1-3; none -> 0]\nrelu\nconv filters 3x3 channels 2"
    model = composite(body).eval()
    found = dasdsl.discover(model, 0.5)
    x = inputs(model)
    torch.testing.assert_close(found.model(x), model(x))
    assert found.costs == model.program.cost
    assert "channels 4 groups [none -> 0; 0-1 -> 1-3]" in str(found.architecture)


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_discovered_network_trains_on(recipe: Family) -> None:
    model = scattered(EVERYTHING, recipe)
    found = discover(model, 0.1, inputs=inputs(model)).model.train()
    x, y = inputs(model, 8), torch.randn(8, 3)
    optimizer = torch.optim.Adam(found.parameters(), lr=1e-2)
    losses: list[float] = []
    for _ in range(20):
        loss = (found(x) - y).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.9 * losses[0]


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize(
    "chosen",
    [
        "tanh\nadd:\n    path: identity\n    path from edge: identity",
        "choose:\n    path from edge: tanh\n    path: relu",
    ],
    ids=["absent", "elsewhere"],
)
def test_constants_pass_what_stands_in_the_place_of_a_choice(recipe: Family, chosen: str) -> None:
    """An absent part with a label is an identity, a branch that begins elsewhere a sum of one."""
    model = composite(
        "conv filters 1x1 channels 4\nrelu\nedge = optional: conv filters 3x3 channels 4\n"
        f"{chosen}\nconv filters 1x1 channels 4 groups [0 -> 1-2; none -> 0,3]\nrelu\nconv filters 1x1 channels 2",
        recipe,
    ).eval()
    for name, one in model.bank.items():
        assert isinstance(one, PaperChoice | DefaultChoice)
        gate = one.alpha if isinstance(one, PaperChoice) else one.logits
        with torch.no_grad():
            gate.copy_(torch.tensor([0.4, 0.6] if name == "edge.present" else [0.6, 0.4]))
    found = discover(model, 1e-3, inputs=inputs(model))
    assert found.certificate.holds


# ---- what is left of a concat ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_concat_of_one_path_left_is_that_path(recipe: Family) -> None:
    """With a norm and a constant of the path that is gone, exactly."""
    body = (
        "concat:\n    path:\n        conv filters 3x3 channels<=4\n        norm batch\n        relu\n"
        "    path: conv filters 1x1 channels<=3\nconv filters 1x1 channels 5\nflatten\nlinear channels 2"
    )
    decided = settled(scattered(body, recipe))
    decide_(decided, {"conv1.reads": (0, 1, 3)})
    decided = decided.double().eval()
    found = discover(decided, 0.0, inputs=inputs(decided).double())
    assert str(found.architecture).split("---\n")[2] == (
        "conv filters 3x3 channels 3\nnorm batch\nrelu\nconv filters 1x1 channels 5\nflatten\nlinear channels 2\n"
    )
    assert found.certificate.max_abs_error <= 1e-12
