"""Channels that are the same since branches are added or multiplied, channel by channel.

A tied channel lives if anyone reads any of those it is tied to, and tied sources are renumbered alike.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from dasdsl.operations.core.axes import Axis, Unit

T = TypeVar("T", bound=Hashable)


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


@dataclass
class Joins(Generic[T]):
    """Things that are joined two by two, and the classes that this makes of them."""

    parents: dict[T, T] = field(default_factory=dict[T, T])

    def root(self, thing: T) -> T:
        """The one that stands for all that a thing is joined to."""
        parents = self.parents
        while parents.setdefault(thing, thing) != thing:
            parents[thing] = parents[parents[thing]]
            thing = parents[thing]
        return thing

    def join(self, one: T, two: T) -> None:
        """Let two things, and all that they are joined to, be one class."""
        self.parents[self.root(two)] = self.root(one)

    def classes(self) -> Iterable[list[T]]:
        """The classes, and the members of each, in the order in which they were first joined."""
        found: dict[T, list[T]] = {}
        for thing in list(self.parents):
            found.setdefault(self.root(thing), []).append(thing)
        return found.values()


def tie(joined: Iterable[tuple[Axis, ...]], sizes: Mapping[str, int]) -> Ties:
    """The ties that these joined axes make; axes of one join have equally many positions."""
    units: Joins[Unit] = Joins()
    sources: Joins[str] = Joins()
    crooked: set[str] = set()
    for axes in joined:
        first, *others = axes
        for other in others:
            for one, two in zip(first.units, other.units, strict=True):
                units.join(one, two)
                sources.join(one[0], two[0])
                if one[1] != two[1] or sizes[one[0]] != sizes[two[0]]:
                    crooked |= {one[0], two[0]}
    # the members of a class share what says so: there may be many
    tied = [tuple(members) for members in units.classes()]
    alike = [frozenset(members) for members in sources.classes()]
    return Ties(
        {unit: members for members in tied for unit in members},
        {name: members for members in alike for name in members},
        frozenset(name for members in alike if not crooked.isdisjoint(members) for name in members),
    )
