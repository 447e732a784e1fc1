"""The folder of a sweep: what it was told, a folder for each point, and the report."""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dasdsl.diagnostics import DasError
from dasdsl.files import write_atomically
from dasdsl.frozen import frozen
from dasdsl.search.folder import Folder
from dasdsl.search.problems import broken, not_a_sweep
from dasdsl.search.sweep.plan import Plan


@frozen(slots=True)
class Places:
    """Where a sweep keeps its files."""

    path: Path

    @property
    def told(self) -> Path:
        """What the sweep was told."""
        return self.path / "sweep.json"

    @property
    def report(self) -> Path:
        """The facts of the finished sweep."""
        return self.path / "report.json"

    @property
    def page(self) -> Path:
        """The same as a page for a person."""
        return self.path / "report.html"

    @property
    def index(self) -> Path:
        """The queue, where no other storage was named."""
        return self.path / "index.sqlite3"

    def space(self, name: str) -> Path:
        """The text of a space."""
        return self.path / "spaces" / name

    def point(self, number: int) -> Path:
        """The folder of a point."""
        return self.path / "points" / f"{number:04d}"

    def run(self, number: int) -> Path:
        """The folder of a point's search."""
        return self.point(number) / "run"

    def log(self, number: int) -> Path:
        """What a point's search said."""
        return self.point(number) / "log.txt"

    # ---- what is written ---------------------------------------------------------------------------------------------

    def write(self, plan: Plan) -> None:
        """Write down what the sweep was told."""
        write_json(self.told, plan.facts())

    def plan(self) -> Plan:
        """What the sweep was told.

        Raises: DasError E514 for a folder of no sweep, E507 where the file is broken.
        """
        told = read_json(self.told)
        if told is None:
            raise not_a_sweep(str(self.path))
        try:
            return Plan.of(told)
        except (KeyError, TypeError) as error:
            raise broken(str(self.told), f"it is not what was written ({error})") from None

    def settings(self, number: int) -> dict[str, Any] | None:
        """The settings that were chosen for a point, None before it began."""
        chosen = read_json(self.point(number) / "point.json")
        return None if chosen is None else dict(chosen["settings"])

    def begin(self, number: int, facts: Mapping[str, Any]) -> None:
        """Write down what a point is."""
        write_json(self.point(number) / "point.json", facts)

    def result(self, number: int) -> dict[str, Any] | None:
        """The result of a point, None where it is not done."""
        return read_json(self.point(number) / "result.json")

    def finish(self, number: int, result: Mapping[str, Any]) -> None:
        """Write down the result of a point."""
        write_json(self.point(number) / "result.json", result)

    def begun(self, number: int) -> bool:
        """Whether a point has a search that can be gone on with; what is left of one that was killed too early goes."""
        run = self.run(number)
        if (run / "run.json").is_file():
            return True
        if run.exists():
            shutil.rmtree(run)
        return False

    # ---- who is at work ----------------------------------------------------------------------------------------------

    @contextmanager
    def held(self, number: int) -> Generator[bool]:
        """Hold a point for this process; False where another one does."""
        self.point(number).mkdir(parents=True, exist_ok=True)
        try:
            lock = Folder(self.point(number)).lock()
            lock.__enter__()
        except DasError:
            yield False
            return
        try:
            yield True
        finally:
            lock.__exit__(None, None, None)

    @contextmanager
    def queue(self) -> Generator[None]:
        """Wait until no other process of this machine takes a point, and keep others waiting."""
        with (self.path / ".queue").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def is_free(self, number: int) -> bool:
        """Whether no process of this machine holds a point."""
        with self.held(number) as mine:
            return mine

    def is_searched(self, number: int) -> bool:
        """Whether a search is at work in a point: it may have outlived the worker that began it."""
        run = self.run(number)
        if not run.is_dir():
            return False
        try:
            with Folder(run).lock():
                return False
        except DasError:
            return True


def write_json(path: Path, facts: Mapping[str, Any]) -> None:
    """Write a JSON file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(facts, indent=2) + "\n")


def read_json(path: Path) -> dict[str, Any] | None:
    """A JSON object, None where there is no such file.

    Raises: DasError E507 where the file is broken.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError) as error:
        raise broken(str(path), str(error)) from None
    if not isinstance(value, dict):
        raise broken(str(path), "it holds no JSON object")
    return value
