"""From an architecture up to a limit: channels come back evenly in all layers, and sides grow with them.

Of each source those come back first whose kernels are strongest: a channel that was decided against late in the
search has learnt something.
"""

from __future__ import annotations

from dasdsl.ir.counting import count
from dasdsl.ir.limit import Limit
from dasdsl.ir.program import Program
from dasdsl.layers.gated import GatedKernel
from dasdsl.lowering.composite import CompositeModel
from dasdsl.operations.core.axes import Unit
from dasdsl.operations.core.decisions import Assignment, OneOf, Outcome, Outcomes, Subset
from dasdsl.search.moves.connections import read_of, sets_of

ROOM = 1.25
"""How much more than the limit it then costs, so that shaving has something to choose from."""
PARTS = 64
"""How finely the part that comes back is looked for."""

Key = tuple[Unit, ...]


def filled(model: CompositeModel, limit: Limit, largest: Outcomes) -> Outcomes:
    """The outcomes of a decided network with as much of `largest` as costs somewhat more than the limit."""
    program, now = model.program, model.outcomes()
    roomy = type(limit)(**{what: int(ROOM * most) for what, most in limit.entries.items()})
    ranks = _ranks(model, now)
    low, high = 0, PARTS
    while high - low > 1:
        middle = (low + high) // 2
        if roomy.met(count(program, _with(program, now, largest, ranks, middle / PARTS))):
            low = middle
        else:
            high = middle
    found = _with(program, now, largest, ranks, high / PARTS)
    # where branches differ, the largest has others than the trained network
    return largest if limit.met(count(program, found)) else found


def _ranks(model: CompositeModel, now: Outcomes) -> dict[Key, float]:
    """For each channel that is not read, which part of its source's has come back when it does: 0 to 1."""
    program = model.program
    read: set[Key] = set()
    offered: dict[str, set[Key]] = {}
    for node in program.nodes:
        units = node.site.axis.units
        for decision in node.decisions:
            if isinstance(decision, OneOf):
                continue
            there = _there(now[decision.name], decision)
            for position in decision.positions if isinstance(decision, Subset) else range(decision.inputs):
                key = program.ties.of(units[position])
                offered.setdefault(key[0][0], set()).add(key)
                if position in there:
                    read.add(key)
    layers = {node.name: module for node, module in model.layers()}

    def strength(key: Key) -> float:
        module = layers.get(key[0][0])
        return float(module.weight.detach()[key[0][1]].norm()) if isinstance(module, GatedKernel) else 0.0

    ranks: dict[Key, float] = {}
    for keys in offered.values():
        missing = sorted(keys - read, key=lambda key: (-strength(key), key))
        ranks |= {key: (number + 1) / len(missing) for number, key in enumerate(missing)}
    return ranks


def _there(outcome: Outcome, decision: Subset | Assignment) -> set[int]:
    if isinstance(decision, Subset):
        return set(read_of(outcome))
    return {position for chosen in sets_of(outcome) for position in chosen}


def _with(program: Program, now: Outcomes, largest: Outcomes, ranks: dict[Key, float], part: float) -> Outcomes:
    """What a network is with this part of all that is missing; channels that someone reads are then read by all."""
    out: Outcomes = {}
    for decision in program.decisions:
        before, most = now[decision.name], largest[decision.name]
        out[decision.name] = _nearer(before, most, part) if isinstance(decision, OneOf) and decision.nested else before
    for node in program.nodes:
        units = node.site.axis.units
        for decision in node.decisions:
            if isinstance(decision, OneOf):
                continue
            offered = decision.positions if isinstance(decision, Subset) else range(decision.inputs)
            back = {p for p in offered if ranks.get(program.ties.of(units[p]), 0.0) <= part} if part > 0 else set[int]()
            if isinstance(decision, Subset):
                out[decision.name] = tuple(sorted({*read_of(now[decision.name]), *back}))
            else:
                sets = sets_of(now[decision.name])
                distinct = {chosen: tuple(sorted({*chosen, *back})) for chosen in sets}
                out[decision.name] = tuple(distinct[chosen] for chosen in sets)
    return out


def _nearer(before: Outcome, most: Outcome, part: float) -> int:
    """An index so far on the way from one to another."""
    assert isinstance(before, int)
    assert isinstance(most, int)
    return before + round(part * (most - before))
