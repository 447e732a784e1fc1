"""The queue: every point waits once, what is lost waits again, and results make it anew."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from optuna.trial import TrialState

from dasdsl.search.sweep import index as module
from dasdsl.search.sweep.index import Index, without_password
from dasdsl.search.sweep.places import Places
from dasdsl.search.sweep.plan import Plan, Point
from dasdsl.search.sweep.varied import Range, Values

Opener = Callable[[], Index]
GAMMA = Range("gamma", 1e-3, 1e-1, whole=False, log=True)


def plan(*, study: bool) -> Plan:
    points = tuple(Point(number, "a.das", {} if study else {"seed": number}) for number in range(3))
    varied = (GAMMA, Values("recipe", ("default", "paper"))) if study else ()
    return Plan("study" if study else "grid", "a", "digits", {}, "accuracy", {}, points, "a-sweep-1", varied)


@pytest.fixture(params=[False, True], ids=["grid", "study"])
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Opener]:
    places = Places(tmp_path)
    places.write(plan(study=request.param))
    opened: list[Index] = []

    def opens() -> Index:
        opened.append(Index(places, places.plan()))
        return opened[-1]

    yield opens
    for one in opened:
        one.close()


def done(number: int, settings: Any) -> dict[str, Any]:
    figures = {"validation": 0.5, "params": 10, "macs": 100}
    return {"point": number, "state": "done", "settings": dict(settings), **figures}


def test_every_point_is_taken_once_by_whoever_asks(opener: Opener) -> None:
    one, other = opener(), opener()
    assert one.refill() == 3
    assert other.refill() == 3
    claims = [one.take(), other.take(), one.take()]
    assert [claim.point.number for claim in claims if claim is not None] == [0, 1, 2]
    assert one.take() is None
    assert other.take() is None
    settings = [tuple(claim.settings.items()) for claim in claims if claim is not None]
    assert len(set(settings)) == 3


def test_a_point_whose_worker_is_gone_waits_again_with_its_settings(opener: Opener) -> None:
    index = opener()
    index.refill()
    claim = index.take()
    assert claim is not None
    with index.places.held(claim.point.number):
        index.own(claim)
        index.places.begin(0, {"settings": dict(claim.settings)})
        # while it is held, it is at work
        assert opener().refill() == 2
    assert opener().refill() == 3
    assert opener().refill() == 3
    again = [opener().take() for _ in range(3)]
    assert [one.point.number for one in again if one is not None] == [1, 2, 0]
    assert again[-1] is not None
    assert again[-1].settings == claim.settings


def test_a_worker_elsewhere_is_gone_when_its_heartbeat_is(opener: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GRACE", 1)
    index = opener()
    index.refill()
    claim = index.take()
    assert claim is not None
    index.own(claim)
    claim.trial.set_user_attr("host", "elsewhere")
    assert index.refill() == 2
    for trial in index.study.get_trials(states=(TrialState.RUNNING,)):
        with index.storage.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE trial_heartbeats SET heartbeat = '2020-01-01 00:00:00'")
        assert trial.user_attrs["host"] == "elsewhere"
    assert index.refill() == 3


def test_results_are_told_to_a_new_queue(opener: Opener) -> None:
    index = opener()
    index.refill()
    claim = index.take()
    assert claim is not None
    index.places.finish(0, done(0, claim.settings))
    index.finish(claim, done(0, claim.settings))
    index.places.finish(1, {"point": 1, "state": "failed", "settings": {}, "error": "error[E509]"})
    index.close()
    index.places.index.unlink()
    made = opener()
    assert made.refill() == 1
    states = {trial.user_attrs["point"]: trial.state for trial in made.study.trials}
    assert states == {0: TrialState.COMPLETE, 1: TrialState.FAIL, 2: TrialState.WAITING}
    assert made.study.trials[0].values == [0.5, 10, 100]
    assert [trial.user_attrs["point"] for trial in made.study.best_trials] == [0]


def test_a_password_is_not_kept() -> None:
    assert without_password("postgresql://me:secret@host:5432/sweeps") == "postgresql://me@host:5432/sweeps"
    assert without_password("sqlite:///a.sqlite3") == "sqlite:///a.sqlite3"
    assert without_password("no url") == "no url"
