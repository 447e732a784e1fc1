"""The trainings of a stage of an elimination or a shaving, kept until the stage has come to its end.

A stage that is gone on with does all again from the state that it began with, and it may have many trainings. Those
that were made are read, and the one that was not goes on where it was: however often a run is stopped, it comes to its
end, and what is lost are some seconds.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from time import monotonic

from dasdsl.search import loop, ranks
from dasdsl.search.checkpoint import State, read_state, write_state


class Journal:
    """What each training of a stage has come to, by its number; without a folder nothing is kept.

    What was made within a few seconds waits in memory: most stages are over by then, and nothing is written.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.waiting: dict[Path, tuple[int, State]] = {}
        self.go_on_(0.0)

    @classmethod
    def beside(cls, states: Path | None) -> Journal:
        """Beside the states that stages end with."""
        return cls(None if states is None else states.with_name(f"{states.name}-trainings"))

    def begin_(self, work: float) -> None:
        """Another stage begins, after so much work, which tells stages apart; those before are forgotten."""
        self.go_on_(work)
        if self.folder is not None and ranks.is_first():
            shutil.rmtree(self.folder, ignore_errors=True)

    def go_on_(self, work: float) -> None:
        """The stage that begins after so much work begins again."""
        self.mark, self.number, self.saved = repr(work), 0, monotonic()
        self.waiting.clear()

    def next_(self) -> Place | None:
        """Where the next training is kept."""
        self.number += 1
        return None if self.folder is None else Place(self, self.folder / self.mark / f"{self.number:04d}")

    def write_(self) -> None:
        """Write what waits."""
        for path, (step, state) in self.waiting.items():
            write_state(path, step, state)
        self.waiting.clear()
        self.saved = monotonic()


class Place:
    """Where a journal keeps one training."""

    def __init__(self, journal: Journal, path: Path) -> None:
        self.journal, self.path = journal, path

    @property
    def due(self) -> bool:
        """Whether a state is to be written."""
        return monotonic() - self.journal.saved > loop.SAVE_EVERY

    def read(self) -> tuple[State | None, list[str]]:
        """Its newest sound state, and a line for each newer one that is broken."""
        return read_state(self.path)

    def keep_(self, step: int, state: State, *, at_once: bool = False) -> None:
        """Keep a state; with those of the trainings before it, without which it could not be gone on with."""
        self.journal.waiting[self.path] = step, state
        if at_once or self.due:
            self.journal.write_()
