"""Channels that are the same since branches are added or multiplied, channel by channel.

A tied channel lives if anyone reads any of those it is tied to, and tied sources are renumbered alike.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import field
from functools import cached_property
from itertools import chain
from typing import TypeVar

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


def joined(pairs: Iterable[tuple[T, T]]) -> list[tuple[T, ...]]:
    """The classes of things that are joined two by two, and their members, in the order in which they come first."""
    numbers: dict[T, int] = {}
    parents: list[int] = []
    for one, two in pairs:
        first = numbers.setdefault(one, len(parents))
        if first == len(parents):
            parents.append(first)
        second = numbers.setdefault(two, len(parents))
        if second == len(parents):
            parents.append(second)
        while parents[first] != first:
            parents[first] = first = parents[parents[first]]
        while parents[second] != second:
            parents[second] = second = parents[parents[second]]
        parents[second] = first
    found: dict[int, list[T]] = {}
    for thing, number in numbers.items():
        root = number
        while parents[root] != root:
            root = parents[root]
        parents[number] = root
        found.setdefault(root, []).append(thing)
    return [tuple(members) for members in found.values()]


def tie(joins: Iterable[tuple[Axis, ...]], sizes: Mapping[str, int]) -> Ties:
    """The ties that these joined axes make; axes of one join have equally many positions."""
    pairs = dict.fromkeys((first, other) for first, *others in joins for other in others)
    uneven = [(one, two) for one, two in pairs if not (_is_whole(one, sizes) and _is_whole(two, sizes))]
    # the members of a class share what says so: there may be many
    alike = joined(both for pair in pairs for both in _sources(*pair))
    groups = {name: members for members in alike for name in members}
    # whoever is tied to an uneven join, by whole axes too, is tied channel by channel
    apart = {name for one, _ in uneven for source in one.sources for name in groups[source]}
    units = [(one.units, two.units) for one, two in pairs if one.sources[0] in apart]
    tied = joined(chain.from_iterable(zip(ones, twos, strict=True) for ones, twos in units))
    crooked: set[str] = set()
    for ones, twos in units:
        if ones != twos:
            crooked |= _crooked(ones, twos, sizes)
    return Ties(
        groups,
        {unit: members for members in tied for unit in members},
        frozenset(name for source in crooked for name in groups[source]),
    )


def _sources(one: Axis, two: Axis) -> Iterable[tuple[str, str]]:
    """The sources whose channels stand in the same positions of two axes, each pair once."""
    if len(one.parts) == len(two.parts) == 1:
        return ((one.parts[0].source, two.parts[0].source),)
    return dict.fromkeys((first, second) for (first, _), (second, _) in zip(one.units, two.units, strict=True))


def _crooked(ones: tuple[Unit, ...], twos: tuple[Unit, ...], sizes: Mapping[str, int]) -> set[str]:
    """The sources of which a channel is tied to one of another number, or that have more or fewer channels."""
    found: set[str] = set()
    for (one, first), (two, second) in zip(ones, twos, strict=True):
        if first != second or sizes[one] != sizes[two]:
            found |= {one, two}
    return found


def _is_whole(axis: Axis, sizes: Mapping[str, int]) -> bool:
    """Whether an axis is all the channels of one source, in their order."""
    if len(axis.parts) != 1:
        return False
    source, channels = axis.parts[0].source, axis.parts[0].channels
    return channels[0] == 0 and channels == tuple(range(sizes[source]))
