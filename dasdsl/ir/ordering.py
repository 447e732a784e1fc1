"""Renumbering channels so that patterns print as short ranges (method: inverse pass, 5)."""

from __future__ import annotations

from collections.abc import Mapping

from dasdsl.ir.liveness import Liveness
from dasdsl.ir.program import INPUT, Node, Program
from dasdsl.operations.core.kernel import gather

Orders = Mapping[str, tuple[int, ...]]
"""For each source, its live channels in their new order."""


def order(program: Program, left: Liveness) -> Orders:
    """A new order of the channels of every source.

    Outputs that share a pattern stand together. Where the layer's own patterns and its reader's disagree, a pattern
    that can become an ordinary grouped convolution goes first. The network's input and output keep their order,
    and so do channels whose order an operation depends on.
    """
    ordered = {name for node in program.nodes if node.op.ordered for name in node.site.axis.sources}
    kept = {INPUT, *program.output.axis.sources, *ordered, *program.ties.crooked}
    fixed = {member for name in kept for member in program.ties.group(name)}
    orders: dict[str, tuple[int, ...]] = {}
    for name, channels in left.live.items():
        if name in orders:
            continue
        # tied sources are renumbered alike, by the first of them
        found = channels if name in fixed else _order(program, name, left)
        orders |= dict.fromkeys(program.ties.group(name), found) if name not in fixed else {name: found}
    return orders


def _order(program: Program, name: str, left: Liveness) -> tuple[int, ...]:
    own, regular = _own(program[name], left)
    read = _read(program, name, left)

    def key(channel: int) -> tuple[int, int, int]:
        mine, theirs = own.get(channel, 0), read.get(channel, 0)
        return (mine, theirs, channel) if regular or not read else (theirs, mine, channel)

    return tuple(sorted(left.live[name], key=key))


def _own(node: Node, left: Liveness) -> tuple[dict[int, int], bool]:
    """The pattern of each live output, and whether the patterns are regular."""
    if node.name not in left.sets:
        return {}, False
    channels = left.live[node.name]
    patterns = gather(tuple(left.sets[node.name][channel] for channel in channels))
    own = {channels[index]: number for number, pattern in enumerate(patterns) for index in pattern.outputs}
    return own, _regular([set(p.inputs) for p in patterns], [len(p.outputs) for p in patterns])


def _read(program: Program, source: str, left: Liveness) -> dict[int, int]:
    """The pattern in which each channel is read, by the first reader whose patterns are regular."""
    for node in program.nodes:
        if node.kernel is None or source not in node.site.axis.sources or not left.live[node.name]:
            continue
        patterns = gather(tuple(left.sets[node.name][output] for output in left.live[node.name]))
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
