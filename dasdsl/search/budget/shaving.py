"""Greedy shaving: moves from an architecture down to a limit, those first that cost least loss for what they save.

Moves go in the order of ΔL/ΔC; ΔC is what the whole network costs less, counted again whenever a move comes up, since
what nobody reads any more goes too (method: shaving).
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import ceil, inf

from dasdsl.frozen import frozen
from dasdsl.ir.counting import count
from dasdsl.ir.counts import Counts
from dasdsl.ir.limit import Limit
from dasdsl.ir.program import Program
from dasdsl.operations.core.decisions import Outcomes
from dasdsl.operations.core.operation import Cost
from dasdsl.search.budget.moves import again, owner, removals, resets
from dasdsl.search.moves.move import Move

MOST = 0.35
"""The part of the channels of one source that may go in one rung."""
AGAIN = 50
"""How often the moves are listed anew for one rung: each time all of them have been looked at."""

Loss = Callable[[Move], float]


@frozen(slots=True)
class Step:
    """A move that was made, its loss, and what the network costs after it."""

    move: Move
    loss: float
    outcomes: Outcomes
    cost: Cost


@dataclass
class Shaving:
    """A walk down from some outcomes; `loss` says what a move costs there."""

    counts: Counts
    loss: Loss
    target: Limit
    steps: list[Step] = field(default_factory=list[Step])
    known: tuple[Outcomes, list[tuple[Move, Cost]]] | None = field(default=None, init=False)
    """The moves from where they were asked for last, and what is left after each: once guessed, then measured."""

    @property
    def program(self) -> Program:
        """The space."""
        return self.counts.program

    def walk(self, outcomes: Outcomes, smallest: Outcomes, *, capped: bool) -> list[Step]:
        """Moves until the target is met, at first no more than `MOST` of one layer; with a cap, as far as that lets.

        The last resort is the smallest network.
        """
        self.outcomes, self.cost = dict(outcomes), count(self.program, outcomes)
        self._greedy(self._caps())
        for _ in range(0 if capped else AGAIN):
            before = len(self.steps)
            if self.target.met(self.cost):
                break
            self._greedy(None)
            if len(self.steps) == before:
                break
        if not capped and not self.target.met(self.cost):
            self._reset(smallest)
        return self.steps

    def ranked(self, outcomes: Outcomes, cost: Cost) -> list[tuple[float, Move]]:
        """The moves that bring a network nearer to the target, the best first, with their ΔL/ΔC."""
        scored = [(self._score(move, cost, after), move) for move, after in self._savings(outcomes)]
        return sorted((one for one in scored if one[0] < inf), key=lambda one: one[0])

    def _savings(self, outcomes: Outcomes) -> list[tuple[Move, Cost]]:
        if self.known is None or self.known[0] != outcomes:
            counted = ((move, self.counts.of(move.after(outcomes))) for move in removals(self.program, outcomes))
            self.known = dict(outcomes), [(move, after) for move, after in counted if after is not None]
        return self.known[1]

    def _score(self, move: Move, before: Cost, after: Cost) -> float:
        saved = self.target.excess(before) - self.target.excess(after)
        return self.loss(move) / saved if saved > 0 else inf

    def _greedy(self, caps: dict[str, int] | None) -> None:
        """Once through the moves, each as it is by the time it comes up."""
        heap = [(score, index, -1, move) for index, (score, move) in enumerate(self.ranked(self.outcomes, self.cost))]
        heapq.heapify(heap)
        taken: Counter[str] = Counter()
        while heap and not self.target.met(self.cost):
            _, index, seen, old = heapq.heappop(heap)
            name = owner(self.program, old)
            if caps is not None and taken[name] >= caps.get(name, 1):
                continue
            move = again(self.program, old, self.outcomes)
            after = None if move is None else self.counts.of(move.after(self.outcomes))
            if move is None or after is None:
                continue
            score = self._score(move, self.cost, after)
            if score == inf:
                continue
            if seen == len(self.steps) or not heap or score <= heap[0][0]:
                taken[name] += 1
                self._make(move, after)
            else:
                heapq.heappush(heap, (score, index, len(self.steps), move))

    def _make(self, move: Move, after: Cost) -> None:
        self.outcomes, self.cost = move.after(self.outcomes), after
        self.steps.append(Step(move, self.loss(move), self.outcomes, after))

    def _caps(self) -> dict[str, int]:
        """How many channels of each source may go; of everything else it is one step."""
        left: Counter[str] = Counter()
        for unit in _alive(self.program, self.outcomes):
            left[unit] += 1
        return {source: max(ceil(MOST * number) - 1, 1) for source, number in left.items()}

    def _reset(self, smallest: Outcomes) -> None:
        for move in resets(self.program, self.outcomes, smallest):
            changed = again(self.program, move, self.outcomes)
            after = None if changed is None else self.counts.of(changed.after(self.outcomes))
            if changed is not None and after is not None and self.target.excess(after) < self.target.excess(self.cost):
                self._make(changed, after)
            if self.target.met(self.cost):
                return
        raise AssertionError(f"the smallest network does not keep {self.target}")


def _alive(program: Program, outcomes: Outcomes) -> Iterator[str]:
    """The source of each channel that is read, once for each."""
    from dasdsl.ir.liveness import solve
    from dasdsl.ir.selecting import select

    for source, channels in solve(select(program, outcomes), outcomes).live.items():
        yield from (source for _ in channels)
