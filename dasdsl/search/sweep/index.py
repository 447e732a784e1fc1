"""The queue of a sweep: an Optuna study. It is only an index: what is done is what has a result in its folder.

Every point is one trial that waits, so that no two workers take the same and no sampler makes up a point of its own.
A trial whose worker is gone fails, and its point waits again as another trial. On this machine a worker is gone when
the lock of its point is free; elsewhere when its heartbeat has stopped.
"""

from __future__ import annotations

import os
import socket
import warnings
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler, NSGAIISampler, TPESampler
from optuna.storages import RDBStorage, fail_stale_trials
from optuna.trial import FrozenTrial, Trial, TrialState
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from dasdsl.frozen import frozen
from dasdsl.search.problems import no_storage
from dasdsl.search.sweep.places import Places
from dasdsl.search.sweep.plan import Plan, Point
from dasdsl.search.sweep.varied import Range, Value, Varied

HEARTBEAT, GRACE = 60, 180
"""Seconds between heartbeats, and without one until a worker elsewhere counts as gone."""
POPULATION = 16
"""Of NSGA-II: sweeps have tens of points, not thousands."""
HERE = socket.gethostname()

optuna.logging.set_verbosity(optuna.logging.WARNING)


@frozen(slots=True)
class Claim:
    """A point that a worker has taken, with the settings that it is searched with."""

    point: Point
    settings: Mapping[str, Value]
    trial: Trial


class Index:
    """The study of a sweep."""

    def __init__(self, places: Places, plan: Plan, url: str | None = None) -> None:
        """Open the queue of a sweep, or make it where there is none.

        `url` is that of the storage where it has a password, which is not kept in the plan.
        Raises: DasError E516 where the database cannot be used.
        """
        self.places, self.plan = places, plan
        address = url or plan.storage or f"sqlite:///{places.index.absolute()}"
        self.shown = without_password(address)
        with self._guarded():
            self.storage = RDBStorage(
                address, engine_kwargs=_engine(address), heartbeat_interval=HEARTBEAT, grace_period=GRACE
            )
            better = "maximize" if plan.metric_name == "accuracy" else "minimize"
            self.study = optuna.create_study(
                storage=self.storage,
                study_name=plan.study,
                directions=[better, "minimize", "minimize"],
                load_if_exists=True,
            )
            self.key = self.storage.get_study_id_from_name(plan.study)

    @contextmanager
    def _guarded(self) -> Generator[None]:
        """Errors of the database as one of ours; heartbeats are meant, experimental as they are to Optuna."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            warnings.filterwarnings("ignore", message="Heartbeat of storage is supposed")
            try:
                yield
            except (SQLAlchemyError, optuna.exceptions.StorageInternalError, ImportError) as error:
                reason = str(error.__cause__ or error).strip().split("\n")[0]
                raise no_storage(self.shown, reason) from None

    # ---- what waits --------------------------------------------------------------------------------------------------

    def refill(self) -> int:
        """Let every point wait that has no result and that nobody is at work on; how many points wait.

        Two that do this at once may let a point wait twice: who takes it second finds its lock, or its result.
        """
        with self._guarded():
            fail_stale_trials(self.study)
            states = self._fail_gone()
            for point in self.plan.points:
                known = states.get(point.number, set())
                result = self.places.result(point.number)
                if result is None and not known & {TrialState.WAITING, TrialState.RUNNING}:
                    self._enqueue(point)
                elif result is not None and not known & {TrialState.COMPLETE, TrialState.RUNNING}:
                    self._record(point, result, known)
            return len(self.study.get_trials(deepcopy=False, states=(TrialState.WAITING,)))

    def _fail_gone(self) -> dict[int, set[TrialState]]:
        """Fail the trials of this machine whose workers are gone; the states of each point's trials."""
        states: dict[int, set[TrialState]] = {}
        for trial in self.study.get_trials(deepcopy=False):
            number = trial.user_attrs.get("point")
            if number is None:
                continue
            state = trial.state
            if state == TrialState.RUNNING and self._is_gone(trial, number):
                self.study.tell(trial.number, state=TrialState.FAIL, skip_if_finished=True)
                state = TrialState.FAIL
            states.setdefault(number, set()).add(state)
        return states

    def _is_gone(self, trial: FrozenTrial, number: int) -> bool:
        host = trial.user_attrs.get("host")
        if host is None:
            # taken, but its worker has not said who it is: it does so at once, or it is gone
            began = trial.datetime_start or datetime.now()  # noqa: DTZ005 - as Optuna writes it
            return datetime.now() - began > timedelta(seconds=GRACE)  # noqa: DTZ005
        return host == HERE and self.places.is_free(number)

    def _enqueue(self, point: Point) -> None:
        # a point that began keeps what the sampler chose for it then
        params = (self.places.settings(point.number) or {}) if self.plan.varied else {}
        self.study.enqueue_trial(params, user_attrs={"point": point.number})

    def _record(self, point: Point, result: Mapping[str, Any], known: set[TrialState]) -> None:
        """Take a result into a queue that does not know of it: a sampler learns from it."""
        if result["state"] != "done":
            if known:
                return
            trial = optuna.create_trial(state=TrialState.FAIL, user_attrs={"point": point.number})
        else:
            settings = result["settings"]
            trial = optuna.create_trial(
                values=objectives(result),
                params={one.name: settings[one.name] for one in self.plan.varied},
                distributions={one.name: distribution(one) for one in self.plan.varied},
                user_attrs={"point": point.number},
            )
        self.study.add_trial(trial)

    # ---- what is taken -----------------------------------------------------------------------------------------------

    def take(self) -> Claim | None:
        """A point that waits, or None where none does."""
        # one after the other, so that each draw knows of the one before
        with self.places.queue(), self._guarded():
            if not self.study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
                return None
            self.study.sampler = self._sampler()
            trial = self.study.ask()
            number = trial.user_attrs.get("point")
            if number is None:
                # another worker was faster, and this trial is one too many
                self.study.tell(trial, state=TrialState.FAIL)
                return None
            drawn = {one.name: suggest(trial, one) for one in self.plan.varied}
            point = self.plan.points[number]
            return Claim(point, self.places.settings(number) or {**point.settings, **drawn}, trial)

    def _sampler(self) -> BaseSampler:
        """With a seed of its own for each draw: with one seed for all, workers would begin with the same points."""
        taken = [trial for trial in self.study.get_trials(deepcopy=False) if trial.state != TrialState.WAITING]
        seed = int.from_bytes(sha256(f"{self.plan.seed}/{len(taken)}".encode()).digest()[:4], "little")
        if self.plan.sampler == "nsga2":
            return NSGAIISampler(population_size=POPULATION, seed=seed)
        return TPESampler(seed=seed)

    def own(self, claim: Claim) -> None:
        """Say who is at work on a point."""
        with self._guarded():
            claim.trial.set_user_attr("host", HERE)
            claim.trial.set_user_attr("pid", os.getpid())
            self.beat(claim)

    def beat(self, claim: Claim) -> None:
        """Say that the worker is alive."""
        with self._guarded():
            identity = self.storage.get_trial_id_from_study_id_trial_number(self.key, claim.trial.number)
            self.storage.record_heartbeat(identity)

    def drop(self, claim: Claim) -> None:
        """Give a point back, unfinished."""
        with self._guarded():
            self.study.tell(claim.trial, state=TrialState.FAIL, skip_if_finished=True)

    def finish(self, claim: Claim, result: Mapping[str, Any]) -> None:
        """Tell the result of a point."""
        with self._guarded():
            if result["state"] == "done":
                self.study.tell(claim.trial, objectives(result), skip_if_finished=True)
            else:
                self.study.tell(claim.trial, state=TrialState.FAIL, skip_if_finished=True)

    def close(self) -> None:
        """Let go of the database."""
        self.storage.remove_session()
        self.storage.engine.dispose()


def objectives(result: Mapping[str, Any]) -> list[float]:
    """What a study weighs against each other: the metric on validation data, params, MACs."""
    return [result["validation"], result["params"], result["macs"]]


def distribution(one: Varied) -> BaseDistribution:
    """What a setting is drawn from."""
    if not isinstance(one, Range):
        return CategoricalDistribution(one.values)
    if one.whole:
        return IntDistribution(int(one.low), int(one.high))
    return FloatDistribution(one.low, one.high, log=one.log)


def suggest(trial: Trial, one: Varied) -> Value:
    """The value of a setting in a trial."""
    if not isinstance(one, Range):
        value = trial.suggest_categorical(one.name, one.values)
        assert isinstance(value, int | float | str)
        return value
    if one.whole:
        return trial.suggest_int(one.name, int(one.low), int(one.high))
    return trial.suggest_float(one.name, one.low, one.high, log=one.log)


def without_password(url: str) -> str:
    """A URL that can be shown and kept."""
    try:
        return make_url(url)._replace(password=None).render_as_string()
    except SQLAlchemyError:
        return url


def _engine(url: str) -> dict[str, Any]:
    """Many workers write to one file, which each locks for a moment; connections to a server may be gone when used."""
    return {"connect_args": {"timeout": 60}} if url.startswith("sqlite") else {"pool_pre_ping": True}


def set_aside(path: Path) -> None:
    """Move a queue away that cannot be read: the results of the points are what counts."""
    path.replace(path.with_suffix(".broken"))
