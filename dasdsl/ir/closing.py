"""Outcomes of every decision → the closed architecture as a Space, and what is left of each layer.

Pure: no weights. The inverse pass slices weights by what this says, budgets and ladders only count it, and a random
architecture of a space is a random outcome closed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property

from dasdsl.frozen import frozen
from dasdsl.ir.drafts import SPLICE, Draft, draft_of, united, use_of
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.folding import folded
from dasdsl.ir.liveness import Liveness, closed_filter, solve
from dasdsl.ir.ordering import Orders, order
from dasdsl.ir.program import Node, Program, Tree
from dasdsl.ir.pruning import pruned, spliced
from dasdsl.ir.selecting import select
from dasdsl.language.arithmetic import Names
from dasdsl.language.space import Space, is_open
from dasdsl.language.words import USE
from dasdsl.operations.core.axes import Axis
from dasdsl.operations.core.decisions import OneOf, Outcomes
from dasdsl.operations.core.filters import Filter
from dasdsl.operations.core.kernel import Kernel, changed, gather
from dasdsl.operations.core.operation import Cost, Operation
from dasdsl.operations.core.values import Call, Name, Options, Pattern
from dasdsl.operations.core.windowed import Windowed
from dasdsl.operations.repeat import Repeat


@frozen(slots=True)
class Layer:
    """What is left of one layer with a kernel, in positions and outputs of the largest.

    `outputs` and `inputs` are those that are left, in their new order. `patterns` say which new inputs each new output
    reads. `folded` are positions whose constants move into the bias. An `idle` layer reads nothing, but keeps one
    input, with weights of zero, since it stands in a branch that is still read.
    """

    outputs: tuple[int, ...]
    inputs: tuple[int, ...]
    patterns: tuple[Pattern, ...]
    folded: tuple[int, ...]
    idle: bool = False


@frozen
class Closing:
    """A closed architecture, and how it is cut out of the largest.

    `kept`: for each node, the positions of its input axis that are left, in their new order. `filters`: for each
    operation that has one, the filter that is left of its dense kernel. `nodes`: the nodes that are left, in the order
    of the nodes of the closed space. `program`: the whole without what choices decided against.
    """

    space: Space
    layers: Mapping[str, Layer]
    kept: Mapping[str, tuple[int, ...]]
    filters: Mapping[str, Filter]
    nodes: tuple[str, ...]
    program: Program

    @cached_property
    def costs(self) -> Mapping[str, Cost]:
        """What each node that is left costs."""
        if self.whole:
            return {node.name: node.cost for node in self.program.nodes}
        closed = elaborate(self.space)
        return {name: node.cost for name, node in zip(self.nodes, closed.nodes, strict=True)}

    @property
    def whole(self) -> bool:
        """Whether nothing was open and nothing is cut away, as of a network that was discovered before."""
        nodes = self.program.nodes
        return (
            not self.program.decisions
            and len(self.nodes) == len(nodes)
            and not any(layer.folded or layer.idle for layer in self.layers.values())
            and all(self.kept[node.name] == tuple(range(len(node.site.axis))) for node in nodes)
            and all(layer.outputs == tuple(range(len(self.program[name].axis))) for name, layer in self.layers.items())
        )

    @property
    def cost(self) -> Cost:
        """Params and MACs of the closed architecture."""
        return sum(self.costs.values(), Cost())


def close(
    program: Program,
    outcomes: Outcomes,
    found: Mapping[str, object] | None = None,
    silent: Collection[str] = (),
) -> Closing:
    """Close a space by the outcomes of its decisions.

    `found` is what the header of the architecture says about where it comes from; `silent` are layers whose weights
    are all zero, so that they read nothing whatever is decided.
    Raises: Collapsed where nothing would depend on the network's input.
    """
    chosen = select(program, outcomes)
    left = solve(chosen, outcomes, silent)
    orders = order(chosen, left)
    kept = {node.name: _read_by(node, orders) for node in chosen.nodes}
    layers = {node.name: _layer(node, left, orders, kept[node.name]) for node in chosen.nodes if node.kernel}
    trees = spliced(pruned(chosen.tree, _needed(chosen, orders)))
    drafts = _Drafting(chosen, outcomes, layers, kept).body(trees, _numbers(chosen.space.names, outcomes))
    header = chosen.space.header
    space = Space.closed(header.name, header.input, folded(drafts, chosen.space.body), found)
    filters = {node.name: node.op.chosen(node.site, outcomes) for node in chosen.nodes if isinstance(node.op, Windowed)}
    return Closing(space, layers, kept, filters, tuple(_nodes(trees)), chosen)


def _needed(program: Program, orders: Orders) -> set[str]:
    """The nodes that the output hangs on, by inputs of which a channel is left (of others only a `concat:` can be)."""
    left = {
        node.name
        for node in program.nodes
        if any(not set(part.channels).isdisjoint(orders[part.source]) for part in node.axis.parts)
    }
    found = {program.output.name}
    for node in reversed(program.nodes):
        if node.name in found:
            found.update(name for name in node.inputs if name in left)
    return found


def _numbers(names: Names, outcomes: Outcomes) -> dict[str, int | Options]:
    """Names whose decisions are made; one that decides nothing stays open."""
    out: dict[str, int | Options] = {}
    for name, value in names.items():
        index = outcomes.get(value.shared or "") if isinstance(value, Options) else None
        out[name] = value.values[index] if isinstance(value, Options) and isinstance(index, int) else value
    return out


@frozen
class _Drafting:
    """Trees → drafts: what each statement says once everything is decided."""

    program: Program
    outcomes: Outcomes
    layers: Mapping[str, Layer]
    kept: Mapping[str, tuple[int, ...]]

    def body(self, trees: tuple[Tree, ...], names: Names) -> tuple[Draft, ...]:
        """The drafts of trees; `names` are what the names there stand for."""
        return tuple(self.draft(tree, names) for tree in trees)

    def draft(self, tree: Tree, names: Names) -> Draft:
        """One statement with its block."""
        statement = tree.statement
        if tree.node is not None:
            op = self.closed(self.program[tree.node])
            values = {spec.name: getattr(op, spec.name) for spec in op.fields}
            return draft_of(op.words, statement, values, names, self.body(tree.body, names))
        call = statement.get("block")
        if statement.words == USE and isinstance(call, Call):
            return self.used(tree, call, names)
        if statement.words == Repeat.words:
            return self.repeated(tree, names)
        if statement.words == "path":
            values = {name: value.name for name, value in statement.fields if isinstance(value, Name)}
            return draft_of("path", statement, values, names, self.body(tree.body, names))
        return Draft(SPLICE, statement.label, body=self.body(tree.body, names))

    def used(self, tree: Tree, call: Call, names: Names) -> Draft:
        """The use of a block. A parameter whose decision nothing makes is at its first option."""
        numbers = _numbers(tree.names, self.outcomes)
        inside = _numbers(self.program.space.names, self.outcomes) | numbers
        plain = {name: value.values[0] if isinstance(value, Options) else value for name, value in numbers.items()}
        return use_of(call, tree.statement.label, plain, names, self.body(tree.body, inside))

    def repeated(self, tree: Tree, names: Names) -> Draft:
        """The copies of a block: a `repeat` where they are equal."""
        copies = [Draft(SPLICE, None, body=self.body(copy.body, names)) for copy in tree.body]
        one = united(copies)
        count = tree.statement.get("count")
        wanted = len(copies) > 1 or (count is not None and not is_open(count, names))
        if one is None or not wanted:
            return Draft(SPLICE, tree.statement.label, body=tuple(copies))
        return draft_of(Repeat.words, tree.statement, {"count": len(copies)}, names, one.body)

    def closed(self, node: Node) -> Operation:
        """What a node's operation becomes."""
        op = closed_filter(node, node.op, self.outcomes)
        layer = self.layers.get(node.name)
        if layer is not None and isinstance(op, Kernel):
            return op.connected(layer.patterns, len(layer.inputs), len(layer.outputs))
        return op.left(self.kept[node.name], len(node.site.axis))


def _nodes(trees: tuple[Tree, ...]) -> Iterator[str]:
    """The nodes of trees, in the order in which they are elaborated."""
    for tree in trees:
        yield from _nodes(tree.body)
        if tree.node is not None:
            yield tree.node


def _read_by(node: Node, orders: Orders) -> tuple[int, ...]:
    """The positions of what a node reads that are left; of several inputs, those of the first."""
    return kept_of(node.site.axis, orders)


def kept_of(axis: Axis, orders: Orders) -> tuple[int, ...]:
    """The positions of an axis that are left, in their new order: part by part, each in its source's order."""
    ranks: dict[str, dict[int, int]] = {}
    out: list[int] = []
    start = 0
    for part in axis.parts:
        if part.channels == orders[part.source]:
            out += range(start, start + len(part.channels))
            start += len(part.channels)
            continue
        if part.source not in ranks:
            ranks[part.source] = {channel: rank for rank, channel in enumerate(orders[part.source])}
        rank = ranks[part.source]
        if len(part.channels) == 1:
            out += (start,) if part.channels[0] in rank else ()
        else:
            left = ((rank[one], position) for position, one in enumerate(part.channels, start) if one in rank)
            out += (position for _, position in sorted(left))
        start += len(part.channels)
    return tuple(out)


def _layer(node: Node, left: Liveness, orders: Orders, kept: tuple[int, ...]) -> Layer:
    place = {position: index for index, position in enumerate(kept)}
    outputs = orders[node.name]
    chosen = [left.sets[node.name][output] for output in outputs]
    sets = changed(chosen, lambda positions: tuple(sorted(place[position] for position in positions)))
    return Layer(
        outputs=outputs,
        inputs=kept,
        patterns=gather(sets),
        folded=tuple(sorted(left.folded[node.name])),
        idle=node.name in left.idle,
    )


def dump(outcomes: Outcomes, program: Program) -> dict[str, object]:
    """What each decision became, as plain JSON values: a size, the channels read, or the inputs of each pattern."""
    out: dict[str, object] = {}
    for decision in program.decisions:
        outcome = outcomes[decision.name]
        match decision, outcome:
            case OneOf(options=options), int() as index:
                option = options[index]
                out[decision.name] = option if isinstance(option, int) else list(option)
            case _, tuple() as chosen:
                out[decision.name] = [list(item) if isinstance(item, tuple) else item for item in chosen]
            case _:
                raise TypeError(f"{decision.name} cannot become {outcome!r}")
    return out
