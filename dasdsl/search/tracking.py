"""Tells trackers what the log of a run is told: while it runs, each in a thread of its own, and afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from math import isfinite
from pathlib import Path, PurePath
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
from dasdsl.trackers.apart import Apart
from dasdsl.trackers.problems import failed
from dasdsl.trackers.registry import tracker
from dasdsl.trackers.tracker import Begun, Ended, Fact, State, Tracker

A = TypeVar("A")
NETWORKS = ("baseline", "found", "finetuned")
FIGURES = ("metric", "params", "macs")
PATIENCE: Mapping[State, float] = {"finished": 120.0, "interrupted": 1.0, "failed": 10.0}
"""Seconds that a tracker has at the end, for what it was not told yet; after a stop the process is to be gone soon."""


def distinct(names: Sequence[str] | str) -> tuple[str, ...]:
    """The names of trackers, each once."""
    return tuple(dict.fromkeys([names] if isinstance(names, str) else names))


def usable(names: Sequence[str] | str, *, several: bool = False) -> tuple[str, ...]:
    """These trackers, each once, where they can be used; made ready where `several` runs will begin at once.

    Raises: DasError E517 where one of them is not known, not installed, not set up, or cannot be made ready.
    """
    for name in distinct(names) if ranks.number() == 0 else ():
        found = tracker(name)
        if several:
            _guarded(found, found.prepare)
    return distinct(names)


def _guarded(of: Tracker, work: Callable[[], A]) -> A:
    try:
        return work()
    except Exception as error:  # whatever it is: nothing of a run depends on a tracker
        raise failed(of.title, error) from error


class Tracking:
    """One run in one tracker, each line of its log once. Whatever goes wrong becomes a DasError E517."""

    def __init__(self, folder: Folder, name: str) -> None:
        self.folder, self.name = folder, name
        self.tracker: Tracker = tracker(name)
        self.told: set[tuple[str, int]] = set()

    def begin(self, settings: Mapping[str, Fact]) -> None:
        """Open the run, and tell what the log has by now: a tracker may have missed some of a run that goes on."""

        def open_run() -> None:
            known = _known(self.folder)
            run = Begun(run_name(self.folder.path), self.folder.path.absolute(), settings, known.get(self.name))
            now = {**known, self.name: self.tracker.begin(run)}
            if now != known:
                write_atomically(self.folder.trackers, json.dumps(now) + "\n")

        _guarded(self.tracker, open_run)
        for line in self.folder.told_so_far():
            self.point(line)

    def point(self, line: Mapping[str, Any]) -> None:
        """A line of the log. Trials of learning rates are no course of anything: the report has them."""
        figures = {name: value for name, value in _numbers(line).items() if name not in ("step", "epoch")}
        place = line["phase"], line["step"]
        if figures and "rate" not in line and place not in self.told:
            self.told.add(place)
            _guarded(self.tracker, lambda: self.tracker.point(*place, figures))

    def end(self, state: State) -> None:
        """Close the run; with the figures and the files of its report, where it is finished."""
        report = report_of(self.folder) if state == "finished" else None
        done, figures = report is not None, {} if report is None else figures_of(report)
        made = (self.folder.architecture, self.folder.weights, self.folder.report, self.folder.page)
        files = [path.absolute() for path in made if done and path.is_file()]
        _guarded(self.tracker, lambda: self.tracker.end(Ended(state, figures, files)))


def run_name(path: Path) -> str:
    """What people call the run in this folder: `runs/digits-1`, and in a sweep `digits-sweep-1/points/0003`."""
    parts = path.resolve().parts
    return "/".join(parts[-4:-1] if len(parts) > 4 and parts[-3] == "points" else parts[-2:])


def report_of(folder: Folder) -> dict[str, Any] | None:
    """The facts of a finished run, None where it is not finished.

    Raises: DasError E507 where they are none.
    """
    try:
        found = json.loads(folder.report.read_bytes())
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError) as error:
        raise broken(str(folder.report), str(error)) from None
    if not isinstance(found, dict) or not isinstance(found.get("settings", {}), dict):
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
    return {name: value for name, value in numbers.items() if abs(value) < 2**63 and isfinite(value)}


def figures_of(report: Mapping[str, Any]) -> dict[str, float]:
    """What runs are compared by: `report/finetuned/macs`, `report/confidence`, …; of a training `report/metric`."""
    flat = {name: report.get(name) for name in (*FIGURES, "confidence", "threshold", "learning_rate", "seconds")}
    for network in NETWORKS:
        told = report.get(network)
        if isinstance(told, Mapping):
            flat |= {f"{network}/{name}": told.get(name) for name in (*FIGURES, "validation")}
    return {f"report/{name}": value for name, value in _numbers(flat).items()}


# ---- while it runs ---------------------------------------------------------------------------------------------------


class _All:
    """All trackers of a run that is going on; one that fails is told of once, and left out from then on."""

    def __init__(self, trainer: Trainer, folder: Folder) -> None:
        self.trainer, self.folder = trainer, folder
        self.left: dict[str, tuple[Tracking, Apart]] = {}

    def begin(self, names: Sequence[str], settings: Mapping[str, Fact]) -> None:
        """Those that can be used are told of the run."""
        for name in names:
            try:
                tracking = Tracking(self.folder, name)
            except DasError as error:
                self._warn("track", name, error)
                continue
            self.left[name] = tracking, Apart(name)
            self.left[name][1].say(lambda tracking=tracking: tracking.begin(settings))

    def tell(self, phase: str, tell: Callable[[Tracking], None]) -> None:
        """Tell those that have not failed yet."""
        for tracking, apart in tuple(self.left.values()):
            apart.say(lambda tracking=tracking: tell(tracking))
            self._look(phase, tracking.name, apart.error)

    def end(self, state: State) -> None:
        """Tell them how it ended, and wait a while for each."""
        self.tell("track", lambda one: one.end(state))
        for tracking, apart in tuple(self.left.values()):
            hurried = lambda: self.trainer.stop.raised and state == "finished"  # noqa: E731
            error = apart.finish(tracking.tracker.title, PATIENCE[state], hurried)
            self._look("track", tracking.name, error)

    def _look(self, phase: str, name: str, error: DasError | None) -> None:
        if error is not None:
            del self.left[name]
            self._warn(phase, name, error)

    def _warn(self, phase: str, name: str, error: DasError) -> None:
        again = f"dasdsl track {quote(str(self.folder.path))} --to {name}"
        text = f"{error.diagnostics[0].message}; the run goes on without it; tell it afterwards with `{again}`"
        self.trainer.warn(phase, text)

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
    state: State = "failed"
    try:
        every.begin(names, described(space, trainer.data.name, trainer.settings.facts()))
        yield
        state = "finished"
    except KeyboardInterrupt:
        state = "interrupted"
        raise
    finally:
        every.end(state)


# ---- afterwards ------------------------------------------------------------------------------------------------------


def track(path: Path, names: Sequence[str]) -> None:
    """Tell trackers of a run that is there already, from its log and its report.

    Raises: DasError E504 for a folder of no run, E505 while a process works in it, E507 where a file of it is broken,
    E517 where a tracker cannot be used.
    """
    folder = Folder(path)
    told = Told.read(folder)
    report = report_of(folder)
    settings = {**told.settings.facts(), **({} if report is None else report.get("settings", {}))}
    data = None if told.source is None else PurePath(told.source).stem
    with folder.lock():
        for one in [Tracking(folder, name) for name in distinct(names)]:
            one.begin(described(told.space.name, data, settings))
            one.end("interrupted" if report is None else "finished")


def described(space: str, data: str | None, settings: Mapping[str, Fact]) -> dict[str, Fact]:
    """What runs differ by; what is not known yet is left out."""
    return {"space": space, "data": data, **{name: value for name, value in settings.items() if value is not None}}
