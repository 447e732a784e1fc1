"""The folder of a run: made once, locked while someone works in it, never overwritten."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dasdsl.files import append_line, write_atomically
from dasdsl.frozen import frozen
from dasdsl.search.checksums import verified, with_checksum
from dasdsl.search.problems import broken, locked, not_a_run, occupied

LOCK = ".lock"
HALF = re.compile(r"\..+\.[0-9a-f]{12}")
"""The name of a file that is being written."""


@frozen(slots=True)
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
    def page(self) -> Path:
        """The same as a page for a person."""
        return self.path / "report.html"

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

    @property
    def trackers(self) -> Path:
        """Under which names trackers have the run."""
        return self.path / "trackers.json"

    def states(self, phase: str) -> Path:
        """The checkpoints of a phase."""
        return self.path / "checkpoints" / phase

    def told(self) -> dict[str, Any]:
        """What the run was told, verified before it is parsed.

        Raises: DasError E504 where `run.json` is missing, E507 where it is not as it was written.
        """
        try:
            return verified(self.run.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            raise not_a_run(str(self.path), self.run.name) from None
        except (ValueError, RecursionError) as error:
            raise broken(str(self.run), str(error)) from None

    def claim(self, told: Mapping[str, Any]) -> None:
        """Write down what the run is told, once.

        Raises: DasError E505, E506 where another process was faster.
        """
        with self.lock():
            if self.run.exists():
                raise occupied(str(self.path))
            write_atomically(self.run, with_checksum(told))

    def write_report(self, report: Mapping[str, Any]) -> None:
        """Write the facts of the finished run, whole or not at all."""
        write_atomically(self.report, json.dumps(report, indent=2, allow_nan=False) + "\n")

    def append(self, line: Mapping[str, Any]) -> None:
        """Add a line to the log."""
        append_line(self.log, json.dumps(line))

    def told_so_far(self) -> list[dict[str, Any]]:
        """The lines of the log; what was cut off is left out."""
        if not self.log.is_file():
            return []
        found = [_line(line) for line in self.log.read_bytes().splitlines()]
        return [line for line in found if line is not None]

    def rewind(self, phase: str, step: int) -> None:
        """Drop what the log says of a phase from a step on, which is told again, and lines that were cut off."""
        if not self.log.is_file():
            return
        lines = self.log.read_bytes().splitlines(keepends=True)
        kept = [line for line in lines if _is_before(line, phase, step)]
        if kept != lines:
            write_atomically(self.log, b"".join(kept))

    @contextmanager
    def lock(self) -> Generator[None]:
        """Hold the run for this process; the operating system lets go of it however the process ends.

        Raises: DasError E505 where another process holds it.
        """
        handle = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            if error.errno in (errno.EAGAIN, errno.EACCES):
                raise locked(str(self.path)) from None
            raise
        try:
            self._clear()
            yield
        finally:
            os.close(handle)

    def _clear(self) -> None:
        """Drop what a process that was killed had begun to write; nobody else writes while this one holds the run."""
        for path in self.path.rglob(".*"):
            if HALF.fullmatch(path.name):
                path.unlink(missing_ok=True)


def _line(line: bytes) -> dict[str, Any] | None:
    """A line of a log; None where it is none."""
    try:
        facts = json.loads(line)
        return facts if isinstance(facts["phase"], str) and isinstance(facts["step"], int) else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _is_before(line: bytes, phase: str, step: int) -> bool:
    facts = _line(line)
    return facts is not None and (facts["phase"] != phase or facts["step"] < step)


def refuse_occupied(out: Path) -> None:
    """Nothing, where a run can be put there. What a process left that was killed before its run began is no run.

    Raises: DasError E506 where there is something already.
    """
    if out.exists() and not all(HALF.fullmatch(path.name) or path.name == LOCK for path in out.iterdir()):
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
