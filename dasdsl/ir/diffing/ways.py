"""The ways by which channels come: one that passes `relu` in one branch and `tanh` in another comes in two ways."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace

from dasdsl.ir.program import INPUT, Node, Program
from dasdsl.operations.core.axes import Axis, Part

Ways = Mapping[str, tuple[int, ...]]
"""For each node, and for the input, the way of each position of its output's axis; where there is but one, it is 0."""


def ways(program: Program, ids: Mapping[str, int], numbers: dict[Hashable, int]) -> Ways:
    """The ways of a network, in which nodes are called by `ids`; equal ways get equal `numbers`."""
    found: dict[str, tuple[int, ...]] = {INPUT: (0,) * program.sources[INPUT].size}
    numbers.setdefault((), 0)
    for node in program.nodes:
        found[node.name] = _through(node, [found[name] for name in node.inputs], ids, numbers)
    return found


def _through(
    node: Node, read: Sequence[tuple[int, ...]], ids: Mapping[str, int], numbers: dict[Hashable, int]
) -> tuple[int, ...]:
    if node.op.produces is not None:
        return (0,) * len(node.axis)
    if node.axis is node.site.axis:
        # passed on as it is
        return read[0]
    if len(read) == 1:
        return tuple(read[0][position] for _, position in _origins(node))
    branches = [ids.get(name, len(ids)) for name in node.inputs]
    if node.op.ties(node.site.axes):
        joined = (frozenset(zip(branches, several, strict=True)) for several in zip(*read, strict=True))
    else:
        joined = ((branches[branch], read[branch][position]) for branch, position in _origins(node))
    return tuple(numbers.setdefault(way, len(numbers)) for way in joined)


def _origins(node: Node) -> list[tuple[int, int]]:
    """Where each position of a node's output comes from: which input, and which position of that."""
    marked = tuple(
        Axis(tuple(Part(str(number), (position,), spread) for position, spread in enumerate(axis.spreads)))
        for number, axis in enumerate(node.site.axes)
    )
    made = node.op.axis(replace(node.site, axes=marked))
    return [(int(source), position) for source, position in made.units]
