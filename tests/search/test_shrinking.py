"""A composite that becomes smaller while it is trained."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch

from dasdsl.inverse.slim import Slim
from dasdsl.lowering.composite import CompositeModel
from dasdsl.lowering.gates.default import DefaultChoice, DefaultSubset
from dasdsl.search.checkpoint import read_state, write_state
from dasdsl.search.events import Event
from dasdsl.search.interrupts import Interrupted
from dasdsl.search.loop import Phase, Schedule
from dasdsl.search.shrinking import Shrinking
from tests.lowering.texts import composite, gate
from tests.search.test_loop import Stop, trainer

BODY = "conv filters <1..3>x3 channels<=8\nnorm batch\nrelu\ndropout 0.2\nflatten\nlinear channels 3"
READS = "linear1.reads"
# so strong that what is zero stays so, while gates learn too slowly to become zero
HELD = {"gamma": 100.0, "shrink": True}


def network() -> CompositeModel:
    return composite(BODY, shape="1x6x6")


def close_channels(model: CompositeModel, *channels: int) -> CompositeModel:
    """Let these channels be read with a factor of zero, and all others with one."""
    found = gate(model, READS)
    assert isinstance(found, DefaultSubset)
    with torch.no_grad():
        found.beta.fill_(1.0)
        found.beta[list(channels)] = 0.0
    return model


def test_what_rests_at_the_end_of_two_epochs_is_closed_for_good() -> None:
    model = close_channels(network(), 0, 1, 2, 7)
    shrinking = Shrinking(model)
    whole = shrinking.macs
    shrinking.end_epoch_()
    assert shrinking.module is shrinking.layers is model
    # one has come back, another is gone since
    close_channels(model, 0, 1, 3, 7)
    shrinking.end_epoch_()
    assert isinstance(shrinking.module, Slim)
    assert model.bank.narrowed({}) == {"conv1.filters.height": 2, READS: (2, 3, 4, 5, 6)}
    assert shrinking.macs == shrinking.module.network.program.cost.macs == whole * 5 // 8
    assert shrinking.layers is shrinking.module.network


def test_taps_count_as_channels_do() -> None:
    model = network()
    height = gate(model, "conv1.filters.height")
    assert isinstance(height, DefaultChoice)
    with torch.no_grad():
        height.logits.copy_(torch.tensor([3.0, 0.0, 0.0]))
    shrinking = Shrinking(model)
    shrinking.end_epoch_()
    shrinking.end_epoch_()
    assert shrinking.layers is not model
    assert model.bank.narrowed({}) == {"conv1.filters.height": 0, READS: tuple(range(8))}


def test_a_little_is_not_worth_it() -> None:
    """It waits until enough has come together."""
    body = BODY.replace("channels<=8", "channels<=60")
    model = close_channels(composite(body, shape="1x6x6"), 5)
    shrinking = Shrinking(model)
    for channels in ((5,), (5,), (5, 6), (5, 6)):
        close_channels(model, *channels)
        shrinking.end_epoch_()
        assert shrinking.slim is None
        assert gate(model, READS).resting() == channels
    close_channels(model, 5, 6, 7)
    shrinking.end_epoch_()
    shrinking.end_epoch_()
    assert shrinking.macs < model.program.cost.macs


def test_what_would_leave_nothing_is_left_alone() -> None:
    model = close_channels(network(), *range(8))
    shrinking = Shrinking(model)
    shrinking.end_epoch_()
    shrinking.end_epoch_()
    assert shrinking.slim is None


def test_it_goes_on_from_its_facts() -> None:
    model = close_channels(network(), 0, 1, 2)
    shrinking = Shrinking(model)
    shrinking.end_epoch_()
    shrinking.end_epoch_()
    other = Shrinking(copy.deepcopy(model))
    other.restore(shrinking.facts())
    assert other.facts() == shrinking.facts()
    assert other.macs == shrinking.macs
    assert isinstance(other.module, Slim)


@pytest.mark.parametrize("after", [3, 4, 6, 7, 8, 10])
def test_an_interrupted_training_ends_as_an_uninterrupted_one(after: int, tmp_path: Path) -> None:
    """Before and after what is closed is closed, and in between; bit by bit."""
    start = close_channels(network(), 0, 1, 4, 5)
    torch.manual_seed(5)
    expected = copy.deepcopy(start)
    phase = Phase("search", 4, Schedule(0.7), states=tmp_path / "whole", **HELD)
    of = trainer(tmp_path, gate_learning_rate=1e-9)
    events: list[Event] = []
    of.listener = events.append
    wanted = of.fit(expected, phase)
    macs = [event.facts["macs"] for event in events if "macs" in event.facts]
    assert [one / macs[0] for one in macs] == [1.0, 0.5, 0.5, 0.5]

    torch.manual_seed(5)
    stopping = trainer(tmp_path, gate_learning_rate=1e-9)
    Stop(stopping, after)
    phase = Phase("search", 4, Schedule(0.7), states=tmp_path / "parts", **HELD)
    with pytest.raises(Interrupted):
        stopping.fit(copy.deepcopy(start), phase)
    resumed = copy.deepcopy(start)
    assert trainer(tmp_path, gate_learning_rate=1e-9).fit(resumed, phase) == wanted
    for (name, tensor), other in zip(expected.state_dict().items(), resumed.state_dict().values(), strict=True):
        torch.testing.assert_close(other, tensor, rtol=0, atol=0, msg=name)


def test_the_small_network_learns_what_the_whole_one_would(tmp_path: Path) -> None:
    """Up to rounding, where no mask of a dropout is drawn for fewer channels."""
    start = close_channels(composite(BODY.replace("dropout 0.2\n", ""), shape="1x6x6"), 0, 1, 4, 5)
    models: list[CompositeModel] = []
    for shrink in (True, False):
        models.append(copy.deepcopy(start))
        phase = Phase("search", 4, Schedule(0.7), gamma=100.0, shrink=shrink)
        trainer(tmp_path, gate_learning_rate=1e-9).fit(models[-1], phase)
    one, other = models
    for (name, tensor), expected in zip(one.named_parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(tensor, expected, rtol=1e-4, atol=1e-5, msg=name)
    x = torch.randn(5, 1, 6, 6)
    torch.testing.assert_close(one(x), other(x), rtol=1e-4, atol=1e-5)


def test_a_state_of_an_older_version_is_gone_on_with(tmp_path: Path) -> None:
    """It says nothing of what was resting."""
    phase = Phase("search", 4, Schedule(0.7), states=tmp_path / "states", **HELD)
    stopping = trainer(tmp_path, gate_learning_rate=1e-9)
    Stop(stopping, 3)
    start = close_channels(network(), 0, 1, 4, 5)
    with pytest.raises(Interrupted):
        stopping.fit(copy.deepcopy(start), phase)
    state, _ = read_state(tmp_path / "states")
    assert state is not None
    del state.facts["shrinking"]
    write_state(tmp_path / "states", 3, state)
    facts = trainer(tmp_path, gate_learning_rate=1e-9).fit(start, phase)
    assert facts["macs"] == start.program.cost.macs // 2
