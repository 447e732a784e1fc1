"""Two trees of statements side by side: bodies as sequences, blocks with what stands in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Final, Generic

from dasdsl.language.alignment.pieces import UNIT, Found, Match, P, Piece, Pieces, Way, lone, weight
from dasdsl.language.alignment.sequences import Budget, Pair, Side, align, increasing
from dasdsl.language.alignment.wrapping import Wrapping

MUCH: Final = 1 << 14
"""Pairs of statements beyond which anchors are used: without, labels take no part in what belongs together."""

Change = Callable[[P, P], int | None]
"""What it costs to make one statement, without its block, of the other; None where they have nothing in common."""


@dataclass
class Trees(Generic[P]):
    """Aligns trees. `freely`: paths may change places, and statements may go into a block and out of it.

    What is known of a pair is kept: each pair of blocks is looked at for its cost first.
    """

    change: Change[P]
    freely: bool = False
    budget: Budget = field(default_factory=Budget)
    known: dict[tuple[int, int], Found[P] | None] = field(default_factory=dict[tuple[int, int], "Found[P] | None"])
    wrappings: dict[object, Wrapping[P] | None] = field(default_factory=dict[object, "Wrapping[P] | None"])

    def align(self, a: Pieces[P], b: Pieces[P]) -> tuple[Match[P], ...]:
        """The statements of two bodies in order: those of `a` alone before those of `b` alone."""
        return self.sequence(a, b).matches

    def allows(self, cells: int) -> bool:
        """Whether so many more pairs may be compared."""
        return self.budget.allows(cells)

    # ---- two statements ----------------------------------------------------------------------------------------------

    def pair(self, a: Piece[P], b: Piece[P]) -> Found[P] | None:
        """Two statements, with what matches in their blocks; None where it is cheaper to take one for the other."""
        key = id(a), id(b)
        if key not in self.known:
            self.known[key] = self._compared(a, b)
        return self.known[key]

    def _compared(self, a: Piece[P], b: Piece[P]) -> Found[P] | None:
        head = self.change(a.what, b.what)
        if a.key == b.key:
            return Found(head or 0, equal(a.body, b.body))
        if head is None or bool(a.body) != bool(b.body):
            return None
        inside: Found[P] = self._inside(a, b) if a.body else Found(0)
        cost = head + inside.cost
        return Found(cost, inside.matches) if cost < a.weight + b.weight else None

    def _inside(self, a: Piece[P], b: Piece[P]) -> Found[P]:
        if a.paths == b.paths:
            beside = a.paths and self.freely and self.allows(len(a.body) * len(b.body))
            return self._beside(a.body, b.body) if beside else self.sequence(a.body, b.body)
        if not self.freely:
            return Found(a.weight + b.weight)
        return self._path(a.body, b.body, new=True) if b.paths else self._path(b.body, a.body, new=False)

    def _path(self, body: Pieces[P], paths: Pieces[P], *, new: bool) -> Found[P]:
        """A body against paths: it is now one of them, or was one where they are not new."""
        found = [self.sequence(body, path.body) if new else self.sequence(path.body, body) for path in paths]
        best = min(range(len(paths)), key=lambda index: found[index].cost - paths[index].weight)
        matches = [
            lone(path.what, new=new, body=found[index].matches, way=Way(0, path.body))
            if index == best
            else lone(path.what, new=new)
            for index, path in enumerate(paths)
        ]
        return Found(found[best].cost + weight(paths) - paths[best].weight, tuple(matches))

    # ---- two bodies --------------------------------------------------------------------------------------------------

    def sequence(self, a: Pieces[P], b: Pieces[P]) -> Found[P]:
        """Two bodies whose statements run one after the other."""
        found: Found[P] = Found(0)
        i = j = 0
        for k, l in anchored(a, b):
            between, pair = self._between(a[i:k], b[j:l]), self._total(a, b, [(k, l)])
            found = _joined(found, between, pair)
            i, j = k + 1, l + 1
        return _joined(found, self._between(a[i:], b[j:]))

    def _between(self, a: Pieces[P], b: Pieces[P]) -> Found[P]:
        """The same without anchors."""
        pairs = align(_side(a), _side(b), lambda i, j: _cost(self.pair(a[i], b[j])), self.budget)
        first, last = self._window(a, b, pairs) if self.freely else (0, 0)
        plain = self._total(a, b, pairs[first:last])
        if first < last:
            ours = tuple(a[i] for i, _ in pairs[first:last] if i is not None)
            theirs = tuple(b[j] for _, j in pairs[first:last] if j is not None)
            plain = min(plain, Wrapping(self, ours, theirs).best(), key=lambda found: found.cost)
        return _joined(self._total(a, b, pairs[:first]), plain, self._total(a, b, pairs[last:]))

    def _window(self, a: Pieces[P], b: Pieces[P], pairs: list[Pair]) -> tuple[int, int]:
        """The part of these pairs in which a block may stand around statements of the other side; else nothing."""
        apart = [at for at, pair in enumerate(pairs) if None in pair]
        ours = [a[i] for i, j in pairs if i is not None and j is None]
        theirs = [b[j] for i, j in pairs if j is not None and i is None]
        around = any(piece.ways for piece in (*ours, *theirs)) and ours and theirs
        vanishing = any(not way.body for piece in (*ours, *theirs) for way in piece.ways)
        if not around and not vanishing:
            return 0, 0
        first, last = apart[0], apart[-1] + 1
        return (first, last) if self.allows((last - first) ** 2) else (0, 0)

    def _beside(self, a: Pieces[P], b: Pieces[P]) -> Found[P]:
        """Paths in any order: the most alike first."""
        partners = _alike(a, b)
        taken = set(partners.values())
        costs = {
            (i, j): _cost(self.pair(one, other))
            for i, one in enumerate(a)
            for j, other in enumerate(b)
            if i not in partners and j not in taken
        }
        ordered = sorted((cost, abs(i - j), i, j) for (i, j), cost in costs.items() if cost is not None)
        for _, _, i, j in ordered:
            if i not in partners and j not in taken:
                partners[i] = j
                taken.add(j)
        left = sorted(set(range(len(b))) - taken)
        return self._total(a, b, [*((i, partners.get(i)) for i in range(len(a))), *((None, j) for j in left)])

    def _total(self, a: Pieces[P], b: Pieces[P], pairs: Iterable[Pair]) -> Found[P]:
        """What these pairs cost, and the matches that they are."""
        total = 0
        matches: list[Match[P]] = []
        for i, j in pairs:
            found = None if i is None or j is None else self.pair(a[i], b[j])
            if i is not None and j is not None and found is not None:
                total += found.cost
                matches.append(Match(a[i].what, b[j].what, found.matches))
                continue
            if i is not None:
                total += a[i].weight
                matches.append(Match(a[i].what, None))
            if j is not None:
                total += b[j].weight
                matches.append(Match(None, b[j].what))
        return Found(total, tuple(matches))


def anchored(a: Pieces[P], b: Pieces[P]) -> list[tuple[int, int]]:
    """What belongs together by its anchor, in order: between the ends that are equal anyway, where much is between."""
    first, m, n = 0, len(a), len(b)
    while first < min(m, n) and a[first].key == b[first].key:
        first += 1
    while first < min(m, n) and a[m - 1].key == b[n - 1].key:
        m, n = m - 1, n - 1
    if weight(a[first:m]) * weight(b[first:n]) < MUCH * UNIT**2:
        return []
    places = _once(b[first:n])
    return increasing(
        [(first + i, first + places[anchor]) for anchor, i in _once(a[first:m]).items() if anchor in places]
    )


def _once(pieces: Pieces[P]) -> dict[Hashable, int]:
    """Where the anchors are that stand once."""
    counts = Counter(piece.anchor for piece in pieces)
    return {piece.anchor: index for index, piece in enumerate(pieces) if piece.anchor and counts[piece.anchor] == 1}


def _joined(*parts: Found[P]) -> Found[P]:
    """What stands one after the other."""
    return Found(sum(part.cost for part in parts), tuple(match for part in parts for match in part.matches))


def equal(a: Pieces[P], b: Pieces[P]) -> tuple[Match[P], ...]:
    """The matches of bodies that do not differ."""
    return tuple(Match(one.what, other.what, equal(one.body, other.body)) for one, other in zip(a, b, strict=True))


def _alike(a: Pieces[P], b: Pieces[P]) -> dict[int, int]:
    """The pieces that do not differ, each with one of the other side, in order."""
    places: dict[Hashable, list[int]] = {}
    for j, piece in enumerate(b):
        places.setdefault(piece.key, []).append(j)
    found = ((i, places.get(piece.key)) for i, piece in enumerate(a))
    return {i: waiting.pop(0) for i, waiting in found if waiting}


def _side(pieces: Pieces[P]) -> Side:
    return Side([piece.key for piece in pieces], [piece.weight for piece in pieces])


def _cost(found: Found[P] | None) -> int | None:
    return None if found is None else found.cost
