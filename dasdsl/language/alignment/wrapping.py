"""Two bodies side by side, where a block may have been put around statements, or taken away from around them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Generic

from dasdsl.language.alignment.pieces import Aligner, Found, Match, P, Piece, Pieces, lone, span, weight

RUNS: Final = 32
"""Lengths of runs that are tried for one way."""


@dataclass(frozen=True, slots=True)
class Step(Generic[P]):
    """The cheapest way on from two places: its cost, the match that comes next, and the places behind that."""

    cost: int
    match: Match[P] | None = None
    then: tuple[int, int] = (0, 0)


@dataclass
class Wrapping(Generic[P]):
    """Aligns two bodies statement by statement; `steps` are the cheapest from each pair of places on."""

    aligner: Aligner[P]
    a: Pieces[P]
    b: Pieces[P]
    steps: dict[tuple[int, int], Step[P]] = field(default_factory=dict[tuple[int, int], "Step[P]"])

    def best(self) -> Found[P]:
        """The cheapest alignment."""
        for i in range(len(self.a), -1, -1):
            for j in range(len(self.b), -1, -1):
                self.steps[i, j] = min(self._options(i, j), key=lambda step: step.cost)
        matches: list[Match[P]] = []
        step = self.steps[0, 0]
        while step.match is not None:
            matches.append(step.match)
            step = self.steps[step.then]
        return Found(self.steps[0, 0].cost, tuple(matches))

    def _options(self, i: int, j: int) -> Iterator[Step[P]]:
        if i == len(self.a) and j == len(self.b):
            yield Step(0)
        if i < len(self.a) and j < len(self.b):
            one, other = self.a[i], self.b[j]
            found = self.aligner.pair(one, other)
            if found is not None:
                yield self._step(found.cost, Match(one.what, other.what, found.matches), i + 1, j + 1)
        if i < len(self.a):
            yield self._step(self.a[i].weight, lone(self.a[i].what, new=False), i + 1, j)
            for count, cost, match in self._around(self.a[i], self.b[j:], new=False):
                yield self._step(cost, match, i + 1, j + count)
        if j < len(self.b):
            yield self._step(self.b[j].weight, lone(self.b[j].what, new=True), i, j + 1)
            for count, cost, match in self._around(self.b[j], self.a[i:], new=True):
                yield self._step(cost, match, i + count, j + 1)

    def _step(self, cost: int, match: Match[P], i: int, j: int) -> Step[P]:
        return Step(cost + self.steps[i, j].cost, match, (i, j))

    def _around(self, block: Piece[P], others: Pieces[P], *, new: bool) -> Iterator[tuple[int, int, Match[P]]]:
        """A block of one side around the first statements of the other: how many, what that costs, and the match."""
        for way in block.ways:
            if not way.body:
                yield 0, block.wrapping, lone(block.what, new=new, way=way)
                continue
            least, most = span(way.body)
            for count in range(max(least - 1, 1), min(most + 1, least + RUNS, len(others)) + 1):
                run = others[:count]
                if not self._alike(block, way.body, run, new=new):
                    continue
                found = self._compared(way.body, run, new=new)
                if found.cost < weight(way.body) + weight(run):
                    yield count, block.wrapping + found.cost, lone(block.what, new=new, body=found.matches, way=way)

    def _compared(self, way: Pieces[P], run: Pieces[P], *, new: bool) -> Found[P]:
        return self.aligner.sequence(run, way) if new else self.aligner.sequence(way, run)

    def _alike(self, block: Piece[P], way: Pieces[P], run: Pieces[P], *, new: bool) -> bool:
        """Whether it is worth a closer look: what a choice leaves has its ends, else one of them is enough."""
        ends = ((way[0], run[0]), (way[-1], run[-1]))
        if block.choice:
            alike = all(one.choice or one.kind == other.kind for one, other in ends)
        else:
            alike = any(self.aligner.pair(*((two, one) if new else (one, two))) is not None for one, two in ends)
        return alike and self.aligner.allows(len(way) * len(run))
