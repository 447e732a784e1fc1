"""A closed network with spare channels: each layer makes more than it did, and who reads which is open.

Only the inside grows. Where someone counts on how many channels there are (the network's input and output, patterns,
ordinary groups, layers that have to read all), they stay as many. A layer that lists what it reads lists nothing any
more, unless a part of it stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dasdsl.ir.assembling import assemble, untied
from dasdsl.ir.program import INPUT, Node, Program
from dasdsl.ir.scopes import End, Inside, Placed
from dasdsl.operations.core.axes import Axis, Site
from dasdsl.operations.core.kernel import Kernel
from dasdsl.operations.core.operation import Operation
from dasdsl.operations.core.problems import Refused
from dasdsl.operations.core.values import Patterns, UpTo, limit


def with_spare(program: Program, times: float) -> Program | None:
    """The same operations, with so many times the channels inside, by the same names; None where none can be more."""
    kept = _kept(program)
    ops: dict[str, Operation] = {}
    for node in program.nodes:
        if not isinstance(node.op, Kernel):
            continue
        more = {} if node.name in kept else {"channels": UpTo(round(times * limit(node.op.channels)))}
        freed = {"reads": None} if _lists(node) and not kept.intersection(node.site.axis.sources) else {}
        if more or freed:
            ops[node.name] = replace(node.op, **more, **freed)
    return _replaced(program, ops) if any(name not in kept for name in ops) else None


def _lists(node: Node) -> bool:
    """Whether a layer lists what it reads."""
    return isinstance(node.op, Kernel) and isinstance(node.op.reads, tuple)


def _kept(program: Program) -> frozenset[str]:
    """The sources whose number of channels stays, and those that are tied to them."""
    kept = {INPUT, *program.output.axis.sources, *program.ties.crooked}
    for node in program.nodes:
        op, units = node.op, node.site.axis.units
        if op.pins or op.ordered or (isinstance(op, Kernel) and isinstance(op.groups, Patterns)):
            kept.update((node.name, *node.site.axis.sources))
        elif (isinstance(op, Kernel) and op.reads == "all") or (_lists(node) and len(set(units)) < len(units)):
            kept.update(node.site.axis.sources)
    listed = [frozenset(node.site.axis.sources) for node in program.nodes if _lists(node)]
    while True:
        tied = {member for name in kept for member in program.ties.group(name)}
        kept = tied.union(*(sources for sources in listed if sources & tied))
        if kept == tied:
            return frozenset(tied)


def _replaced(program: Program, ops: Mapping[str, Operation]) -> Program | None:
    """The network with these operations in the places of those of their names; None where they do not fit together."""
    space = program.space
    ends = {INPUT: End(INPUT, space.input, Axis.of(INPUT, space.input[0]))}
    placed: list[Placed] = []
    for node in program.nodes:
        op, read = ops.get(node.name, node.op), [ends[name] for name in node.inputs]
        site = Site(node.name, tuple(end.shape for end in read), tuple(end.axis for end in read), decides=node.name)
        try:
            ends[node.name] = End(node.name, op.shape(site.shapes), op.axis(site))
            op.check(site)
        except Refused:
            return None
        placed.append(
            Placed(site, op, node.inputs, ends[node.name].shape, ends[node.name].axis, node.statement, Inside({}))
        )
    if untied(placed):
        return None
    return assemble(space, placed, program.tree)[0]
