"""What a sweep was told: written once, as `sweep.json`, and read by every worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from dasdsl.frozen import frozen
from dasdsl.search.sweep.varied import Value, Varied, facts, of_facts

Kind = Literal["grid", "study", "table1"]
Sampler = Literal["tpe", "nsga2"]


@frozen(slots=True)
class Point:
    """One search: the file of its space, and the settings that it differs by. In a study a sampler chooses them."""

    number: int
    space: str
    settings: Mapping[str, Value]
    label: str = ""


@frozen(slots=True)
class Plan:
    """All points of a sweep, and what they have in common.

    `data` is a shipped name or a path from anywhere, `reading` the flags it is read with, `fixed` the settings of all
    points. `varied` is what the sampler of a study draws. `storage` is the URL of the queue without a password, None
    for a file in the folder; `study` is what the queue is called there. `trackers` are told of every point.
    """

    kind: Kind
    name: str
    data: str
    reading: Mapping[str, Value]
    metric_name: str
    fixed: Mapping[str, Value]
    points: tuple[Point, ...]
    study: str
    varied: tuple[Varied, ...] = ()
    sampler: Sampler = "tpe"
    seed: int = 0
    storage: str | None = None
    trackers: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "kind": self.kind,
            "name": self.name,
            "data": self.data,
            "reading": dict(self.reading),
            "metric_name": self.metric_name,
            "fixed": dict(self.fixed),
            "study": self.study,
            "varied": [facts(one) for one in self.varied],
            "sampler": self.sampler,
            "seed": self.seed,
            "storage": self.storage,
            "trackers": list(self.trackers),
            "points": [
                {"point": p.number, "space": p.space, "settings": dict(p.settings), "label": p.label}
                for p in self.points
            ],
        }

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Plan:
        """Back from plain JSON values.

        Raises: KeyError, TypeError where they are not what was written.
        """
        points = tuple(Point(p["point"], p["space"], p["settings"], p["label"]) for p in told["points"])
        varied = tuple(of_facts(one) for one in told["varied"])
        rest = ("kind", "name", "data", "reading", "metric_name", "fixed", "study", "sampler", "seed", "storage")
        # sweeps of older versions have no trackers
        trackers = tuple(told.get("trackers", ()))
        return cls(points=points, varied=varied, trackers=trackers, **{name: told[name] for name in rest})
