"""The trainings of a stage of an elimination or a shaving that take long, kept until the stage has come to its end.

A stage that is gone on with does all again from the state that it began with. It may have several long trainings, so
those that were made are read, and the one that was not goes on where it was: however often a run is stopped, it comes
to its end.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from dasdsl.search import ranks


class Journal:
    """Where each training of a stage keeps its states, by its number; None where they are not kept at all."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.mark, self.number = repr(0.0), 0

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
        self.mark, self.number = repr(work), 0

    def next_(self) -> Path | None:
        """Where the next training keeps its states."""
        self.number += 1
        return None if self.folder is None else self.folder / self.mark / f"{self.number:04d}"
