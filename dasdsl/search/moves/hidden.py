"""Hidden channels: those that can be moved along space, since layers on both sides can make up for it."""

from __future__ import annotations

from collections.abc import Iterator

from dasdsl.frozen import frozen
from dasdsl.ir.program import Node, Program
from dasdsl.operations.core.axes import Unit
from dasdsl.operations.core.pooling import Pool
from dasdsl.operations.core.windowed import Windowed


@frozen
class Hidden:
    """A channel, with all that it is tied to, between kernels.

    `producers` are (layer, output) that make it, `readers` (layer, position) that read it.
    """

    units: tuple[Unit, ...]
    producers: tuple[Unit, ...]
    readers: tuple[Unit, ...]


def hidden(program: Program, name: str) -> Iterator[Hidden]:
    """The hidden channels that a layer makes or reads."""
    node = program[name]
    for source in dict.fromkeys((*((name,) if node.kernel is not None else ()), *node.site.axis.sources)):
        readers = _readers(program, frozenset(program.ties.group(source)))
        if readers is None:
            continue
        for channel in range(program.sources[source].size):
            units = program.ties.of((source, channel))
            read = (
                (other.name, position)
                for other in readers
                for position, unit in enumerate(other.site.axis.units)
                if unit in units
            )
            yield Hidden(units, units, tuple(read))


def _readers(program: Program, group: frozenset[str]) -> list[Node] | None:
    """The layers that read tied sources; None where one of them, or of what stands between, cannot be moved."""
    producers = {node.name: node for node in program.nodes if node.kernel is not None}
    if not all(member in producers and _moves(producers[member]) for member in group):
        return None
    touched = [node for node in program.nodes if any(group & set(axis.sources) for axis in node.site.axes)]
    if group & set(program.output.axis.sources) or not all(_passes(node) for node in touched):
        return None
    return [node for node in touched if node.kernel is not None]


def _moves(node: Node) -> bool:
    """Whether what it makes moves with its kernel, tap by tap."""
    op = node.op
    return isinstance(op, Windowed) and set(op.sliding(node.site.shape).stride) == {1} and _undilated(node)


def _passes(node: Node) -> bool:
    """Whether it reads by a kernel that can be moved, or leaves everything where it is."""
    if set(node.site.axis.spreads) != {1} or isinstance(node.op, Pool):
        return False
    if node.kernel is not None:
        return isinstance(node.op, Windowed) and _undilated(node)
    return node.shape[1:] == node.site.shape[1:]


def _undilated(node: Node) -> bool:
    """Whether neighbouring taps look at neighbouring places."""
    return isinstance(node.op, Windowed) and set(node.op.sliding(node.site.shape).dilation) == {1}
