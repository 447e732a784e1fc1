"""Outcomes of every decision → the closed architecture as a Space, and what is left of each layer.

Pure: no weights. The inverse pass slices weights by what this says, budgets and ladders only count it, and a random
architecture of a space is a random outcome closed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.liveness import Liveness, closed_filter, solve
from dasdsl.ir.ordering import Orders, order
from dasdsl.ir.program import Node, Program, Tree
from dasdsl.language.space import Space, Statement
from dasdsl.operations.core.axes import Axis
from dasdsl.operations.core.decisions import OneOf, Outcomes
from dasdsl.operations.core.filters import Filter
from dasdsl.operations.core.kernel import Kernel, gather
from dasdsl.operations.core.operation import Cost
from dasdsl.operations.core.values import Pattern
from dasdsl.operations.core.windowed import Windowed


@dataclass(frozen=True, slots=True)
class Layer:
    """What is left of one layer with a kernel, in positions and outputs of the largest.

    `outputs` and `inputs` are those that are left, in their new order. `patterns` say which new inputs each new output
    reads. `folded` are positions whose constants move into the bias.
    """

    outputs: tuple[int, ...]
    inputs: tuple[int, ...]
    patterns: tuple[Pattern, ...]
    folded: tuple[int, ...]


@dataclass(frozen=True)
class Closing:
    """A closed architecture, and how it is cut out of the largest.

    `kept`: for each node, the positions of its input axis that are left, in their new order. `filters`: for each
    operation that has one, the filter that is left of its dense kernel. `nodes`: the nodes that are left, in the order
    of the nodes of the closed space.
    """

    space: Space
    layers: Mapping[str, Layer]
    kept: Mapping[str, tuple[int, ...]]
    filters: Mapping[str, Filter]
    nodes: tuple[str, ...]

    @property
    def cost(self) -> Cost:
        """Params and MACs of the closed architecture."""
        return elaborate(self.space).cost


def close(program: Program, outcomes: Outcomes, found: Mapping[str, object] | None = None) -> Closing:
    """Close a space by the outcomes of its decisions.

    `found` is what the header of the architecture says about where it comes from.
    Raises: Collapsed where a layer would read nothing.
    """
    left = solve(program, outcomes)
    orders = order(program, left)
    kept = {node.name: _read_by(node, orders) for node in program.nodes}
    layers = {node.name: _layer(node, left, orders, kept[node.name]) for node in program.nodes if node.kernel}
    closed = {node.name: _statement(node, layers.get(node.name), outcomes) for node in program.nodes}
    header = program.space.header
    trees = _living(program.tree, {node.name: bool(kept_of(node.axis, orders)) for node in program.nodes})
    space = Space.closed(header.name, header.input, tuple(_written(tree, closed) for tree in trees), found)
    filters = {
        node.name: node.op.chosen(node.site, outcomes) for node in program.nodes if isinstance(node.op, Windowed)
    }
    return Closing(space, layers, kept, filters, tuple(_nodes(trees)))


def _statement(node: Node, layer: Layer | None, outcomes: Outcomes) -> Statement:
    """What a node's statement becomes, without its block."""
    op = closed_filter(node, node.op, outcomes)
    if layer is not None and isinstance(op, Kernel):
        op = op.connected(layer.patterns, len(layer.inputs), len(layer.outputs))
    values = {spec.name: getattr(op, spec.name) for spec in op.fields}
    return Statement.of(op.words, values, label=node.statement.label)


def _living(trees: tuple[Tree, ...], alive: Mapping[str, bool]) -> tuple[Tree, ...]:
    """The trees without paths of which no channel is left (they can only stand in a `concat:`)."""
    out: list[Tree] = []
    for tree in trees:
        last = tree.body[-1].node if tree.node is None and tree.body else None
        if last is None or alive[last]:
            out.append(replace(tree, body=_living(tree.body, alive)))
    return tuple(out)


def _written(tree: Tree, closed: Mapping[str, Statement]) -> Statement:
    """A statement with its block."""
    own = Statement(tree.statement.words, tree.statement.fields, tree.statement.label)
    head = own if tree.node is None else closed[tree.node]
    return replace(head, body=tuple(_written(inner, closed) for inner in tree.body))


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
    out: list[int] = []
    start = 0
    for part in axis.parts:
        where = {channel: start + index for index, channel in enumerate(part.channels)}
        out.extend(where[channel] for channel in orders[part.source] if channel in where)
        start += len(part.channels)
    return tuple(out)


def _layer(node: Node, left: Liveness, orders: Orders, kept: tuple[int, ...]) -> Layer:
    place = {position: index for index, position in enumerate(kept)}
    outputs = orders[node.name]
    sets = tuple(tuple(sorted(place[p] for p in left.sets[node.name][output])) for output in outputs)
    return Layer(
        outputs=outputs,
        inputs=kept,
        patterns=gather(sets),
        folded=tuple(sorted(left.folded[node.name])),
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
