"""The learning rate is chosen by short trials where none is given, once, and not where a trial could not pay."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from dasdsl.ir.elaborate import elaborate
from dasdsl.language import loads
from dasdsl.lowering.composite import CompositeModel, lower
from dasdsl.search import rates
from dasdsl.search.events import Event
from dasdsl.search.folder import Folder
from dasdsl.search.interrupts import Interrupted
from dasdsl.search.loop import Trainer
from dasdsl.search.rates import FEWEST, LONG, MANY, RATES, STEPS, Trial, best, rated_
from dasdsl.search.settings import USUAL_RATE, Settings
from dasdsl.search.task import Task
from tests.search.planted import SPACE, taught

PROGRAM = elaborate(loads(SPACE))


def fresh() -> CompositeModel:
    torch.manual_seed(0)
    return lower(PROGRAM)


def trainer(**settings: object) -> Trainer:
    data = taught()
    told = Settings.of({}, settings).completed(len(data.train))
    return Trainer(data, data.train, data.test, Task.of(data, data.train), told)


ENOUGH = -(-FEWEST // trainer().steps_per_epoch)


def test_a_small_network_that_is_taught_by_another_learns_fast(tmp_path: Path) -> None:
    one = trainer()
    trials, rate = rated_(one, Folder(tmp_path), "search", fresh, ENOUGH)
    assert [trial.rate for trial in trials] == [RATES[1], RATES[0], *RATES[2:]]
    assert rate == one.rate == RATES[-1]


def test_where_no_rate_is_better_the_first_is_taken(tmp_path: Path) -> None:
    def steep() -> CompositeModel:
        model = fresh()
        with torch.no_grad():
            # far too large to be unlearnt in a trial, at any rate
            model.layer("conv1").weight.mul_(1000)  # type: ignore[operator]
            model.layer("conv2").weight.mul_(1000)  # type: ignore[operator]
        return model

    trials, rate = rated_(trainer(), Folder(tmp_path), "search", steep, ENOUGH)
    assert [trial.rate for trial in trials] == [RATES[1], RATES[0], *RATES[2:]]
    assert rate == RATES[1]


@pytest.mark.parametrize(
    ("settings", "epochs", "rate"),
    [({"learning_rate": 5e-3}, ENOUGH, 5e-3), ({"recipe": "paper"}, ENOUGH, USUAL_RATE), ({}, ENOUGH - 1, USUAL_RATE)],
)
def test_there_are_trials_only_where_they_decide_something(
    tmp_path: Path, settings: dict[str, object], epochs: int, rate: float
) -> None:
    one = trainer(**settings)
    assert rated_(one, Folder(tmp_path), "search", fresh, epochs) == ([], rate)
    assert one.rate == rate
    assert not list(tmp_path.iterdir())


def test_the_choice_is_made_once(tmp_path: Path) -> None:
    first = rated_(trainer(), Folder(tmp_path), "search", fresh, ENOUGH)
    again = trainer()
    events: list[Event] = []
    again.listener = events.append
    assert rated_(again, Folder(tmp_path), "search", fresh, ENOUGH) == first
    assert again.rate == first[1]
    assert not events


def test_each_trial_is_told(tmp_path: Path) -> None:
    one = trainer()
    events: list[Event] = []
    one.listener = events.append
    trials, _ = rated_(one, Folder(tmp_path), "search", fresh, ENOUGH)
    assert events == [Event("search rate", STEPS, STEPS, trial.facts()) for trial in trials]


def test_a_stop_ends_a_trial(tmp_path: Path) -> None:
    one = trainer()
    one.stop.raised = True
    with pytest.raises(Interrupted):
        rated_(one, Folder(tmp_path), "search", fresh, ENOUGH)


@pytest.mark.parametrize(
    ("losses", "tried"),
    [((1.03, 0.94, 0.93, 0.79), 4), ((1.03, 0.94, 0.95, 0.79), 3), ((0.92, 0.94, 0.93, 0.79), 3)],
)
def test_higher_rates_are_tried_as_long_as_each_is_better_at_all(
    losses: tuple[float, ...], tried: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = dict(zip(RATES, losses, strict=True))

    def trial(_: Trainer, __: str, ___: CompositeModel, rate: float, ____: int) -> Trial:
        return Trial(rate, of[rate])

    monkeypatch.setattr(rates, "_trial", trial)
    assert len(rates.trials(trainer(), "search", fresh)) == tried


@pytest.mark.parametrize(
    ("least", "steps", "long"),
    [(0.95, MANY, True), (0.95, MANY - 1, False), (0.85, MANY, False), (None, MANY, False)],
)
def test_where_nothing_is_learnt_trials_are_longer_if_the_training_is_long(
    least: float | None, steps: int, *, long: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, lengths = trainer(), list[int]()

    def trial(_: Trainer, __: str, ___: CompositeModel, rate: float, made: int) -> Trial:
        lengths.append(made)
        return Trial(rate, None if least is None else least * one.task.scale)

    monkeypatch.setattr(rates, "_trial", trial)
    found = rates.telling(one, "search", fresh, steps)
    assert lengths == [STEPS] * len(found) + ([LONG] * len(found) if long else [])


@pytest.mark.parametrize(
    ("losses", "chosen"),
    [
        ((1.0, 0.5, 0.1, 0.09), RATES[3]),
        ((1.0, 0.5, 0.1, 0.097), RATES[2]),
        ((1.0, 0.5, None, None), RATES[1]),
        ((None, None, 1.0, 0.99), RATES[2]),
        ((1.0, 1.0, 1.0, 1.0), RATES[1]),
        ((0.96, 1.0, 1.0, 1.0), RATES[1]),
        ((0.7, 1.0, 1.0, 1.0), RATES[1]),
        ((0.6, 1.0, 1.0, 1.0), RATES[0]),
        # as on a planted depth: little is learnt in so few steps, but the most at the highest rate
        ((1.032, 0.940, 0.895, 0.791), RATES[3]),
        ((0.9, None, None, None), RATES[0]),
        ((None, None, None, None), RATES[0]),
        # as on the driving frames: the rise is better than the first by chance
        ((0.0370, 0.0519, 0.0487, 0.0648), RATES[1]),
        ((0.0333, 0.0441, 0.0379, 0.0739), RATES[1]),
    ],
)
def test_one_that_is_clearly_better_wins(losses: tuple[float | None, ...], chosen: float) -> None:
    trials = [Trial(rate, loss) for rate, loss in zip(RATES, losses, strict=True)]
    assert best(trials).rate == chosen
    assert best(trials[::-1]).rate == chosen
