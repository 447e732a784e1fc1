"""A program without the channels, taps and branches that outcomes leave out, node by node: nothing is written anew.

Closing makes a text of outcomes and lets go of everything that it need not say. Here the nodes stay what they are, each
smaller, and choices between branches that are still open stay open: this is what a network is trained on meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dasdsl.frozen import frozen
from dasdsl.ir.closing import kept_of
from dasdsl.ir.liveness import Liveness, closed_filter, solve
from dasdsl.ir.program import INPUT, Node, Program
from dasdsl.ir.selecting import select
from dasdsl.operations.core.axes import Axis, Part, Shape, Site
from dasdsl.operations.core.decisions import Outcomes
from dasdsl.operations.core.filters import Filter
from dasdsl.operations.core.kernel import changed, gather
from dasdsl.operations.core.windowed import Windowed


@frozen
class Narrowed:
    """A smaller program of the same nodes, and what each of them is of the node that it was.

    `whole` are the nodes as they were, by name. `kept`: the positions of its input axis that are left, ascending.
    `outputs`: for each layer with a kernel, the channels that are left. `filters`: the part of a filter that is left.
    `idle` layers read nothing, but keep one input, with weights of zero.
    """

    program: Program
    whole: Mapping[str, Node]
    kept: Mapping[str, tuple[int, ...]]
    outputs: Mapping[str, tuple[int, ...]]
    filters: Mapping[str, Filter]
    idle: frozenset[str]


def narrowed(program: Program, outcomes: Outcomes) -> Narrowed:
    """What the outcomes leave; choices between branches and depths that they do not name stay open.

    Raises: Collapsed where the output does not depend on the input.
    """
    chosen = select(program, outcomes)
    # constants are those of evaluation
    left = solve(chosen, outcomes, fold=False)
    kept = {node.name: kept_of(node.site.axis, left.live) for node in chosen.nodes}
    narrowing = _Narrowing(outcomes, left, kept)
    shapes: dict[str, Shape] = {INPUT: chosen.space.input}
    nodes: list[Node] = []
    for node in chosen.nodes:
        nodes.append(narrowing.node(node, tuple(shapes[name] for name in node.inputs)))
        shapes[node.name] = nodes[-1].shape
    return Narrowed(
        program=replace(chosen, nodes=tuple(nodes)),
        whole={node.name: node for node in chosen.nodes},
        kept=kept,
        outputs={node.name: left.live[node.name] for node in chosen.nodes if node.kernel},
        filters={n.name: n.op.chosen(n.site, outcomes) for n in chosen.nodes if isinstance(n.op, Windowed)},
        idle=left.idle,
    )


@frozen
class _Narrowing:
    """Nodes → smaller nodes, in order."""

    outcomes: Outcomes
    left: Liveness
    kept: Mapping[str, tuple[int, ...]]

    def node(self, node: Node, shapes: tuple[Shape, ...]) -> Node:
        """A node with what is left of it, whose inputs have these shapes. Nothing about its own weights is open."""
        op = closed_filter(node, node.op, self.outcomes)
        axes = tuple(map(self.axis, node.site.axes))
        site = Site(node.name, shapes, axes, pinned=True, decides=node.site.decides)
        if node.kernel is not None:
            live, place = self.left.live[node.name], {old: new for new, old in enumerate(self.kept[node.name])}
            sets = [self.left.sets[node.name][output] for output in live]
            patterns = gather(changed(sets, lambda chosen: tuple(sorted(place[position] for position in chosen))))
            assert isinstance(op, type(node.kernel)), op
            op = op.connected(patterns, len(place), len(live))
        else:
            op = op.left(self.kept[node.name], len(node.site.axis))
        axis = self.axis(node.axis)
        shape = (sum(axis.spreads), *node.shape[1:])
        return replace(node, op=op, site=site, shape=shape, axis=axis, decisions=(), cost=op.cost(site))

    def axis(self, axis: Axis) -> Axis:
        """The channels of an axis that are left."""
        live = {source: set(self.left.live[source]) for source in axis.sources}
        parts = (
            Part(part.source, tuple(one for one in part.channels if one in live[part.source]), part.spread)
            for part in axis.parts
        )
        return Axis(tuple(part for part in parts if part.channels))
