"""Costs of many architectures of one space that differ in little, as budgets look at them: the same as `counting`.

What a decision leaves of its layer is worked out once, channels are bits of a number, and so reading backwards through
the network takes microseconds a layer. Where a channel is read that reads nothing itself, constants move and layers may
go altogether: `counting` then does what has to be done with care.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Generic, TypeVar

from dasdsl.frozen import frozen
from dasdsl.ir.counting import layers, portion
from dasdsl.ir.liveness import Collapsed, closed_filter, depends
from dasdsl.ir.program import INPUT, Node, Program
from dasdsl.ir.selecting import select
from dasdsl.ir.ties import Ties
from dasdsl.operations.core.axes import Axis
from dasdsl.operations.core.decisions import Outcome, Outcomes
from dasdsl.operations.core.kernel import Kernel, gather
from dasdsl.operations.core.operation import Cost
from dasdsl.operations.core.selecting import Select
from dasdsl.operations.core.windowed import Windowed

T = TypeVar("T")
NETWORKS = 8
"""So many networks with other branches are remembered: each may be large, and neighbours differ in few of them."""
KEPT = 64
"""So much is remembered of one layer: what it is now, and a few of the ways that are tried."""


class Counts:
    """Counts architectures of one space."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._choices = [
            decision.name for node in program.nodes if isinstance(node.op, Select) for decision in node.decisions
        ]
        self._chosen = lru_cache(NETWORKS)(self._choose)

    def of(self, outcomes: Outcomes) -> Cost | None:
        """Params and MACs of the architecture that the outcomes leave; None where the network collapses."""
        found = self.layers(outcomes)
        return None if found is None else sum(found.values(), Cost())

    def layers(self, outcomes: Outcomes) -> Mapping[str, Cost] | None:
        """The same for each node that costs something."""
        found = self._chosen(*(outcomes[name] for name in self._choices)).layers(outcomes)
        if found is not None:
            return found
        try:
            return layers(self.program, outcomes)
        except Collapsed:
            return None

    def _choose(self, *chosen: Outcome) -> _Chosen:
        return _Chosen(select(self.program, dict(zip(self._choices, chosen, strict=True))))


class _Chosen:
    """A network in which all branches are chosen."""

    def __init__(self, program: Program) -> None:
        self.program, self.ties = program, program.ties
        self.zeros = any(node.op.makes_zero for node in program.nodes)
        self.kernels = [_KernelLayer(node, node.op) for node in program.nodes if isinstance(node.op, Kernel)]
        self.others = [
            _OtherLayer(node) for node in program.nodes if node.cost != Cost() and not isinstance(node.op, Kernel)
        ]
        self.order = [node.name for node in program.nodes]

    @cached_property
    def read(self) -> dict[str, int]:
        """The channels that are read whatever is decided."""
        live = dict.fromkeys(self.program.sources, 0)
        pinned = [node.site.axis for node in self.program.nodes if node.op.pins and not isinstance(node.op, Kernel)]
        whole = Axis.of(INPUT, self.program.sources[INPUT].size)
        for axis in (self.program.output.axis, whole, *pinned):
            for place in _places(axis):
                _mark(live, self.ties, place.source, place.channels)
        return live

    def layers(self, outcomes: Outcomes) -> dict[str, Cost] | None:
        """None where a channel that is read reads nothing, or where nothing but zeros may come out."""
        read = [kernel.reads(outcomes) for kernel in self.kernels]
        live = self._live(read)
        if any(live[kernel.node.name] & reads.empty for kernel, reads in zip(self.kernels, read, strict=True)):
            return None
        if self.zeros and not depends(self.program, lambda name: live[name] > 0):
            return None
        found = {
            kernel.node.name: kernel.cost(live[kernel.node.name], reads, outcomes)
            for kernel, reads in zip(self.kernels, read, strict=True)
        }
        found |= {other.node.name: other.cost(live, outcomes) for other in self.others}
        return {name: found[name] for name in self.order if name in found and found[name] != Cost()}

    def _live(self, read: list[_Reads]) -> dict[str, int]:
        """Channels that are read, by source: from the output backwards, again until ties bring nothing new."""
        live = dict(self.read)
        backwards = list(zip(reversed(self.kernels), reversed(read), strict=True))
        while True:
            before = dict(live)
            for kernel, reads in backwards:
                mine = live[kernel.node.name]
                positions = 0
                for pattern in reads.patterns:
                    if pattern.outputs & mine:
                        positions |= pattern.inputs
                for place in kernel.places:
                    _mark(live, self.ties, place.source, place.of(positions))
            if not self.ties.groups or live == before:
                return live


@frozen(slots=True)
class _Pattern:
    """Outputs and the positions that they read, as bits, and how many features these are."""

    outputs: int
    inputs: int
    features: int


@frozen(slots=True)
class _Reads:
    """What the outputs of a kernel read, and which of them read nothing."""

    patterns: tuple[_Pattern, ...]
    empty: int


@frozen(slots=True)
class _Place:
    """Positions from `start` on, with these channels of a source, as bits; `row` are the channels one by one.

    Where they do not follow each other, `row` says which they are.
    """

    source: str
    start: int
    channels: int
    spread: int
    row: tuple[int, ...]
    follows: bool

    def of(self, positions: int) -> int:
        """The channels at these positions."""
        here = positions >> self.start
        if self.follows:
            return (here & ((1 << len(self.row)) - 1)) << self.row[0]
        return _bits(channel for index, channel in enumerate(self.row) if here >> index & 1)


def _places(axis: Axis) -> tuple[_Place, ...]:
    found: list[_Place] = []
    start = 0
    for part in axis.parts:
        if part.channels:
            row = part.channels
            follows = row == tuple(range(row[0], row[0] + len(row)))
            found.append(_Place(part.source, start, _bits(row), part.spread, row, follows))
            start += len(row)
    return tuple(found)


def _bits(numbers: Iterator[int] | tuple[int, ...]) -> int:
    found = 0
    for number in numbers:
        found |= 1 << number
    return found


def _mark(live: dict[str, int], ties: Ties, source: str, channels: int) -> None:
    """Mark channels as read: what is tied is marked together."""
    fresh = channels & ~live[source]
    if not fresh:
        return
    if source not in ties.uneven:
        for name in ties.group(source):
            live[name] |= fresh
        return
    for channel in range(fresh.bit_length()):
        if fresh >> channel & 1:
            for name, tied in ties.of((source, channel)):
                live[name] |= 1 << tied


class _Known(Generic[T]):
    """What is made of some outcomes, made once.

    They are told apart by which objects they are: neighbours of an architecture share nearly all of them, and
    comparing hundreds of positions takes longer than most of what is made of them.
    """

    def __init__(self, names: tuple[str, ...], make: Callable[[Outcomes], T]) -> None:
        self.names, self.make = names, make
        self.found: dict[tuple[int, ...], tuple[tuple[object, ...], T]] = {}

    def of(self, outcomes: Outcomes) -> T:
        """What is made of these."""
        given = tuple(outcomes[name] for name in self.names if name in outcomes)
        key = tuple(map(id, given))
        if key not in self.found:
            if len(self.found) >= KEPT:
                self.found.pop(next(iter(self.found)))
            # kept with what it was made of, so that no other object comes to have the same number
            self.found[key] = given, self.make(outcomes)
        return self.found[key][1]


class _KernelLayer:
    """A kernel: what its outputs read, and what they cost."""

    def __init__(self, node: Node, op: Kernel) -> None:
        self.node, self.op = node, op
        self.places, self.spreads = _places(node.site.axis), node.site.axis.spreads
        self.positions = op.positions(node.site)
        filters = _filters(node)
        others = [decision.name for decision in node.decisions if decision.name not in filters]
        counted = [part.decision for part in node.site.counted]
        self._reads = _Known(tuple(dict.fromkeys((*others, *counted))), self._read)
        self._taps = _Known(filters, lambda outcomes: closed_filter(node, op, outcomes).taps)

    def reads(self, outcomes: Outcomes) -> _Reads:
        """What each output reads under the outcomes."""
        return self._reads.of(outcomes)

    def _read(self, outcomes: Outcomes) -> _Reads:
        patterns = tuple(
            _Pattern(_bits(found.outputs), _bits(found.inputs), sum(map(self.spreads.__getitem__, found.inputs)))
            for found in gather(self.op.sets(self.node.site, outcomes))
        )
        return _Reads(patterns, sum(pattern.outputs for pattern in patterns if not pattern.inputs))

    def cost(self, live: int, reads: _Reads, outcomes: Outcomes) -> Cost:
        """Connections · filter + biases, and positions · connections · filter."""
        connections = sum((pattern.outputs & live).bit_count() * pattern.features for pattern in reads.patterns)
        weights = connections * self._taps.of(outcomes)
        biases = live.bit_count() if self.op.bias == "on" else 0
        return Cost(params=weights + biases, macs=weights * self.positions)


class _OtherLayer:
    """Everything else costs the same for each feature."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.places, self.features = _places(node.site.axis), sum(node.site.axis.spreads)
        self._whole = _Known(_filters(node), lambda outcomes: closed_filter(node, node.op, outcomes).cost(node.site))

    def cost(self, live: Mapping[str, int], outcomes: Outcomes) -> Cost:
        """The share of what it costs that is left."""
        kept = sum((live[place.source] & place.channels).bit_count() * place.spread for place in self.places)
        return portion(self._whole.of(outcomes), kept, self.features)


def _filters(node: Node) -> tuple[str, ...]:
    """The decisions on its filter."""
    op = node.op
    return tuple(decision.name for decision in op.filter_decisions(node.site)) if isinstance(op, Windowed) else ()
