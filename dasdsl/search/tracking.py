"""Tells trackers what the log of a run is told: while it runs, and afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from shlex import quote
from typing import Any, TypeVar, cast

from dasdsl.diagnostics import DasError
from dasdsl.files import write_atomically
from dasdsl.search import ranks
from dasdsl.search.events import Event, Listener
from dasdsl.search.folder import Folder
from dasdsl.search.loop import Trainer
from dasdsl.search.problems import broken
from dasdsl.search.told import Told
from dasdsl.trackers.problems import failed
from dasdsl.trackers.registry import tracker
from dasdsl.trackers.tracker import Begun, Ended, Fact, State, Tracker

A = TypeVar("A")
NETWORKS = ("baseline", "found", "finetuned")
FIGURES = ("metric", "params", "macs")


def usable(names: Sequence[str]) -> None:
    """Nothing, where these trackers can be used.

    Raises: DasError E517 where one of them is not known, not installed or not set up.
    """
    for name in names:
        tracker(name)


class Tracking:
    """One run in one tracker. Whatever the tracker raises becomes a DasError E517."""

    def __init__(self, folder: Folder, name: str) -> None:
        self.folder, self.name = folder, name
        self.tracker: Tracker = tracker(name)

    def begin(self, settings: Mapping[str, Fact]) -> None:
        """Open the run, or open it again; its name there is kept in the folder."""
        known = _known(self.folder)
        run = Begun(str(self.folder.path), self.folder.path.absolute(), settings, known.get(self.name))
        now = {**known, self.name: self._guarded(lambda: self.tracker.begin(run))}
        if now != known:
            write_atomically(self.folder.trackers, json.dumps(now) + "\n")

    def point(self, line: Mapping[str, Any]) -> None:
        """A line of the log. Trials of learning rates are no course of anything: the report has them."""
        figures = {name: value for name, value in _numbers(line).items() if name not in ("step", "epoch")}
        if figures and "rate" not in line:
            self._guarded(lambda: self.tracker.point(line["phase"], line["step"], figures))

    def end(self, state: State) -> None:
        """Close the run; with the figures and the files of its report, where it is finished."""
        report = _report(self.folder) if state == "finished" else None
        done, figures = report is not None, {} if report is None else figures_of(report)
        made = (self.folder.architecture, self.folder.weights, self.folder.report, self.folder.page)
        files = [path.absolute() for path in made if done and path.is_file()]
        self._guarded(lambda: self.tracker.end(Ended(state, figures, files)))

    def _guarded(self, work: Callable[[], A]) -> A:
        try:
            return work()
        except Exception as error:  # whatever it is: nothing of a run depends on a tracker
            raise failed(self.tracker.title, error) from error


def _report(folder: Folder) -> dict[str, Any] | None:
    """The facts of a finished run, None where it is not finished.

    Raises: DasError E507 where they are none.
    """
    try:
        found = json.loads(folder.report.read_bytes())
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError) as error:
        raise broken(str(folder.report), str(error)) from None
    if not isinstance(found, dict):
        raise broken(str(folder.report), "it is no report")
    return cast("dict[str, Any]", found)


def _known(folder: Folder) -> dict[str, str]:
    """Under which names trackers have the run; a file that is broken is as none."""
    try:
        found = json.loads(folder.trackers.read_bytes())
    except (FileNotFoundError, ValueError, RecursionError):
        return {}
    return {name: known for name, known in found.items() if isinstance(known, str)} if isinstance(found, dict) else {}


def _numbers(facts: Mapping[str, Any]) -> dict[str, float]:
    """What can be drawn."""
    numbers = {k: v for k, v in facts.items() if isinstance(v, int | float) and not isinstance(v, bool)}
    return {name: value for name, value in numbers.items() if isfinite(value)}


def figures_of(report: Mapping[str, Any]) -> dict[str, float]:
    """What runs are compared by: `report/finetuned/macs`, `report/confidence`, …; of a training `report/metric`."""
    flat = {name: report.get(name) for name in (*FIGURES, "confidence", "threshold", "learning_rate", "seconds")}
    for network in NETWORKS:
        flat |= {f"{network}/{name}": report.get(network, {}).get(name) for name in (*FIGURES, "validation")}
    return {f"report/{name}": value for name, value in _numbers(flat).items()}


class _All:
    """All trackers of a run that is going on; one that fails is told of once, and left out from then on."""

    def __init__(self, trainer: Trainer, folder: Folder) -> None:
        self.trainer, self.folder = trainer, folder
        self.left: list[Tracking] = []

    def begin(self, names: Sequence[str], settings: Mapping[str, Fact]) -> None:
        """Those that can be used are told of the run."""

        def one(name: str) -> None:
            tracking = Tracking(self.folder, name)
            tracking.begin(settings)
            self.left.append(tracking)

        for name in names:
            self._warned("track", name, lambda name=name: one(name))

    def tell(self, phase: str, tell: Callable[[Tracking], None]) -> None:
        """Tell those that have not failed yet."""
        self.left = [one for one in self.left if self._warned(phase, one.name, lambda one=one: tell(one))]

    def _warned(self, phase: str, name: str, work: Callable[[], None]) -> bool:
        try:
            work()
        except DasError as error:
            again = f"dasdsl track {quote(str(self.folder.path))} --to {name}"
            text = f"{error.diagnostics[0].message}; the run goes on without it; tell it afterwards with `{again}`"
            self.trainer.warn(phase, text)
            return False
        return True

    def after(self, listener: Listener) -> Listener:
        """A listener that also tells the trackers what is new."""

        def listen(event: Event) -> None:
            listener(event)
            if event.facts and not event.again:
                line = {"phase": event.phase, "step": event.step, **event.facts}
                self.tell(event.phase, lambda one: one.point(line))

        return listen


@contextmanager
def tracked(trainer: Trainer, folder: Folder, space: str, names: Sequence[str]) -> Generator[None]:
    """While this lasts, trackers are told what the listener of a run of this space is told; then, how it ended."""
    if not names or not ranks.is_first():
        yield
        return
    every = _All(trainer, folder)
    trainer.listener = every.after(trainer.listener)
    every.begin(names, described(space, trainer.data.name, trainer.settings.facts()))
    state: State = "failed"
    try:
        yield
        state = "finished"
    except KeyboardInterrupt:
        state = "interrupted"
        raise
    finally:
        every.tell("track", lambda one: one.end(state))


def track(path: Path, names: Sequence[str]) -> None:
    """Tell trackers of a run that is there already, from its log and its report.

    Raises: DasError E504 for a folder of no run, E505 while a process works in it, E507 where a file of it is broken,
    E517 where a tracker cannot be used.
    """
    folder = Folder(path)
    told = Told.read(folder)
    report = _report(folder)
    settings = {**told.settings.facts(), **({} if report is None else report.get("settings", {}))}
    with folder.lock():
        for one in [Tracking(folder, name) for name in names]:
            one.begin(described(told.space.name, told.source, settings))
            for line in folder.told_so_far():
                one.point(line)
            one.end("interrupted" if report is None else "finished")


def described(space: str, data: str | None, settings: Mapping[str, Fact]) -> dict[str, Fact]:
    """What runs differ by."""
    return {"space": space, "data": data, **settings}
