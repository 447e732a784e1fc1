"""What a tracker is told of a run, and what it has to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Literal, Protocol

from dasdsl.frozen import frozen

State = Literal["finished", "interrupted", "failed"]
Fact = str | int | float | bool | None


@frozen(slots=True)
class Begun:
    """A run that begins, or goes on.

    `name` is for people, `settings` is what it was told, `known` the name under which the tracker has it already; None
    where it is new.
    """

    name: str
    folder: Path
    settings: Mapping[str, Fact]
    known: str | None = None


@frozen(slots=True)
class Ended:
    """How a run ended: in a report, whose figures and files there are, or without one."""

    state: State
    figures: Mapping[str, float]
    files: Sequence[Path]


class Tracker(Protocol):
    """One service. What it raises is told as a problem of this service; the run goes on without it."""

    title: ClassVar[str]
    extra: ClassVar[str]
    modules: ClassVar[tuple[str, ...]]
    """The packages that it takes, which this extra of the installation has."""

    def missing(self) -> str:
        """What it lacks to be used, and what to do about it; empty where it lacks nothing."""
        ...

    def prepare(self) -> None:
        """Make what all runs need, before several of them begin at once."""
        ...

    def begin(self, run: Begun) -> str:
        """Open the run, a new one where that which is known is not there; the name under which it is found again."""
        ...

    def point(self, phase: str, step: int, figures: Mapping[str, float]) -> None:
        """Some figures of a phase, after a step of it. Of a run that is known some may have been told before."""
        ...

    def end(self, run: Ended) -> None:
        """Close the run."""
        ...
