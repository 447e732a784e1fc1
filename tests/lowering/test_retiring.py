"""What is closed for good while a composite is trained."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from dasdsl.lowering.composite import CompositeModel
from dasdsl.lowering.gates.default import DefaultChoice, DefaultSubset
from tests.lowering.texts import composite, gate, inputs

BODY = """conv filters <1..5>x3 dilation <1|2> channels <2|4|6> pad 4
conv filters 1x1 channels<=3
flatten
linear channels 2"""


def held(model: CompositeModel, name: str, values: list[float]) -> DefaultChoice | DefaultSubset:
    """A gate with these logits, or these β."""
    found = gate(model, name)
    assert isinstance(found, DefaultChoice | DefaultSubset)
    with torch.no_grad():
        (found.logits if isinstance(found, DefaultChoice) else found.beta).copy_(torch.tensor(values))
    return found


def test_of_options_that_nest_only_those_above_the_largest_in_use_rest() -> None:
    found = held(composite(BODY), "conv1.filters.height", [0.0, -3.0, 0.5, -3.0, -3.0])
    assert found.resting() == (3, 4)
    assert found.narrowed() == {"conv1.filters.height": 4}
    assert found.narrowed((3, 4)) == {"conv1.filters.height": 2}
    found.retire_((3, 4))
    assert found.resting() == ()
    assert found.narrowed() == {"conv1.filters.height": 2}


def test_of_others_all_but_one_rest_once_that_is_decided() -> None:
    found = held(composite(BODY), "conv1.dilation", [0.0, 0.2])
    assert found.resting() == ()
    assert found.narrowed() is None
    found = held(composite(BODY), "conv1.dilation", [0.0, 3.0])
    assert found.resting() == (0,)
    assert found.narrowed((0,)) == {"conv1.dilation": 1}


def test_branches_may_stay_open() -> None:
    model = composite("choose:\n    path: relu\n    path: tanh\nconv filters 1x1 channels 2")
    found = held(model, "choose1.choice", [0.0, 0.2])
    assert found.narrowed() == {}
    assert found.narrowed((0,)) == {"choose1.choice": 1}


def test_channels_that_are_zero_rest() -> None:
    found = held(composite(BODY), "linear1.reads", [0.0, 1.0, 0.0])
    assert found.resting() == (0, 2)
    found.retire_((0,))
    assert found.resting() == (2,)
    assert found.narrowed() == {"linear1.reads": (1, 2)}
    assert found.narrowed((2,)) == {"linear1.reads": (1,)}


@pytest.mark.parametrize("recipe", ["default", "paper"])
def test_a_bank_is_narrow_once_every_gate_is(recipe: str) -> None:
    model = composite(BODY, recipe)  # type: ignore[arg-type]
    assert model.bank.narrowed({}) is None
    resting = model.bank.resting()
    if recipe == "default":
        held(model, "conv1.dilation", [0.0, 3.0])
        resting = model.bank.resting()
        assert resting == {"conv1.dilation": (0,)}
        found = model.bank.narrowed(resting)
        assert found == {
            "conv1.filters.height": 4,
            "conv1.dilation": 1,
            "conv1.channels": 2,
            "linear1.reads": (0, 1, 2),
        }
    else:
        assert resting == {}


def test_what_is_retired_stays_so_whatever_is_learnt() -> None:
    model = composite(BODY)
    height = held(model, "conv1.filters.height", [0.0, 0.5, -3.0, -3.0, -3.0])
    reads = held(model, "linear1.reads", [0.0, 1.0, 0.0])
    model.bank.retire_({"conv1.filters.height": (3, 4), "linear1.reads": (0,)})
    optimizer = torch.optim.Adam(model.parameter_groups(1e-1, gate_learning_rate=0.5))
    for step in range(30):
        model.progress(step / 30)
        loss = nn.functional.mse_loss(model(inputs(model)), torch.ones(5, 2)) + model.penalty(1e-3)
        optimizer.zero_grad()
        loss.backward()
        model.step_(optimizer)
    assert height.value()[3:].tolist() == [0.0, 0.0]
    assert height.narrowed() == {"conv1.filters.height": 2}
    assert reads.value()[0] == 0.0
    assert reads.narrowed() == {"linear1.reads": (1, 2)}
