"""An axis of channels: where each channel of a tensor was produced.

Every producing operation defines a *source* of channels; elementwise operations pass an axis on, `flatten` spreads each
channel over several features. Gates live on (consumer, axis), liveness is solved on sources, slicing follows axes.
"""

from __future__ import annotations

from itertools import chain, repeat

from dasdsl.frozen import frozen
from dasdsl.operations.core.values import Count, Options, UpTo, limit

Shape = tuple[int, ...]
"""Channels first, no batch dimension: `(C,)`, `(C, T)`, `(C, H, W)`, `(C, D, H, W)`."""

Unit = tuple[str, int]
"""One channel: the name of its source and its index there."""


@frozen(slots=True)
class Part:
    """Consecutive channels of one source, each spread over `spread` consecutive features (1 unless flattened)."""

    source: str
    channels: tuple[int, ...]
    spread: int = 1


@frozen(slots=True)
class Axis:
    """The channels of a tensor, in order. A *position* counts channels, a *feature* counts entries of the tensor."""

    parts: tuple[Part, ...]

    @classmethod
    def of(cls, source: str, size: int) -> Axis:
        """All the channels of one source."""
        return cls((Part(source, tuple(range(size))),))

    @property
    def units(self) -> tuple[Unit, ...]:
        """The channel at each position."""
        return tuple(chain.from_iterable(zip(repeat(part.source), part.channels) for part in self.parts))

    @property
    def singles(self) -> tuple[Part, ...]:
        """The same with a part for each channel."""
        out: list[Part] = []
        for part in self.parts:
            if len(part.channels) == 1:
                out.append(part)
            else:
                out.extend(Part(part.source, (channel,), part.spread) for channel in part.channels)
        return tuple(out)

    @property
    def spreads(self) -> tuple[int, ...]:
        """The number of features of each position."""
        return tuple(chain.from_iterable(repeat(part.spread, len(part.channels)) for part in self.parts))

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources it draws on, each once."""
        if len(self.parts) == 1:
            return (self.parts[0].source,)
        return tuple(dict.fromkeys(part.source for part in self.parts))

    def __len__(self) -> int:
        parts = self.parts
        return len(parts[0].channels) if len(parts) == 1 else sum(len(part.channels) for part in parts)

    def spread(self, factor: int) -> Axis:
        """Each channel over `factor` times as many features (`flatten`)."""
        return Axis(tuple(Part(part.source, part.channels, part.spread * factor) for part in self.parts))

    def at(self, chosen: tuple[int, ...]) -> Axis:
        """The channels at these positions, ascending: of each part those that are among them."""
        wanted, parts, start = set(chosen), list[Part](), 0
        for part in self.parts:
            here = tuple(one for position, one in enumerate(part.channels, start) if position in wanted)
            if here:
                parts.append(Part(part.source, here, part.spread))
            start += len(part.channels)
        return Axis(tuple(parts))

    def features(self, chosen: tuple[int, ...]) -> tuple[int, ...]:
        """The features of the chosen positions, in the order of `chosen`."""
        starts: list[int] = [0]
        for count in self.spreads:
            starts.append(starts[-1] + count)
        return tuple(feature for position in chosen for feature in range(starts[position], starts[position + 1]))


@frozen(slots=True)
class Source:
    """Where channels are produced: how many there may be, and whether something keeps them all (`pinned`)."""

    name: str
    count: Count
    pinned: bool = False
    key: str = ""
    """What its decision is named after: its own name, but in a shared block."""

    @property
    def size(self) -> int:
        """The largest number of channels."""
        return limit(self.count)

    @property
    def free(self) -> bool:
        """Whether every consumer decides for each channel whether it reads it."""
        return isinstance(self.count, UpTo) and not self.pinned

    @property
    def counted(self) -> Options | None:
        """The options of the count, where it is one and still open."""
        return self.count if isinstance(self.count, Options) and not self.pinned else None

    @property
    def decision(self) -> str:
        """The name of the decision on its count."""
        counted = self.counted
        return (counted.shared if counted else None) or f"{self.key or self.name}.channels"


@frozen(slots=True)
class Counted:
    """The channels of one counted source on an axis: `positions[k]` holds channel `channels[k]`."""

    decision: str
    options: tuple[int, ...]
    positions: tuple[int, ...]
    channels: tuple[int, ...]


@frozen(slots=True)
class Site:
    """Where an operation stands: its name, what it reads, and what of that is open.

    `shapes` and `axes` are those of its inputs (one, but for `add`, `mul` and `concat`), at their largest.
    """

    name: str
    shapes: tuple[Shape, ...]
    axes: tuple[Axis, ...]
    sources: tuple[Source, ...] = ()
    pinned: bool = False
    decides: str = ""

    @property
    def key(self) -> str:
        """What its decisions are named after: its own name, but in a shared block, whose uses decide alike."""
        return self.decides or self.name

    @property
    def shape(self) -> Shape:
        """The shape of its first input."""
        return self.shapes[0]

    @property
    def axis(self) -> Axis:
        """The axis of its first input."""
        return self.axes[0]

    @property
    def free(self) -> tuple[int, ...]:
        """The positions of its input axis that are open by `<=`."""
        free = {source.name for source in self.sources if source.free}
        units = self.axis.units if free else ()
        return tuple(position for position, (source, _) in enumerate(units) if source in free)

    @property
    def counted(self) -> tuple[Counted, ...]:
        """The parts of its input axis whose number is open by `<a|b>`."""
        counted = {source.name: (source, options) for source in self.sources if (options := source.counted)}
        places: dict[str, list[int]] = {}
        units = self.axis.units if counted else ()
        for position, (name, _) in enumerate(units):
            if name in counted:
                places.setdefault(name, []).append(position)
        out: list[Counted] = []
        for name, (source, options) in counted.items():
            where = tuple(places.get(name, ()))
            if where:
                channels = tuple(units[position][1] for position in where)
                out.append(Counted(source.decision, options.values, where, channels))
        return tuple(out)
