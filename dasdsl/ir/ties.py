"""Channels that are the same since branches are added or multiplied, channel by channel.

A tied channel lives if anyone reads any of those it is tied to, and tied sources are renumbered alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dasdsl.operations.core.axes import Axis, Unit


@dataclass(frozen=True)
class Ties:
    """`classes`: for each tied channel all that it is tied to, itself among them. `groups`: sources that are tied.

    `crooked` are the sources in whose group a channel is tied to one of another number: they cannot be renumbered.
    """

    classes: Mapping[Unit, tuple[Unit, ...]] = field(default_factory=dict[Unit, tuple[Unit, ...]])
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    crooked: frozenset[str] = frozenset()

    def of(self, unit: Unit) -> tuple[Unit, ...]:
        """A channel and all that it is tied to."""
        return self.classes.get(unit, (unit,))

    def group(self, source: str) -> frozenset[str]:
        """A source and all that it is tied to."""
        return self.groups.get(source, frozenset({source}))


def tie(joined: Iterable[tuple[Axis, ...]], sizes: Mapping[str, int]) -> Ties:
    """The ties that these joined axes make; axes of one join have equally many positions."""
    parents: dict[Unit, Unit] = {}

    def root(unit: Unit) -> Unit:
        while parents.setdefault(unit, unit) != unit:
            parents[unit] = parents[parents[unit]]
            unit = parents[unit]
        return unit

    sources: dict[str, set[str]] = {}
    crooked: set[str] = set()
    for axes in joined:
        first, *others = axes
        for other in others:
            for one, two in zip(first.units, other.units, strict=True):
                parents[root(two)] = root(one)
                if one[1] != two[1] or sizes[one[0]] != sizes[two[0]]:
                    crooked |= {one[0], two[0]}
                merged = sources.setdefault(one[0], {one[0]}) | sources.setdefault(two[0], {two[0]})
                if len(merged) > len(sources[one[0]]) or sources[two[0]] is not sources[one[0]]:
                    for name in merged:
                        sources[name] = merged
    classes: dict[Unit, list[Unit]] = {}
    for unit in list(parents):
        classes.setdefault(root(unit), []).append(unit)
    groups = {name: frozenset(members) for name, members in sources.items()}
    bent = frozenset(name for name, members in groups.items() if members & crooked)
    return Ties({unit: tuple(units) for units in classes.values() for unit in units}, groups, bent)
