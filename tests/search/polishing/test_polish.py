"""A short training: it is looked at, goes on where it was stopped, and is read where it was made, to the bit."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from dasdsl.ir.elaborate import elaborate
from dasdsl.language import loads
from dasdsl.lowering.composite import CompositeModel
from dasdsl.search import loop
from dasdsl.search.checkpoint import State, read_state, write_state
from dasdsl.search.interrupts import Flag, Interrupted
from dasdsl.search.loop import Trainer
from dasdsl.search.polishing.journal import Journal, Place
from dasdsl.search.polishing.polish import Until, Watch, polish_
from tests.search.planted import TRUTH, taught, trainer

TEXT = TRUTH.replace("relu", "norm batch\nrelu\ndropout 0.2").replace("space:", "architecture:")
STEPS, RATE = 40, 1e-2


class Countdown(Flag):
    """A stop that is asked for when so many steps are made."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.left = steps

    def check(self) -> None:
        self.left -= 1
        self.raised = self.raised or not self.left
        super().check()


def fresh() -> CompositeModel:
    torch.manual_seed(3)
    return CompositeModel(elaborate(loads(TEXT)), "decided").eval()


def teacher(stop: int | None = None) -> Trainer:
    one = trainer(taught(samples=200))
    if stop is not None:
        one.stop = Countdown(stop)
    return one


def trained(states: Path | None, stop: int | None = None, *, soap: bool = True) -> tuple[int, CompositeModel, Watch]:
    one, model = teacher(stop), fresh()
    watch = Watch(Until(first=5, every=10), lambda: float(next(model.parameters()).detach().sum()))
    place = None if states is None else Place(Journal(), states)
    return polish_(one, model, "a name", STEPS, RATE, watch, soap=soap, place=place), model, watch


def same(one: CompositeModel, other: CompositeModel) -> bool:
    mine, others = one.state_dict(), other.state_dict()
    return all(torch.equal(mine[name], others[name]) for name in mine)


@pytest.mark.parametrize("soap", [True, False])
@pytest.mark.parametrize("stops", [[1], [7], [39], [5, 5, 10]])
def test_it_goes_on_where_it_was_stopped(tmp_path: Path, stops: list[int], soap: bool) -> None:
    made, model, watch = trained(None, soap=soap)
    for stop in stops:
        with pytest.raises(Interrupted):
            trained(tmp_path, stop, soap=soap)
    left = STEPS - sum(stops)
    ended, other, seen = trained(tmp_path, left + 1, soap=soap)
    assert ended == made == STEPS
    assert same(model, other)
    assert seen.seen == watch.seen
    assert len(watch.seen) == 4
    assert seen.read == sum(step in (5, 15, 25, 35) for step in range(sum(stops) + 1))


def test_what_was_made_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Interrupted):
        trained(tmp_path, 7)
    monkeypatch.setattr(loop, "SAVE_EVERY", -1.0)
    _, model, watch = trained(tmp_path)
    made, other, seen = trained(tmp_path, 1)
    assert made == STEPS
    assert same(model, other)
    assert seen.seen == watch.seen
    state, _ = read_state(tmp_path)
    assert state is not None
    assert state.facts["over"]


def test_a_short_one_leaves_nothing(tmp_path: Path) -> None:
    trained(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_long_one_has_states_on_its_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "SAVE_EVERY", -1.0)
    _, model, _ = trained(tmp_path)
    assert {path.stem for path in tmp_path.iterdir()} == {"00000039", "00000040"}
    # as after a kill while the last state was being written
    (tmp_path / "00000040.json").write_text("{}")
    made, other, _ = trained(tmp_path, 2)
    assert made == STEPS
    assert same(model, other)


@pytest.mark.parametrize("change", [{"name": "another"}, {"steps": 41}, {"rate": 1e-3}])
def test_the_state_of_another_training_is_none(tmp_path: Path, change: dict[str, object]) -> None:
    with pytest.raises(Interrupted):
        trained(tmp_path, 7)
    state, _ = read_state(tmp_path)
    assert state is not None
    write_state(tmp_path, 7, State(state.tensors, state.facts | change))
    _, model, watch = trained(tmp_path)
    assert same(model, trained(None)[1])
    assert watch.read == 0


@pytest.mark.parametrize("channels", [2, 3])
def test_the_state_of_another_network_is_none(tmp_path: Path, channels: int) -> None:
    """Under other threads a stage may come to another one: it is trained, and not given what is not its own."""
    with pytest.raises(Interrupted):
        trained(tmp_path, 7)

    def other() -> CompositeModel:
        torch.manual_seed(4)
        return CompositeModel(
            elaborate(loads(TEXT.replace("channels 2 reads", f"channels {channels} reads"))), "decided"
        )

    models = other(), other()
    places = None, Place(Journal(), tmp_path)
    for model, place in zip(models, places, strict=True):
        assert polish_(teacher(), model, "a name", STEPS, RATE, place=place) == STEPS
    assert same(*models)


@pytest.mark.parametrize(
    ("until", "errors", "made"),
    [
        (Until(good=0.5), [0.5], 25),
        (Until(good=0.5), [0.6, 0.5], 50),
        (Until(good=0.5), [0.6, 0.51], 60),
        (Until(bad=0.5, first=10), [0.5, 0.6], 35),
        (Until(bad=0.5, first=20, every=100), [0.6], 20),
        (Until(bad=0.5, first=20, every=100), [0.5], 60),
        (Until(good=0.5), [math.nan, math.nan], 60),
    ],
)
def test_it_ends_where_it_is_good_or_bad_enough(until: Until, errors: list[float], made: int) -> None:
    one, model, left = teacher(), fresh(), list(errors)

    def look() -> float:
        assert not model.training
        return left.pop(0)

    watch = Watch(until, look)
    assert polish_(one, model, "a name", 60, RATE, watch) == made
    assert not model.training
    assert not left
    assert str(watch.seen) == str(errors)


def test_one_that_diverges_ends() -> None:
    assert polish_(teacher(), fresh(), "a name", STEPS, 1e30) < STEPS
