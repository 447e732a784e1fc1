"""Channels that are the same since branches are added or multiplied, channel by channel.

A tied channel lives if anyone reads any of those it is tied to, and tied sources are renumbered alike.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeVar

from dasdsl.frozen import frozen
from dasdsl.operations.core.axes import Axis, Unit

T = TypeVar("T", bound=Hashable)


@frozen
class Ties:
    """`groups`: the sources that are tied, in the order in which they were joined.

    In most groups a channel is tied to those of its own number; in the others `classes` holds, for each channel, all
    that it is tied to, itself among them. `crooked` are the sources in whose group a channel is tied to one of another
    number: they cannot be renumbered.
    """

    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    classes: Mapping[Unit, tuple[Unit, ...]] = field(default_factory=dict[Unit, tuple[Unit, ...]])
    crooked: frozenset[str] = frozenset()

    def of(self, unit: Unit) -> tuple[Unit, ...]:
        """A channel and all that it is tied to."""
        found = self.classes.get(unit)
        if found is not None:
            return found
        source, channel = unit
        group = self.groups.get(source)
        if group is None or source in self.uneven:
            return (unit,)
        # all of them share what says so: there may be many
        key = group[0], channel
        if key not in self._even:
            self._even[key] = tuple((name, channel) for name in group)
        return self._even[key]

    def group(self, source: str) -> tuple[str, ...]:
        """A source and all that it is tied to."""
        return self.groups.get(source, (source,))

    @cached_property
    def _even(self) -> dict[Unit, tuple[Unit, ...]]:
        """What has been asked for so far, by the first of each class."""
        return {}

    @cached_property
    def uneven(self) -> frozenset[str]:
        """The sources whose channels are not all tied to those of their own number."""
        return frozenset(source for source, _ in self.classes)


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
    pairs = [(first, other) for first, *others in joined for other in others]
    sources: Joins[str] = Joins()
    uneven: list[tuple[Axis, Axis]] = []
    for one, two in pairs:
        if _is_whole(one, sizes) and _is_whole(two, sizes):
            sources.join(one.parts[0].source, two.parts[0].source)
        else:
            uneven.append((one, two))
            for first, second in zip(one.units, two.units, strict=True):
                sources.join(first[0], second[0])
    # the members of a class share what says so: there may be many
    alike = [tuple(members) for members in sources.classes()]
    groups = {name: members for members in alike for name in members}
    # whoever is tied to an uneven join, by whole axes too, is tied channel by channel
    apart = {name for one, _ in uneven for source in one.sources for name in groups[source]}
    units: Joins[Unit] = Joins()
    crooked: set[str] = set()
    for one, two in pairs:
        if one.sources[0] not in apart:
            continue
        for first, second in zip(one.units, two.units, strict=True):
            units.join(first, second)
            if first[1] != second[1] or sizes[first[0]] != sizes[second[0]]:
                crooked |= {first[0], second[0]}
    tied = [tuple(members) for members in units.classes()]
    return Ties(
        groups,
        {unit: members for members in tied for unit in members},
        frozenset(name for source in crooked for name in groups[source]),
    )


def _is_whole(axis: Axis, sizes: Mapping[str, int]) -> bool:
    """Whether an axis is all the channels of one source, in their order."""
    if len(axis.parts) != 1:
        return False
    source, channels = axis.parts[0].source, axis.parts[0].channels
    return channels[0] == 0 and channels == tuple(range(sizes[source]))
