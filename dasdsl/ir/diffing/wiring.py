"""Which channels are read by whom (`groups`, `reads`), and whether two networks only number them in another way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import repeat

from dasdsl.frozen import frozen
from dasdsl.ir.diffing.ways import Ways, ways
from dasdsl.ir.diffing.webs import Undecided, Weaver, Web, alike
from dasdsl.ir.program import INPUT, Node, Program
from dasdsl.operations.core.axes import Axis, Unit
from dasdsl.operations.core.decisions import Subset
from dasdsl.operations.core.kernel import Kernel, gather, spread
from dasdsl.operations.core.values import Options, Pattern, UpTo


@frozen
class Pairs:
    """Nodes that belong together: `ids` number those of each side, so that both sides speak of the same."""

    a: Program
    b: Program
    nodes: Sequence[tuple[Node, Node]]

    @cached_property
    def ids(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """The number of each node's pair, by the names of either side."""
        a, b = ({pair[side].name: number for number, pair in enumerate(self.nodes)} for side in (0, 1))
        return a | {INPUT: -1}, b | {INPUT: -1}

    @cached_property
    def ways(self) -> tuple[Ways, Ways]:
        """The ways by which channels come to each node's output, numbered alike on both sides."""
        numbers: dict[Hashable, int] = {}
        a, b = (ways(program, ids, numbers) for program, ids in zip((self.a, self.b), self.ids, strict=True))
        return a, b

    @cached_property
    def same(self) -> Mapping[str, str]:
        """The name on the second side of each node of the first."""
        return {INPUT: INPUT} | {a.name: b.name for a, b in self.nodes}


@frozen(slots=True)
class Wiring:
    """How the channels of two networks compare, as far as nodes belong together.

    `straight`: they are the same. `renumbered`: they are the same in another order. `rewired` are the nodes of the
    first side that read others; where it is `undecided` whether they do, all that might.
    """

    straight: bool = False
    renumbered: bool = False
    undecided: bool = False
    rewired: frozenset[str] = frozenset()

    @property
    def same(self) -> bool:
        """Whether nothing is read by another than before."""
        return self.straight or self.renumbered


def compared(pairs: Pairs) -> Wiring:
    """Compare who reads which channels.

    Layers that differ by themselves, however channels are numbered, are left out of the comparison of the others.
    """
    askew = [number for number, (a, b) in enumerate(pairs.nodes) if not _straight(pairs, a, b)]
    if not askew and _outputs(pairs):
        return Wiring(straight=True)
    fixed = frozenset(number for number, (a, b) in enumerate(pairs.nodes) if is_fixed(a) and is_fixed(b))
    suspects = fixed.intersection(askew)
    try:
        bent = {number for number in suspects if not _fits(pairs, [number], rooted=False)}
        if _fits(pairs, sorted(fixed - bent), rooted=True):
            return Wiring(renumbered=not bent, rewired=_names(pairs, bent))
    except Undecided:
        return Wiring(undecided=True, rewired=_names(pairs, suspects))
    return Wiring(rewired=_names(pairs, suspects))


def _names(pairs: Pairs, numbers: Iterable[int]) -> frozenset[str]:
    return frozenset(pairs.nodes[number][0].name for number in numbers)


def _fits(pairs: Pairs, numbers: list[int], *, rooted: bool) -> bool:
    webs = (
        _Loom(program, pairs.ids[side], pairs.ways[side], rooted).web(
            (number, pairs.nodes[number][side]) for number in numbers
        )
        for side, program in enumerate((pairs.a, pairs.b))
    )
    return alike(*webs)


def is_fixed(node: Node) -> bool:
    """Whether a layer has a kernel of which nothing is open about who reads what."""
    return isinstance(node.op, Kernel) and not isinstance(node.op.groups, Options | UpTo)


def _straight(pairs: Pairs, a: Node, b: Node) -> bool:
    """Whether two nodes read the same channels in the same order, each output the same of them."""
    layers = a.kernel is not None and b.kernel is not None and is_fixed(a) and is_fixed(b)
    if not layers and not _ordered(a):
        return True
    same = _arrives(pairs, 0, a.site.axis, a.inputs[0]) == _arrives(pairs, 1, b.site.axis, b.inputs[0])
    return same and (not layers or connections(a) == connections(b))


def _outputs(pairs: Pairs) -> bool:
    """Whether the networks' outputs are the same channels in the same order."""
    a, b = pairs.a.output, pairs.b.output
    return _arrives(pairs, 0, a.axis, a.name) == _arrives(pairs, 1, b.axis, b.name)


def _arrives(pairs: Pairs, side: int, axis: Axis, name: str) -> list[tuple[int | None, int, int]]:
    """The channels of an axis: the source and the number of each, and the way by which it comes."""
    ids, ways = pairs.ids[side], pairs.ways[side][name]
    return [(ids.get(source), channel, way) for (source, channel), way in zip(axis.units, ways, strict=True)]


def connections(node: Node) -> tuple[Pattern, ...]:
    """The patterns of a layer of which nothing is open about them, no two with the same inputs."""
    assert node.kernel is not None
    return gather(tuple(spread(node.kernel.patterns(node.site), node.kernel.outputs)))


def _ordered(node: Node) -> bool:
    """Whether the order of what a node reads counts."""
    return node.op.ordered or (node.kernel is not None and isinstance(node.kernel.groups, Options))


@dataclass
class _Loom:
    """Makes the graph of a network's channels: a vertex a channel (all that are added are one), one a pattern.

    `rooted`: the network's input and output keep their order, and so does what an operation reads in order.
    """

    program: Program
    ids: Mapping[str, int]
    ways: Ways
    rooted: bool
    weaver: Weaver = field(default_factory=Weaver)
    marks: dict[int, set[Hashable]] = field(default_factory=dict[int, set[Hashable]])

    def web(self, nodes: Iterable[tuple[int, Node]]) -> Web:
        """The graph of these layers; the others say only what keeps its order."""
        for number, node in nodes:
            self.layer(number, node)
        if self.rooted:
            self.mark(INPUT, ((INPUT, channel) for channel in range(self.program.sources[INPUT].size)))
            self.mark("output", self.program.output.axis.units, self.ways[self.program.output.name])
            for node in filter(_ordered, self.program.nodes):
                number = self.ids.get(node.name)
                self.mark((number, "reads"), node.site.axis.units, self.ways[node.inputs[0]])
                self.mark((number, "makes"), node.axis.units)
        return self.weaver.web(self.marks)

    def channel(self, unit: Unit) -> int:
        """The vertex of a channel, coloured by where it is made."""
        tied = self.program.ties.of(unit)
        return self.weaver.vertex(min(tied), tuple(sorted(self.colour(other) for other in tied)))

    def colour(self, unit: Unit) -> tuple[int, int]:
        """The source, and how many of the counts that it may have leave this channel out."""
        source, channel = unit
        counted = self.program.sources[source].counted
        beyond = sum(count <= channel for count in counted.values) if counted else 0
        return self.ids.get(source, len(self.ids)), beyond

    def mark(self, why: Hashable, units: Iterable[Unit], ways: Iterable[int] = repeat(0)) -> None:
        """Channels that keep their places."""
        for place, (unit, way) in enumerate(zip(units, ways, strict=False)):
            self.marks.setdefault(self.channel(unit), set()).add((why, place, way))

    def layer(self, number: int, node: Node) -> None:
        """The patterns of a layer, each with what it reads and what it makes."""
        assert node.kernel is not None
        ends, patterns = list(self.ends(node)), connections(node)
        if len(patterns) == 1 and len(patterns[0].inputs) == len(ends):
            # all that is read is read alike, so that no channel is told from another
            labels = frozenset(Counter(label for label, _ in ends).items())
            self.weaver.vertex((number, "all"), (number, labels, node.kernel.outputs))
            return
        for index, pattern in enumerate(patterns):
            vertex = self.weaver.vertex((number, index), number)
            for position in pattern.inputs:
                label, channel = ends[position]
                self.weaver.connect(vertex, channel, ("reads", *label))
            for output in pattern.outputs:
                self.weaver.connect(vertex, self.channel((node.name, output)), ("makes",))

    def ends(self, node: Node) -> Iterator[tuple[tuple[int, int, bool], int]]:
        """For each position: its source, the way it comes, whether it is searched; and its vertex."""
        searched = {p for decision in node.decisions if isinstance(decision, Subset) for p in decision.positions}
        units, ways = node.site.axis.units, self.ways[node.inputs[0]]
        for position, (unit, way) in enumerate(zip(units, ways, strict=True)):
            yield (self.ids.get(unit[0], len(self.ids)), way, position in searched), self.channel(unit)
