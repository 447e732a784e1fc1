"""Choices of which no rule tells which is more: they are tried, and the whole is counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from dasdsl.ir.branching import Measure
from dasdsl.ir.liveness import Collapsed
from dasdsl.ir.program import Program
from dasdsl.operations.core.decisions import OneOf, Outcomes

Best = Callable[..., Any]
TRIES: Final = 400
"""Nodes times options up to which branches are tried: every try closes the whole."""
SHARED_TRIES: Final = 4_000
"""The same for choices that are shared by several roles, all of them together."""
ROUNDS: Final = 4
"""Rounds after which branches stay as they are; one or two are the rule."""


def shared_tried(program: Program, outcomes: Outcomes, best: Best, measure: Measure) -> Outcomes:
    """Outcomes in which a choice that is shared by several roles is made by what the whole then costs.

    More groups are less, more channels are more: of both at once no rule can tell. Where trying takes long, they stay
    as they are.
    """
    sizes = _sizes(program)
    shared = [name for name, roles in program.roles.items() if len(roles) > 1]
    if len(program.nodes) * sum(sizes[name] for name in shared) > SHARED_TRIES:
        return outcomes
    for name in shared:
        outcomes = outcomes | {name: _best(program, name, sizes[name], outcomes.__or__, outcomes, best, measure)}
    return outcomes


def all_tried(program: Program) -> bool:
    """Whether every choice of which no rule tells which is more is tried, so that extremes are known for sure."""
    sizes = _sizes(program)
    nodes = len(program.nodes)
    branches = [d.name for d in program.decisions if isinstance(d, OneOf) and d.role in ("choice", "depth")]
    shared = [name for name, roles in program.roles.items() if len(roles) > 1]
    few = nodes * sum(sizes[name] for name in shared) <= SHARED_TRIES
    return few and nodes * sum(sizes[name] for name in branches) <= TRIES


def branches_tried(
    program: Program, picks: Outcomes, settle: Callable[[Outcomes], Outcomes], best: Best, measure: Measure
) -> Outcomes:
    """Outcomes in which branches are chosen by what the whole then costs, one after the other while it gets better.

    `settle` decides all the rest for some choices. Where trying takes long, they stay as they are.
    """
    sizes = _sizes(program)
    if len(program.nodes) * sum(sizes[name] for name in picks) <= TRIES:
        for _ in range(ROUNDS):
            before = picks
            for name in picks:
                picks = picks | {
                    name: _best(
                        program, name, sizes[name], lambda one, of=picks: settle(of | one), picks, best, measure
                    )
                }
            if picks == before:
                break
    return settle(picks)


def cheapest(program: Program, several: Sequence[Outcomes], measure: Measure) -> Outcomes:
    """Of outcomes the ones that cost least once they are closed; the first of equals, or where none can be closed."""
    costs = [_cost(program, outcomes, measure) for outcomes in several]
    known = [(cost, index) for index, cost in enumerate(costs) if cost is not None]
    return several[min(known)[1] if known else 0]


def _best(
    program: Program,
    name: str,
    size: int,
    settle: Callable[[Outcomes], Outcomes],
    now: Outcomes,
    best: Best,
    measure: Measure,
) -> int:
    """The best option of one choice: what it is now, unless another is better."""
    first = now[name]
    assert isinstance(first, int), first
    order = sorted(range(size), key=lambda index: index != first)
    costs = {index: cost for index in order if (cost := _cost(program, settle({name: index}), measure)) is not None}
    return int(best(costs, key=costs.__getitem__, default=first))


def _sizes(program: Program) -> dict[str, int]:
    return {decision.name: decision.size for decision in program.decisions if isinstance(decision, OneOf)}


def _cost(program: Program, outcomes: Outcomes, measure: Measure) -> tuple[int, int] | None:
    from dasdsl.ir.closing import close

    try:
        return measure(close(program, outcomes).cost)
    except Collapsed:
        return None
