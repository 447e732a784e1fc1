"""Which channels anyone reads, to a fixpoint, and which constants fold away (method: inverse pass, 3 and 4)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from dasdsl.frozen import frozen
from dasdsl.ir.program import INPUT, Node, Program
from dasdsl.ir.ties import Ties
from dasdsl.operations.core.axes import Axis, Unit
from dasdsl.operations.core.decisions import Outcomes
from dasdsl.operations.core.kernel import Sets, changed, distinct
from dasdsl.operations.core.operation import Operation
from dasdsl.operations.core.windowed import Windowed

O = TypeVar("O", bound=Operation)


class Collapsed(Exception):
    """A layer reads nothing: the network's output would not depend on its input."""

    def __init__(self, layer: str) -> None:
        super().__init__(f"`{layer}` reads nothing")
        self.layer = layer


@frozen
class Liveness:
    """What is left of a network under outcomes.

    `sets`: for each kernel, what each output of the largest still reads. `live`: for each source, the channels that are
    read, ascending. `folded`: for each kernel, the positions whose constants move into the bias. `idle`: kernels in
    branches of which only constants are read; each keeps one input, without any weight.
    """

    sets: Mapping[str, Sets]
    live: Mapping[str, tuple[int, ...]]
    folded: Mapping[str, frozenset[int]]
    idle: frozenset[str]


def solve(program: Program, outcomes: Outcomes, silent: Collection[str] = (), *, fold: bool = True) -> Liveness:
    """What is left under the outcomes; constants are folded where that is exact. `silent` kernels read nothing.

    That is exact in evaluation only; where a network is still trained they stay (`fold` is false).

    Raises: Collapsed where the output of the network does not depend on its input.
    """
    sets = {node.name: kernel.sets(node.site, outcomes) for node in program.nodes if (kernel := node.kernel)}
    sets |= {name: ((),) * len(sets[name]) for name in silent if name in sets}
    folded: dict[str, frozenset[int]] = dict.fromkeys(sets, frozenset())
    steady = steady_sources(program)
    folding = [
        node
        for node in program.nodes
        if fold and (kernel := node.kernel) is not None and closed_filter(node, kernel, outcomes).folds_constants()
    ]
    idle: set[str] = set()
    causes = [node.name for node in _idle(program, sets, _live(program, sets))]
    while True:
        live = _live(program, sets)
        moved = False
        for node in folding:
            if node.name in idle:
                continue
            constant = _constant_positions(node, sets, live, steady[node.inputs[0]])
            read = read_by(sets[node.name], live[node.name])
            if constant & read:
                sets[node.name] = _without(sets[node.name], constant)
                folded[node.name] |= constant & read
                moved = True
        if moved:
            continue
        found = row = list(_idle(program, sets, live))
        while row:
            idle.update(node.name for node in row)
            given = {node.name: _one_input(node, live, outcomes) for node in row}
            for name, position in given.items():
                reader = min(live[name])
                sets[name] = tuple((position,) if o == reader else chosen for o, chosen in enumerate(sets[name]))
            row = _idle_before(program, {node.site.axis.units[given[node.name]] for node in row}, sets, live)
        if not found:
            _refuse_collapse(program, sets, live, [*reversed(causes), *sorted(idle)])
            lived = {name: tuple(sorted(channels)) for name, channels in live.items()}
            return Liveness(sets, lived, folded, frozenset(idle))


def _idle(program: Program, sets: Mapping[str, Sets], live: Mapping[str, set[int]]) -> Iterator[Node]:
    """The kernels whose output is read although they read nothing, from the last on."""
    for node in reversed(program.nodes):
        if node.kernel is not None and live[node.name] and not any(sets[node.name][o] for o in live[node.name]):
            yield node


def _idle_before(
    program: Program, read: Collection[Unit], sets: Mapping[str, Sets], live: dict[str, set[int]]
) -> list[Node]:
    """The kernels that nobody read before, and that are idle too now that these channels are read.

    So a row of idle layers is found at once. Where a channel is tied to others, more becomes live than this one, and
    another round of the whole tells.
    """
    fresh: dict[str, set[int]] = {}
    for source, channel in read:
        if source != INPUT and not live[source] and len(program.ties.of((source, channel))) == 1:
            fresh.setdefault(source, set()).add(channel)
    live.update(fresh)
    return [program[name] for name, channels in fresh.items() if not any(sets[name][output] for output in channels)]


def _one_input(node: Node, live: Mapping[str, set[int]], outcomes: Outcomes) -> int:
    """One input for the first output that is read: one that it read before or that is there anyway, best of all both.

    So what is closed, in which it is the one that is read, keeps it.
    """
    assert node.kernel is not None
    units = node.site.axis.units
    before = {position for chosen in distinct(node.kernel.sets(node.site, outcomes)) for position in chosen}
    there = [position for position, (source, channel) in enumerate(units) if channel in live[source]]
    both = (position for position in there if position in before)
    return next(both, next(iter(there), min(before, default=0)))


def _refuse_collapse(
    program: Program, sets: Mapping[str, Sets], live: Mapping[str, set[int]], causes: Sequence[str]
) -> None:
    """The output must depend on the input. `causes` are layers that read nothing, the one to blame first."""

    def reads(name: str) -> bool:
        return name not in causes and any(sets[name][output] for output in live[name])

    if not depends(program, reads):
        raise Collapsed(next(iter(causes), None) or next(node.name for node in program.nodes if node.op.makes_zero))


def depends(program: Program, reads: Callable[[str], bool]) -> bool:
    """Whether the output depends on the input: a sum does if any of its terms does, a layer if it reads what does.

    `reads` says of a kernel whether what is alive of it reads anything.
    """
    found: dict[str, bool] = {INPUT: True}
    zero: dict[str, bool] = {INPUT: False}
    for node in program.nodes:
        read = any(found[name] for name in node.inputs) and (node.kernel is None or reads(node.name))
        zero[node.name] = node.op.zero(tuple(zero[name] for name in node.inputs))
        found[node.name] = read and not zero[node.name]
    return found[program.output.name]


def _without(sets: Sets, gone: Collection[int]) -> Sets:
    """The sets without these positions."""
    return changed(sets, lambda chosen: tuple(position for position in chosen if position not in gone))


def read_by(sets: Sets, outputs: Iterable[int]) -> set[int]:
    """The positions that these outputs read; outputs share their sets, so each is looked at once."""
    return set().union(*distinct(map(sets.__getitem__, outputs)))


def closed_filter(node: Node, op: O, outcomes: Outcomes) -> O:
    """The operation with the filter that the outcomes leave."""
    return op.with_filter(op.chosen(node.site, outcomes)) if isinstance(op, Windowed) else op


@frozen
class _Marking:
    """Marks channels as read: what is tied is marked together."""

    ties: Ties
    live: dict[str, set[int]]

    def units(self, units: Iterable[Unit]) -> None:
        """These channels."""
        for unit in units:
            if unit[1] not in self.live[unit[0]]:
                for source, channel in self.ties.of(unit):
                    self.live[source].add(channel)

    def axis(self, axis: Axis) -> None:
        """All the channels of an axis."""
        for part in axis.parts:
            if part.source in self.ties.groups:
                self.units((part.source, channel) for channel in part.channels)
            else:
                self.live[part.source].update(part.channels)

    def positions(self, axis: Axis, positions: Collection[int]) -> None:
        """The channels at these positions of an axis."""
        if len(positions) == len(axis):
            self.axis(axis)
        elif positions:
            units = axis.units
            self.units(units[position] for position in positions)

    def __len__(self) -> int:
        return sum(len(channels) for channels in self.live.values())


def _live(program: Program, sets: Mapping[str, Sets]) -> dict[str, set[int]]:
    """Channels that are read, by source: from the output backwards, again until ties bring nothing new."""
    live: dict[str, set[int]] = {name: set() for name in program.sources}
    marking = _Marking(program.ties, live)
    marking.axis(program.output.axis)
    marking.axis(Axis.of(INPUT, program.sources[INPUT].size))
    while True:
        before = len(marking)
        for node in reversed(program.nodes):
            if node.kernel is not None:
                marking.positions(node.site.axis, read_by(sets[node.name], live[node.name]))
            elif node.op.pins:
                marking.axis(node.site.axis)
        if not program.ties.groups or len(marking) == before:
            return live


def steady_sources(program: Program) -> dict[str, frozenset[str]]:
    """For each node's output, the sources whose constants are still constants there."""
    steady: dict[str, frozenset[str]] = {INPUT: frozenset()}
    for node in program.nodes:
        if node.kernel is not None:
            steady[node.name] = frozenset({node.name})
        elif node.op.keeps_constants:
            steady[node.name] = frozenset().union(*(steady[name] for name in node.inputs))
        else:
            steady[node.name] = frozenset()
    return steady


def _constant_positions(
    node: Node, sets: Mapping[str, Sets], live: Mapping[str, set[int]], steady: frozenset[str]
) -> frozenset[int]:
    """Positions of a kernel's input whose channel is an output that reads nothing."""
    return frozenset(
        position
        for position, (source, channel) in enumerate(node.site.axis.units)
        if source in steady and channel in live[source] and not sets[source][channel]
    )
