"""Values that are no finite numbers: the training stops at that step and names the layer."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from dasdsl.diagnostics import DasError
from dasdsl.lowering.composite import CompositeModel
from dasdsl.search import loop
from dasdsl.search.checkpoint import read_state
from dasdsl.search.events import Event
from dasdsl.search.facts import finite as plain
from dasdsl.search.finiteness import first_gradient, first_output, first_weight, norm
from dasdsl.search.loop import Phase, Schedule
from tests.lowering.texts import composite
from tests.search.test_loop import trainer

BODY = "conv filters <1..3>x3 channels<=4 stride 3\nrelu\nflatten\nlinear channels<=6\nrelu\nlinear channels 3"


def network() -> CompositeModel:
    return composite(BODY, shape="1x6x6")


def backward(model: CompositeModel) -> None:
    model(torch.randn(4, 1, 6, 6)).square().sum().backward()


def test_all_is_well() -> None:
    model = network()
    backward(model)
    gradients = [parameter.grad.flatten() for parameter in model.parameters() if parameter.grad is not None]
    assert norm(model) == pytest.approx(float(torch.cat(gradients).norm()))
    assert first_weight(model) is None
    assert first_output(model, torch.randn(2, 1, 6, 6)) is None


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_the_first_in_forward_order(value: float) -> None:
    model = network()
    backward(model)
    parameters = dict(model.named_parameters())
    for name in ("linear2.bias", "linear1.weight"):
        gradient = parameters[name].grad
        assert gradient is not None
        gradient.view(-1)[0] = value
    assert not norm(model).isfinite()
    assert first_gradient(model) == "`linear1`, and so on up to `linear2`"
    with torch.no_grad():
        parameters["linear2.bias"][0] = value
        parameters["linear1.bias"][0] = value
        assert first_weight(model) == "`linear1`"
        parameters["/gates.held.conv1/filters/height.logits"][0] = value
    assert first_weight(model) == "the gate `conv1.filters.height`"


def test_a_norm_that_overflows() -> None:
    model = network()
    backward(model)
    gradient = dict(model.named_parameters())["linear2.weight"].grad
    assert gradient is not None
    gradient.fill_(1e30)
    assert not norm(model).isfinite()
    assert first_gradient(model) == "`linear2`, whose gradient is the largest"


def test_the_first_output_and_nothing_else_changes() -> None:
    model = composite(BODY.replace("relu\nflatten", "norm batch\nflatten"), shape="1x6x6").train()
    with torch.no_grad():
        dict(model.named_parameters())["linear1.weight"].fill_(1e38)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    x, random = 1e3 * torch.randn(4, 1, 6, 6), torch.get_rng_state()
    assert first_output(model, x) == "`linear1`"
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert torch.equal(torch.get_rng_state(), random)


class Spoilt(torch.autograd.Function):
    """The identity, whose gradient is NaN."""

    @staticmethod
    def forward(_: object, x: Tensor) -> Tensor:
        return x.clone()

    @staticmethod
    def backward(_: object, *gradients: Tensor) -> Tensor:
        return gradients[0] * float("nan")


def test_a_gradient_stops_the_training_at_that_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loss is finite; the last good state stays on disk, and nothing else is saved."""
    monkeypatch.setattr(loop, "SAVE_EVERY", 0.0)
    of, model = trainer(tmp_path), network()
    hooks: list[torch.utils.hooks.RemovableHandle] = []

    def spoil(event: Event) -> None:
        if event.step == 4 and not event.facts and not hooks:
            hooks.append(model.layer("linear1").register_forward_hook(lambda *args: Spoilt.apply(args[2])))

    of.listener = spoil
    with pytest.raises(DasError) as caught:
        of.fit(model, Phase("search", 2, Schedule(), states=tmp_path / "states"))
    found = caught.value.diagnostics[0]
    assert found.code == "E503"
    assert "the gradient is not a finite number at step 5 of search (first in " in found.message
    assert "and so on up to `linear1`)" in found.message
    assert "lower `learning_rate`" in str(found.help)
    state, broken = read_state(tmp_path / "states")
    assert state is not None
    assert state.facts["step"] == 4
    assert not broken
    assert all(bool(tensor.isfinite().all()) for tensor in state.tensors.values() if tensor.is_floating_point())


def test_a_state_that_is_not_finite_is_not_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "SAVE_EVERY", 0.0)
    of, model = trainer(tmp_path), network()

    def spoil(event: Event) -> None:
        if event.step == 1:
            with torch.no_grad():
                model.rms("linear1")[0] = float("inf")

    of.listener = spoil
    with pytest.raises(DasError, match="a weight is not a finite number at step 2 of search"):
        of.fit(model, Phase("search", 2, Schedule(), states=tmp_path / "states"))
    state, _ = read_state(tmp_path / "states")
    assert state is not None
    assert state.facts["step"] == 1


def test_json_holds_no_other_numbers() -> None:
    value = {"a": [1.5, float("inf"), float("nan")], "b": {"c": -float("inf"), "d": "nan", "e": None, "f": True}}
    assert plain(value) == {"a": [1.5, None, None], "b": {"c": None, "d": "nan", "e": None, "f": True}}
