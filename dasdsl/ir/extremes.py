"""The largest and the smallest architecture of a space, as outcomes of its decisions.

Largest is plain: everything at its most. Smallest needs care: an output that reads nothing is a constant, and a layer
of which only constants are read collapses. So the one channel that a layer still reads depends on the network's input,
and where patterns may differ only one output reads anything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from math import prod

from dasdsl.ir.branching import Branches, Measure, by_params, passing, reading
from dasdsl.ir.liveness import Collapsed, closed_filter, read_by, solve, steady_sources
from dasdsl.ir.program import INPUT, Node, Program
from dasdsl.ir.selecting import select
from dasdsl.ir.sparing import spine
from dasdsl.ir.trying import branches_tried, cheapest, shared_tried
from dasdsl.operations.core.axes import Unit
from dasdsl.operations.core.decisions import Assignment, Decision, OneOf, Outcome, Outcomes, Subset
from dasdsl.operations.core.kernel import Sets, distinct


def largest(program: Program, measure: Measure = by_params) -> Outcomes:
    """Every decision at its largest; of branches the one that costs most (in large spaces: at its largest)."""
    if not program.decisions:
        return {}
    picks: Outcomes = dict(Branches(program, lambda node: node.cost, max, measure).run().picked(passing(program)))
    out: Outcomes = {}
    for decision in program.decisions:
        match decision:
            case OneOf(name=name):
                out[name] = picks[name] if name in picks else _extreme(decision, largest=True)
            case Subset(positions=positions):
                out[decision.name] = positions
            case Assignment(inputs=inputs, outputs=outputs):
                out[decision.name] = (tuple(range(inputs)),) * outputs
    out = shared_tried(program, out, max, measure)
    return branches_tried(program, {name: out[name] for name in picks}, out.__or__, max, measure)


def smallest(program: Program, measure: Measure = by_params) -> Outcomes:
    """Every decision at its smallest: the smallest filters, the fewest channels, one channel read by each layer.

    Of branches it is the one that costs least; in large spaces the one whose layers cost least with their smallest
    filters. Beside the layers that the output needs (`sparing`) layers read nothing.
    """
    if not program.decisions:
        return {}
    most = largest(program, measure)
    least = most | {d.name: _extreme(d, largest=False) for d in program.decisions if isinstance(d, OneOf)}
    costs = {node.name: closed_filter(node, node.op, least).cost(node.site) for node in program.nodes}
    picks = reading(Branches(program, lambda node: costs[node.name], min, measure).run())
    return branches_tried(
        program, dict(picks), lambda picks: _settled(program, picks, most, least, measure), min, measure
    )


def _settled(program: Program, picks: Outcomes, most: Outcomes, least: Outcomes, measure: Measure) -> Outcomes:
    """The smallest of these choices between branches.

    Where a layer that the output needs would read constants only (a small filter pads nothing, so that they fold), its
    decisions stay at their largest, unless it costs less idle, as it can behind a pattern that is told to read them.
    """
    chosen = select(program, least | picks)
    needed = spine(chosen, least, measure)
    out = _smallest(chosen, least | picks, needed, measure)
    idling: list[Outcomes] = []
    while True:
        try:
            idle = solve(chosen, out).idle & needed
            idling += [out] if idle else []
        except Collapsed as collapse:
            idle = frozenset({collapse.layer})
        larger = {d.name: most[d.name] for name in idle for d in chosen[name].decisions if d.name not in picks}
        if all(out[name] == outcome for name, outcome in larger.items()):
            found = most if idle else out
            return cheapest(program, [found, *idling], measure) if idling else found
        out = out | larger


def _smallest(program: Program, outcomes: Outcomes, spine: Collection[str], measure: Measure) -> Outcomes:
    silent = {node.name for node in program.nodes if node.kernel and node.name not in spine}
    out = outcomes | {
        d.name: nothing for name in silent for d in program[name].decisions if (nothing := _nothing(d)) is not None
    }
    best = _best(program, _dependent(program, out), silent)
    needed: dict[str, set[int]] = {name: set() for name in program.sources}
    _need(program, needed, program.output.axis.units)
    for node in reversed(program.nodes):
        outputs = needed[node.name] if node.kernel else set[int]()
        for decision in () if node.name in silent else node.decisions:
            match decision:
                case Subset(positions=positions):
                    read = () if _reads_anyway(node, positions, best) else (_cheapest(node, positions, best, needed),)
                    out[decision.name] = read
                case Assignment():
                    read = (_cheapest(node, range(decision.inputs), best, needed),)
                    out[decision.name] = _assigned(decision, read, best.get(node.name, 0), outputs)
                case OneOf():
                    pass
        _need(program, needed, _reads(node, outputs, out))
    return shared_tried(program, out, min, measure)


def _nothing(decision: Decision) -> Outcome | None:
    """What a decision becomes where nothing is read, None where it is not about that."""
    match decision:
        case Subset():
            return ()
        case Assignment(outputs=outputs):
            return ((),) * outputs
        case OneOf():
            return None


def _reads_anyway(node: Node, positions: Collection[int], best: Mapping[str, int]) -> bool:
    """Whether a layer depends on the network's input by channels that are not searched."""
    searched = set(positions)
    return any(unit[0] in best for position, unit in enumerate(node.site.axis.units) if position not in searched)


def _need(program: Program, needed: dict[str, set[int]], units: Iterable[Unit]) -> None:
    """These channels, and those that are tied to them."""
    for unit in units:
        if unit[1] not in needed[unit[0]]:
            for source, channel in program.ties.of(unit):
                needed[source].add(channel)


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
    steady = steady_sources(program)
    for node in program.nodes:
        if node.kernel is not None:
            # behind a norm over all channels a constant is none any more
            unsteady = set(node.site.axis.sources) - steady[node.inputs[0]]
            usable = [unit[0] in unsteady or _is_able(able, unit) for unit in node.site.axis.units]
            sets = _sets(node, outcomes)
            counts = {id(chosen): sum(usable[position] for position in chosen) for chosen in distinct(sets)}
            able[node.name] = {output: counts[id(chosen)] for output, chosen in enumerate(sets) if counts[id(chosen)]}
    return able


def _is_able(able: Mapping[str, Mapping[int, int]], unit: Unit) -> bool:
    source, channel = unit
    return channel in able[source]


def _sets(node: Node, outcomes: Outcomes) -> Sets:
    assert node.kernel is not None
    return node.kernel.sets(node.site, outcomes)


def _best(program: Program, able: Mapping[str, Mapping[int, int]], silent: Collection[str]) -> dict[str, int]:
    """For each source the channel to keep: with all that it is tied to, it reads the least; the first of equals.

    What is tied to it depends on the input too, but for what `silent` layers make.
    """
    best: dict[str, int] = {}
    totals: dict[Unit, int | None] = {}
    for source, counts in able.items():
        if counts and source not in program.ties.groups:
            best[source] = min(counts, key=counts.__getitem__)
            continue
        reading: dict[int, int] = {}
        for channel in counts:
            units = program.ties.of((source, channel))
            if units[0] not in totals:
                usable = all(unit[0] in silent or _is_able(able, unit) for unit in units)
                totals[units[0]] = sum(able[name].get(number, 0) for name, number in units) if usable else None
            total = totals[units[0]]
            if total is not None:
                reading[channel] = total
        if reading:
            best[source] = min(reading, key=reading.__getitem__)
    return best


def _cheapest(node: Node, positions: Sequence[int], best: Mapping[str, int], needed: Mapping[str, set[int]]) -> int:
    """The position to read: the best channel of a source, of one that is needed anyway if there is any."""
    units = node.site.axis.units
    usable = [position for position in positions if best.get(units[position][0]) == units[position][1]]
    return min(usable, key=lambda position: not needed[units[position][0]], default=positions[0])


def _assigned(decision: Assignment, read: tuple[int, ...], best: int, needed: set[int]) -> Sets:
    """All outputs in the one pattern; where there are more, one output that is needed reads, the others nothing."""
    if decision.patterns == 1:
        return (read,) * decision.outputs
    reader = best if best in needed else min(needed, default=0)
    return tuple(read if output == reader else () for output in range(decision.outputs))


def _reads(node: Node, outputs: set[int], outcomes: Outcomes) -> list[Unit]:
    """The channels that a node reads to make these outputs."""
    if node.kernel is None:
        return list(node.site.axis.units) if node.op.pins else []
    units = node.site.axis.units
    return [units[position] for position in read_by(_sets(node, outcomes), outputs)]
