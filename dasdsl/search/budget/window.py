"""The window: one or two moves, from the last architectures above a limit, that land right below it.

Shaving takes what is worst first, and its last move may save far more than was needed. What lies between is looked at
here, by cost alone: moves down, and moves back up. Where none of these lands, the neighbours nearest to the limit are
gone through, one after the other.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from dasdsl.frozen import frozen
from dasdsl.ir.counts import Counts
from dasdsl.ir.limit import Limit
from dasdsl.ir.program import Program
from dasdsl.operations.core.decisions import Outcomes
from dasdsl.operations.core.operation import Cost
from dasdsl.search.budget.additions import Add, additions
from dasdsl.search.budget.moves import again, neighbours, owner, removals
from dasdsl.search.budget.shaving import Loss, Step
from dasdsl.search.moves.move import Move

STATES = 5
"""The last architectures that combinations start from."""
ALIKE = 6
"""Moves that save the same, channels of one layer for example, of which so many are combined."""
POOL = 48
"""Moves that are combined, those of least loss for what they save."""
NEAR = 0.05
"""How far from the window, by adding up savings, a combination may seem to land."""
LOOKED_AT = 200
"""Combinations that are counted from one architecture, those of least loss."""
GONE_THROUGH = 3000
"""Architectures that are counted where no combination lands."""
FEW = 12
"""Candidates below which neighbours are gone through for more: among a few, all may be bad."""
MOVE = 0.02
"""How much nearer, on a logarithmic scale, one move more has to lead: short ways are looked at first."""


@frozen
class Candidate:
    """Moves from where the shaving began, the loss they are guessed to cost together, and where they lead."""

    moves: tuple[Move, ...]
    loss: float
    outcomes: Outcomes
    cost: Cost


@frozen
class _Saved:
    """A move from an architecture, its loss, and what is added up for it: (params, MACs), mostly below zero."""

    move: Move
    loss: float
    params: int
    macs: int


def candidates(counts: Counts, limit: Limit, start: Candidate, path: Sequence[Step], loss: Loss) -> list[Candidate]:
    """Architectures that keep the limit and nearly reach it, the least loss first; the nearest one where none does.

    `start` is where the shaving began, without moves; the last of `path` keeps the limit, if not the start itself.
    """
    states = [start]
    for step in path:
        last = states[-1]
        states.append(Candidate((*last.moves, step.move), last.loss + step.loss, step.outcomes, step.cost))
    found: dict[str, Candidate] = {}
    for state in states[-STATES:]:
        for one in (state, *_combined(counts, limit, state, loss)):
            key = repr(sorted(one.outcomes.items()))
            if limit.near(one.cost) and (key not in found or one.loss < found[key].loss):
                found[key] = one
    if len(found) < FEW:
        for one in _nearest(counts, limit, states[-STATES:], loss):
            found.setdefault(repr(sorted(one.outcomes.items())), one)
    return sorted(found.values(), key=lambda one: one.loss)


def _combined(counts: Counts, limit: Limit, state: Candidate, loss: Loss) -> Iterator[Candidate]:
    """One or two moves from a state, those of least loss that seem to land."""
    pool = _pool(counts, limit, state, loss)
    likely = (
        sorted(
            (sum(one.loss for one in chosen), index, chosen)
            for index, chosen in enumerate((*((one,) for one in pool), *combinations(pool, 2)))
            if limit.gap(_added(state.cost, chosen)) <= NEAR
        )
        if pool
        else []
    )
    for _, _, chosen in likely[:LOOKED_AT]:
        made = _made(counts, state, [one.move for one in chosen], loss)
        if made is not None:
            yield made[0]


def _pool(counts: Counts, limit: Limit, state: Candidate, loss: Loss) -> list[_Saved]:
    """The moves to combine: all additions, and the removals that save most for their loss."""
    program = counts.program
    more = [one for move in additions(program, state.outcomes) if (one := _saved(counts, state, move, 0.0))]
    moves = _varied(program, removals(program, state.outcomes), loss, ALIKE)
    less = [one for move in moves if (one := _saved(counts, state, move, loss(move)))]
    spent = {what: getattr(state.cost, what) for what in limit.entries}

    def worth(one: _Saved) -> float:
        saved = sum(-getattr(one, what) / max(number, 1) for what, number in spent.items())
        return one.loss / saved if saved > 0 else float("inf")

    return [*more, *sorted(less, key=worth)[:POOL]]


def _varied(program: Program, moves: Iterable[Move], loss: Loss, each: int) -> list[Move]:
    """So many, of least loss, of the moves that are likely to save the same."""
    groups: dict[tuple[str, str, tuple[str, ...]], list[tuple[float, int, Move]]] = {}
    for index, move in enumerate(moves):
        key = type(move).__name__, owner(program, move), tuple(move.changes)
        groups.setdefault(key, []).append((_loss(move, loss), index, move))
    return [move for found in groups.values() for _, _, move in sorted(found, key=lambda one: one[:2])[:each]]


def _saved(counts: Counts, state: Candidate, move: Move, loss: float) -> _Saved | None:
    after = counts.of(move.after(state.outcomes))
    if after is None or after == state.cost:
        return None
    return _Saved(move, loss, after.params - state.cost.params, after.macs - state.cost.macs)


def _added(cost: Cost, chosen: tuple[_Saved, ...]) -> Cost:
    return Cost(cost.params + sum(one.params for one in chosen), cost.macs + sum(one.macs for one in chosen))


def _made(
    counts: Counts, state: Candidate, moves: Sequence[Move], loss: Loss
) -> tuple[Candidate, Mapping[str, Cost]] | None:
    """The moves one after the other, each as it is by then, and what each layer then costs.

    None where one of them is nothing any more, or where the network collapses.
    """
    outcomes, made, total = state.outcomes, list(state.moves), state.loss
    for move in moves:
        now = again(counts.program, move, outcomes)
        if now is None:
            return None
        outcomes, total = now.after(outcomes), total + _loss(now, loss)
        made.append(now)
    layers = counts.layers(outcomes)
    if layers is None:
        return None
    return Candidate(tuple(made), total, outcomes, sum(layers.values(), Cost())), layers


def _loss(move: Move, loss: Callable[[Move], float]) -> float:
    return 0.0 if isinstance(move, Add) else loss(move)


def _nearest(counts: Counts, limit: Limit, states: Sequence[Candidate], loss: Loss) -> list[Candidate]:
    """From neighbour to neighbour, the one nearest to the window first; what lands, else the best that keeps the limit.

    Of architectures whose layers cost the same one is looked at.
    """
    best = min((state for state in states if limit.met(state.cost)), key=lambda one: limit.gap(one.cost))
    heap = [(limit.gap(state.cost), 0, number, state) for number, state in enumerate(states)]
    heapq.heapify(heap)
    seen = {tuple((counts.layers(state.outcomes) or {}).items()) for state in states}
    number = len(states)
    landed: list[Candidate] = []
    while heap and number < GONE_THROUGH and len(landed) < FEW:
        _, length, _, state = heapq.heappop(heap)
        for move in _varied(counts.program, neighbours(counts.program, state.outcomes), loss, 1):
            number += 1
            after = _made(counts, state, [move], loss)
            if after is None or (key := tuple(after[1].items())) in seen:
                continue
            seen.add(key)
            made = after[0]
            heapq.heappush(heap, (limit.gap(made.cost) + MOVE * (length + 1), length + 1, number, made))
            if limit.near(made.cost):
                landed.append(made)
            if limit.met(made.cost) and limit.gap(made.cost) < limit.gap(best.cost):
                best = made
    return landed or [best]
