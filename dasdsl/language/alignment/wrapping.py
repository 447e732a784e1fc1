"""Two bodies side by side, where a block may have been put around statements, or taken away from around them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Generic

from dasdsl.frozen import frozen
from dasdsl.language.alignment.pieces import Aligner, Found, Match, P, Piece, Pieces, Way, lone, span, weight

RUNS: Final = 32
"""Lengths of runs that are tried for one way of a block that is no choice."""

DEARER: Final = 4
"""How many times more a pair of places takes here than where nothing is wrapped."""

Place = tuple[int, int]


@frozen(slots=True)
class Step(Generic[P]):
    """The cheapest way to a pair of places: its cost, where it comes from, and the last match on it."""

    cost: int
    origin: Place
    match: Callable[[], Match[P]]


@dataclass
class Wrapping(Generic[P]):
    """Aligns two bodies statement by statement; `steps` are the cheapest from their starts to each pair of places."""

    aligner: Aligner[P]
    a: Pieces[P]
    b: Pieces[P]
    steps: dict[Place, Step[P]] = field(default_factory=dict[Place, "Step[P]"])

    def filled(self) -> Wrapping[P]:
        """With every step known."""
        for i in range(len(self.a) + 1):
            for j in range(len(self.b) + 1):
                cost = self.cost(i, j)
                for then, more, match in self._onwards(i, j):
                    if then not in self.steps or cost + more < self.steps[then].cost:
                        self.steps[then] = Step(cost + more, (i, j), match)
        return self

    def cost(self, i: int, j: int) -> int:
        """What it costs to make the first statements of one side of those of the other."""
        return self.steps[i, j].cost if i or j else 0

    def to(self, i: int, j: int) -> Found[P]:
        """The matches of the first statements of both."""
        cost = self.cost(i, j)
        matches: list[Match[P]] = []
        while i or j:
            step = self.steps[i, j]
            matches.append(step.match())
            i, j = step.origin
        return Found(cost, tuple(reversed(matches)))

    def best(self) -> Found[P]:
        """The cheapest alignment."""
        return self.filled().to(len(self.a), len(self.b))

    def _onwards(self, i: int, j: int) -> Iterator[tuple[Place, int, Callable[[], Match[P]]]]:
        """The places that one match more leads to, with its cost."""
        ours, theirs = self.a[i:], self.b[j:]
        if ours and theirs:
            one, other = ours[0], theirs[0]
            found = self.aligner.pair(one, other)
            if found is not None:
                yield (i + 1, j + 1), found.cost, lambda: Match(one.what, other.what, found.matches)
        if ours:
            one = ours[0]
            yield (i + 1, j), one.weight, lambda: lone(one.what, new=False)
            for count, cost, match in self._around(one, theirs, new=False):
                yield (i + 1, j + count), cost, match
        if theirs:
            other = theirs[0]
            yield (i, j + 1), other.weight, lambda: lone(other.what, new=True)
            for count, cost, match in self._around(other, ours, new=True):
                yield (i + count, j + 1), cost, match

    # ---- a block of one side around the first statements of the other ------------------------------------------------

    def _around(
        self, block: Piece[P], others: Pieces[P], *, new: bool
    ) -> Iterator[tuple[int, int, Callable[[], Match[P]]]]:
        """How many statements it may stand around, what that costs, and the match."""
        for way in block.ways:
            if not way.body:
                yield 0, block.wrapping, _lone(block, way, new=new)
        ways = [way for way in block.ways if way.body]
        for family in families(ways) if block.choice else []:
            yield from self._left(block, family, others, new=new)
        for way in [] if block.choice else ways:
            yield from self._wrapped(block, way, others, new=new)

    def _left(
        self, block: Piece[P], family: list[Way[P]], others: Pieces[P], *, new: bool
    ) -> Iterator[tuple[int, int, Callable[[], Match[P]]]]:
        """What a choice may have left: ways that begin alike are looked at together, and all their lengths."""
        longest = family[-1].body
        run = others[: span(longest)[1] + 1]
        if not run or not (longest[0].choice or longest[0].kind == run[0].kind):
            return
        inside = self._inside(longest, run, new=new)
        for way in family if inside is not None else []:
            assert inside is not None
            least, most = span(way.body)
            for count in range(max(least - 1, 1), min(most + 1, len(run)) + 1):
                place = (count, len(way.body)) if new else (len(way.body), count)
                cost = inside.cost(*place)
                if cost < weight(way.body) + weight(run[:count]):
                    yield count, block.wrapping + cost, _lone(block, way, lambda at=place: inside.to(*at), new=new)

    def _inside(self, way: Pieces[P], run: Pieces[P], *, new: bool) -> Wrapping[P] | None:
        """A way beside a run; None where that is too much. It is kept: a run is met in several places."""
        key = (id(way[-1]), len(way), id(run[0]), len(run), new)
        known = self.aligner.wrappings
        if key not in known:
            sides = (run, way) if new else (way, run)
            allowed = self.aligner.allows(DEARER * len(way) * len(run))
            known[key] = Wrapping(self.aligner, *sides).filled() if allowed else None
        return known[key]

    def _wrapped(
        self, block: Piece[P], way: Way[P], others: Pieces[P], *, new: bool
    ) -> Iterator[tuple[int, int, Callable[[], Match[P]]]]:
        """A block that was put around statements, most likely as they were."""
        least, most = span(way.body)
        for count in range(max(least - 1, 1), min(most + 1, least + RUNS, len(others)) + 1):
            run = others[:count]
            if not self._alike(way.body, run, new=new):
                continue
            found = self.aligner.sequence(run, way.body) if new else self.aligner.sequence(way.body, run)
            if found.cost < weight(way.body) + weight(run):
                yield count, block.wrapping + found.cost, _lone(block, way, lambda known=found: known, new=new)

    def _alike(self, way: Pieces[P], run: Pieces[P], *, new: bool) -> bool:
        """Whether it is worth a closer look: the first or the last of both belong together, and are of one kind."""
        ends = ((way[0], run[0]), (way[-1], run[-1]))
        alike = any(
            one.kind == two.kind and self.aligner.pair(*((two, one) if new else (one, two))) is not None
            for one, two in ends
        )
        return alike and self.aligner.allows(len(way) * len(run))


def families(ways: list[Way[P]]) -> list[list[Way[P]]]:
    """Ways in families: each way is the beginning of the next one."""
    found: list[list[Way[P]]] = []
    for way in sorted(ways, key=lambda way: len(way.body)):
        for family in found:
            if way.body[: len(family[-1].body)] == family[-1].body:
                family.append(way)
                break
        else:
            found.append([way])
    return found


def _lone(
    block: Piece[P], way: Way[P], inside: Callable[[], Found[P]] = lambda: Found(0), *, new: bool
) -> Callable[[], Match[P]]:
    """The match of a block with what one of its ways has become."""
    return lambda: lone(block.what, new=new, body=inside().matches, way=way)
