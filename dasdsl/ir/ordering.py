"""Renumbering channels so that patterns print as short ranges (method: inverse pass, 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dasdsl.ir.liveness import Liveness
from dasdsl.ir.program import INPUT, Node, Program
from dasdsl.operations.core.kernel import gather
from dasdsl.operations.core.values import Pattern

Orders = Mapping[str, tuple[int, ...]]
"""For each source, its live channels in their new order."""


ROUNDS = 8
"""Rounds after which orders are taken as they are; two or three are the rule."""


def order(program: Program, left: Liveness) -> Orders:
    """A new order of the channels of every source.

    Outputs that share a pattern stand together. Where the layer's own patterns and its reader's disagree, a pattern
    that can become an ordinary grouped convolution goes first. The network's input and output keep their order,
    and so do channels whose order an operation depends on. Patterns are numbered as they appear, so one order bears
    upon another; rounds go on until nothing moves, so that an architecture that is printed keeps its order.
    """
    ordered = {name for node in program.nodes if node.op.ordered for name in node.site.axis.sources}
    kept = {INPUT, *program.output.axis.sources, *ordered, *program.ties.crooked}
    fixed = {member for name in kept for member in program.ties.group(name)}
    readers = _readers(program)
    orders: Orders = left.live
    for _ in range(ROUNDS):
        before, orders = orders, _round(program, left, orders, fixed, readers)
        if orders == before:
            break
    return orders


def _round(
    program: Program, left: Liveness, before: Orders, fixed: set[str], readers: Mapping[str, list[Node]]
) -> Orders:
    orders: dict[str, tuple[int, ...]] = {}
    for name, channels in left.live.items():
        if name in fixed:
            orders[name] = channels
        elif name not in orders:
            # tied sources are renumbered alike, by the first of them
            found = _order(program[name], left, before, readers.get(name, ()))
            orders |= dict.fromkeys(program.ties.group(name), found)
    return orders


def _readers(program: Program) -> dict[str, list[Node]]:
    """For each source, the layers with a kernel that read it."""
    readers: dict[str, list[Node]] = {}
    for node in program.nodes:
        if node.kernel is not None:
            for source in node.site.axis.sources:
                readers.setdefault(source, []).append(node)
    return readers


def _order(node: Node, left: Liveness, before: Orders, readers: Iterable[Node]) -> tuple[int, ...]:
    own, regular = _own(node, left, before)
    read = _read(readers, node.name, left, before)

    def key(channel: int) -> tuple[int, int]:
        mine, theirs = own.get(channel, 0), read.get(channel, 0)
        return (mine, theirs) if regular or not read else (theirs, mine)

    return tuple(sorted(before[node.name], key=key))


def _patterns(node: Node, left: Liveness, orders: Orders) -> tuple[Pattern, ...]:
    """Which inputs each output reads, the outputs in this order; positions stay those of the largest."""
    return gather(tuple(left.sets[node.name][output] for output in orders[node.name]))


def _own(node: Node, left: Liveness, orders: Orders) -> tuple[dict[int, int], bool]:
    """The pattern of each live output, and whether the patterns are regular."""
    if node.name not in left.sets:
        return {}, False
    patterns = _patterns(node, left, orders)
    channels = orders[node.name]
    own = {channels[index]: number for number, pattern in enumerate(patterns) for index in pattern.outputs}
    return own, _regular([set(p.inputs) for p in patterns], [len(p.outputs) for p in patterns])


def _read(readers: Iterable[Node], source: str, left: Liveness, orders: Orders) -> dict[int, int]:
    """The pattern in which each channel is read, by the first reader whose patterns are regular."""
    for node in readers:
        if not left.live[node.name]:
            continue
        patterns = _patterns(node, left, orders)
        if _regular([set(p.inputs) for p in patterns], [len(p.outputs) for p in patterns]):
            units = node.site.axis.units
            return {
                units[position][1]: number
                for number, pattern in enumerate(patterns)
                for position in pattern.inputs
                if units[position][0] == source
            }
    return {}


def _regular(inputs: list[set[int]], outputs: list[int]) -> bool:
    """Whether patterns are disjoint and of equal sizes: what an ordinary grouped convolution can be."""
    return (
        len(inputs) > 1
        and len({len(chosen) for chosen in inputs}) == 1
        and len(set(outputs)) == 1
        and len(set().union(*inputs)) == sum(len(chosen) for chosen in inputs)
        and all(inputs)
    )
