"""The folder of a run: made once, locked while someone works in it, never overwritten."""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dasdsl.files import append_line, write_atomically
from dasdsl.search.problems import broken, locked, not_a_run, occupied


@dataclass(frozen=True, slots=True)
class Folder:
    """Where a run keeps its files."""

    path: Path

    @property
    def architecture(self) -> Path:
        """The discovered text."""
        return self.path / "architecture.das"

    @property
    def weights(self) -> Path:
        """Its weights."""
        return self.path / "weights.safetensors"

    @property
    def report(self) -> Path:
        """The facts of the finished run."""
        return self.path / "report.json"

    @property
    def run(self) -> Path:
        """What the run was told."""
        return self.path / "run.json"

    @property
    def composite(self) -> Path:
        """The trained composite, before any threshold."""
        return self.path / "composite.safetensors"

    @property
    def start(self) -> Path:
        """The weights that the search started from, where it did not start at random."""
        return self.path / "start.safetensors"

    @property
    def log(self) -> Path:
        """One JSON line an epoch."""
        return self.path / "log.jsonl"

    def states(self, phase: str) -> Path:
        """The checkpoints of a phase."""
        return self.path / "checkpoints" / phase

    def read_json(self, path: Path) -> dict[str, Any]:
        """A JSON file of the run.

        Raises: DasError E504 where it is missing, E507 where it is broken.
        """
        try:
            value = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise not_a_run(str(self.path), path.name) from None
        except (ValueError, RecursionError) as error:
            raise broken(str(path), str(error)) from None
        if not isinstance(value, dict):
            raise broken(str(path), "it holds no JSON object")
        return value

    def write_json(self, path: Path, value: Mapping[str, Any]) -> None:
        """Write a JSON file of the run, whole or not at all."""
        write_atomically(path, json.dumps(value, indent=2) + "\n")

    def claim(self, told: Mapping[str, Any]) -> None:
        """Write down what the run is told, once.

        Raises: DasError E505, E506 where another process was faster.
        """
        with self.lock():
            if self.run.exists():
                raise occupied(str(self.path))
            self.write_json(self.run, told)

    def append(self, line: Mapping[str, Any]) -> None:
        """Add a line to the log."""
        append_line(self.log, json.dumps(line))

    @contextmanager
    def lock(self) -> Generator[None]:
        """Hold the run for this process; the operating system lets go of it however the process ends.

        Raises: DasError E505 where another process holds it.
        """
        handle = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            if error.errno in (errno.EAGAIN, errno.EACCES):
                raise locked(str(self.path)) from None
            raise
        try:
            yield
        finally:
            os.close(handle)


def refuse_occupied(out: Path) -> None:
    """Nothing, where a run can be put there.

    Raises: DasError E506 where there is something already.
    """
    if out.exists() and any(out.iterdir()):
        raise occupied(str(out))


def new_folder(name: str, out: Path | None) -> Folder:
    """An empty folder: `out`, or runs/NAME-1, -2, … whichever is free.

    Raises: DasError E506 where `out` holds something.
    """
    if out is not None:
        refuse_occupied(out)
        out.mkdir(parents=True, exist_ok=True)
        return Folder(out)
    runs = Path("runs")
    runs.mkdir(exist_ok=True)
    number = 1
    while True:
        path = runs / f"{name}-{number}"
        try:
            path.mkdir()
        except FileExistsError:
            number += 1
            continue
        return Folder(path)
