"""The largest and the smallest architecture of a space, as outcomes of its decisions.

Largest is plain: everything at its most. Smallest needs care: an output that reads nothing is a constant, and a layer
of which only constants are read collapses. So the one channel that a layer still reads depends on the network's input,
and where patterns may differ only one output reads anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from dasdsl.ir.program import INPUT, Node, Program
from dasdsl.operations.core.decisions import Assignment, OneOf, Outcomes, Subset
from dasdsl.operations.core.kernel import Sets


def largest(program: Program) -> Outcomes:
    """Every decision at its largest."""
    out: Outcomes = {}
    for decision in program.decisions:
        match decision:
            case OneOf():
                out[decision.name] = _extreme(decision, largest=True)
            case Subset(positions=positions):
                out[decision.name] = positions
            case Assignment(inputs=inputs, outputs=outputs):
                out[decision.name] = (tuple(range(inputs)),) * outputs
    return out


def smallest(program: Program) -> Outcomes:
    """Every decision at its smallest: the smallest filters, the fewest channels, one channel read by each layer."""
    out = largest(program)
    out |= {d.name: _extreme(d, largest=False) for d in program.decisions if isinstance(d, OneOf)}
    able = _dependent(program, out)
    needed: dict[str, set[int]] = {name: set() for name in program.sources}
    for source, channel in program.output.axis.units:
        needed[source].add(channel)
    for node in reversed(program.nodes):
        outputs = needed[node.name] if node.kernel else set[int]()
        for decision in node.decisions:
            match decision:
                case Subset(positions=positions):
                    out[decision.name] = (_cheapest(node, positions, able),)
                case Assignment():
                    read = (_cheapest(node, tuple(range(decision.inputs)), able),)
                    out[decision.name] = _assigned(decision, read, outputs)
                case OneOf():
                    pass
        for source, channel in _reads(node, outputs, out):
            needed[source].add(channel)
    return out


def _extreme(decision: OneOf, *, largest: bool) -> int:
    """The index of the option that makes the network largest or smallest."""

    def weight(index: int) -> int:
        option = decision.options[index]
        size = option if isinstance(option, int) else prod(option)
        # more groups are fewer connections
        return -size if decision.role == "groups" else size

    indices = range(len(decision.options))
    return max(indices, key=weight) if largest else min(indices, key=weight)


def _dependent(program: Program, outcomes: Outcomes) -> dict[str, dict[int, int]]:
    """For each source, the channels that depend on the network's input, with how many such channels each reads."""
    able: dict[str, dict[int, int]] = {INPUT: dict.fromkeys(range(program.sources[INPUT].size), 0)}
    for node in program.nodes:
        if node.kernel is not None:
            units = node.site.axis.units
            reading = [sum(_is_able(able, units[p]) for p in chosen) for chosen in _sets(node, outcomes)]
            able[node.name] = {output: count for output, count in enumerate(reading) if count}
    return able


def _is_able(able: Mapping[str, Mapping[int, int]], unit: tuple[str, int]) -> bool:
    source, channel = unit
    return channel in able[source]


def _sets(node: Node, outcomes: Outcomes) -> Sets:
    assert node.kernel is not None
    return node.kernel.sets(node.site, outcomes)


def _cheapest(node: Node, positions: Sequence[int], able: Mapping[str, Mapping[int, int]]) -> int:
    """The position whose channel reads the fewest others, of those that depend on the input; the first of equals."""
    units = node.site.axis.units
    usable = [position for position in positions if _is_able(able, units[position])]

    def reading(position: int) -> int:
        source, channel = units[position]
        return able[source][channel]

    return min(usable, key=reading) if usable else positions[0]


def _assigned(decision: Assignment, read: tuple[int, ...], needed: set[int]) -> Sets:
    """All outputs in the one pattern; where there are more, one output that is needed reads, the others nothing."""
    if decision.patterns == 1:
        return (read,) * decision.outputs
    reader = min(needed, default=0)
    return tuple(read if output == reader else () for output in range(decision.outputs))


def _reads(node: Node, outputs: set[int], outcomes: Outcomes) -> list[tuple[str, int]]:
    """The channels that a node reads to make these outputs."""
    units = node.site.axis.units
    if node.kernel is None:
        return list(units) if node.op.pins else []
    sets = _sets(node, outcomes)
    return [units[position] for output in outputs for position in sets[output]]
