"""Where an elimination stands: an architecture of a space with its weights, and what was tried so far."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any, Self

TOGETHER = 8
"""How many moves are tried at once at most; where they fail, half as many are."""


@dataclass
class Sounding:
    """A network that was looked at with spare channels: the moves that lead to it.

    `error` is its lowest from any start, `midway` that of the same training before its end.
    """

    moves: list[str] = field(default_factory=list[str])
    error: float = math.inf
    midway: float = math.inf


@dataclass
class Course:
    """The way to the lightest network that is enough: `taken` is how far it has led.

    `starts` are the fresh weights that one was trained from, `seen` what was looked at beside it, `again` the
    texts of what was looked at once more; `lighter` is the best of those that were enough. `heavier` tells whether the
    largest options were looked at, `errors` are those of all lighter networks, by their texts, and `own` is that of it
    as it was. `over` tells that there are no steps left for it, or no place for spare channels, or nothing to be seen.
    """

    taken: Sounding = field(default_factory=Sounding)
    lighter: Sounding | None = None
    errors: dict[str, float] = field(default_factory=dict[str, float])
    starts: int = 0
    seen: list[str] = field(default_factory=list[str])
    again: list[str] = field(default_factory=list[str])
    heavier: bool = False
    own: float = math.inf
    over: bool = False

    @classmethod
    def of(cls, facts: dict[str, Any]) -> Self:
        """From plain values; of a search that did not know of this, the beginning."""
        if not facts:
            return cls()
        lighter = None if facts["lighter"] is None else Sounding(**facts["lighter"])
        known: dict[str, Any] = facts | {"taken": Sounding(**facts["taken"]), "lighter": lighter}
        return cls(**known)


@dataclass
class Progress:
    """What was done so far, as plain values.

    `error` is the best error so far; `failed` the moves that this architecture cannot do without; `margins` by how
    much they failed: the error over what would have been allowed, as multiples of what is allowed above the best.
    `errors` are those after the moves that failed, `exchanged` the options that cost as much and were no better.
    `fits` is how often in a row weights were looked for with spare channels, and `fitted` whether they were much better
    once, `looked` how many moves had been kept when that ended, -1 after a growth; `refits` how often that was in all,
    and `refitted` are the failed moves after which it was. `course` is where the lighter networks are that are looked
    at first.
    `together` is how many moves may be tried at once. `grown` are the errors after growths that brought nothing, as
    parts of the error without. `exhausted` tells that the steps ended before there was nothing left to try, `untried`
    that moves to smaller networks were left.
    """

    error: float
    stage: str = "settle"
    steps: int = 0
    tried: int = 0
    kept: list[str] = field(default_factory=list[str])
    failed: list[str] = field(default_factory=list[str])
    margins: list[float] = field(default_factory=list[float])
    errors: list[float] = field(default_factory=list[float])
    fits: int = 0
    fitted: bool = False
    looked: int = -1
    refits: int = 0
    refitting: float = 0.0
    refitted: list[str] = field(default_factory=list[str])
    course: Course = field(default_factory=Course)
    exchanged: list[str] = field(default_factory=list[str])
    growths: int = 0
    barren: int = 0
    together: int = TOGETHER
    grown: list[float] = field(default_factory=list[float])
    exhausted: bool = False
    untried: bool = False

    def facts(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)

    @classmethod
    def of(cls, facts: dict[str, Any]) -> Self:
        """The inverse of `facts`."""
        known: dict[str, Any] = facts | {"course": Course.of(facts.get("course", {}))}
        return cls(**known)
