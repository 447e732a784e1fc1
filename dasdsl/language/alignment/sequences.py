"""Two sequences side by side at the least cost: exact where they are short, by anchors where they are long."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final

from dasdsl.frozen import frozen

CELLS: Final = 1 << 17
"""Pairs of items of two sequences that are compared at most; beyond that, what is equal on both sides is kept first."""
ALL: Final = 1 << 19
"""Pairs that are compared at most, all sequences together."""
EDITS: Final = 1024
"""Items that are not on both sides, at most, for what is common to be found exactly."""
SEARCHES: Final = 4
"""Long sequences for which that is tried; the others have to do with what is unique."""
ROUNDS: Final = 32
"""Anchors within anchors: between two of them other items may be the only ones of their kind."""

Pair = tuple[int | None, int | None]
"""An item of each side, or of one side only."""


@frozen(slots=True)
class Side:
    """One of the two sequences: equal keys say equal items, and a weight is what it costs to leave an item out."""

    keys: Sequence[Hashable]
    weights: Sequence[int]

    def __len__(self) -> int:
        return len(self.keys)


@dataclass(slots=True)
class Budget:
    """How many pairs of items may still be compared, and how often what is common may still be looked for."""

    cells: int = ALL
    searches: int = SEARCHES

    def edits(self) -> int:
        """How many items may be on one side only in the next search."""
        self.searches -= 1
        return EDITS if self.searches >= 0 else 0

    def allows(self, cells: int) -> bool:
        """Take so many from what is left, unless they are more than that."""
        if cells > min(self.cells, CELLS):
            return False
        self.cells -= cells
        return True


Change = Callable[[int, int], int | None]
"""What it costs to make one item of the other; None where they have nothing in common."""


def align(a: Side, b: Side, change: Change, budget: Budget) -> list[Pair]:
    """The items in order: those that belong together, those of `a` alone before those of `b` alone."""
    return _Sequences(a, b, change, budget).between(0, len(a), 0, len(b), ROUNDS)


@frozen(slots=True)
class _Sequences:
    a: Side
    b: Side
    change: Change
    budget: Budget

    def between(self, i: int, m: int, j: int, n: int, rounds: int) -> list[Pair]:
        """Align a[i:m] with b[j:n]: what is equal at both ends first, which takes linear time."""
        before: list[Pair] = []
        while i < m and j < n and self.a.keys[i] == self.b.keys[j]:
            before.append((i, j))
            i, j = i + 1, j + 1
        after: list[Pair] = []
        while i < m and j < n and self.a.keys[m - 1] == self.b.keys[n - 1]:
            m, n = m - 1, n - 1
            after.append((m, n))
        return [*before, *self.middle(i, m, j, n, rounds), *reversed(after)]

    def middle(self, i: int, m: int, j: int, n: int, rounds: int) -> list[Pair]:
        """The same, where the ends differ."""
        if i == m or j == n:
            return apart(range(i, m), range(j, n))
        if self.budget.allows((m - i) * (n - j)):
            return self.cheapest(i, m, j, n)
        anchors = self.anchors(i, m, j, n) if rounds else []
        if not anchors:
            return self.greedy(i, m, j, n)
        out: list[Pair] = []
        for k, l in anchors:
            out += [*self.between(i, k, j, l, rounds - 1), (k, l)]
            i, j = k + 1, l + 1
        return out + self.between(i, m, j, n, rounds - 1)

    def cheapest(self, i: int, m: int, j: int, n: int) -> list[Pair]:
        """The alignment of the least cost (Needleman and Wunsch 1970), from its end to its start."""
        a, b, change = self.a.weights, self.b.weights, self.change
        costs: list[list[int]] = [[0] * (n - j + 1) for _ in range(m - i + 1)]
        for k in range(m - 1, i - 1, -1):
            costs[k - i][n - j] = costs[k - i + 1][n - j] + a[k]
        for l in range(n - 1, j - 1, -1):
            costs[m - i][l - j] = costs[m - i][l - j + 1] + b[l]
        changes: dict[tuple[int, int], int | None] = {}
        for k in range(m - 1, i - 1, -1):
            row, below = costs[k - i], costs[k - i + 1]
            for l in range(n - 1, j - 1, -1):
                best = min(below[l - j] + a[k], row[l - j + 1] + b[l])
                changed = changes[k, l] = change(k, l)
                row[l - j] = best if changed is None else min(best, below[l - j + 1] + changed)
        return self._path(i, m, j, n, costs, changes)

    def _path(
        self, i: int, m: int, j: int, n: int, costs: list[list[int]], changes: dict[tuple[int, int], int | None]
    ) -> list[Pair]:
        out: list[Pair] = []
        k, l = i, j
        while k < m and l < n:
            here, changed = costs[k - i][l - j], changes[k, l]
            if changed is not None and here == costs[k - i + 1][l - j + 1] + changed:
                out.append((k, l))
                k, l = k + 1, l + 1
            elif here == costs[k - i + 1][l - j] + self.a.weights[k]:
                out.append((k, None))
                k += 1
            else:
                out.append((None, l))
                l += 1
        return out + apart(range(k, m), range(l, n))

    def anchors(self, i: int, m: int, j: int, n: int) -> list[tuple[int, int]]:
        """What is equal on both sides and keeps its order: all of it, or where much differs what is unique."""
        mine, theirs = self.a.keys[i:m], self.b.keys[j:n]
        if not set(mine) & set(theirs):
            return []
        kept = common(mine, theirs, self.budget.edits())
        return self.unique(i, m, j, n) if kept is None else [(i + k, j + l) for k, l in kept]

    def unique(self, i: int, m: int, j: int, n: int) -> list[tuple[int, int]]:
        """What stands once on either side and is equal, as much of it as keeps its order (patience diff)."""
        ours, theirs = Counter(self.a.keys[i:m]), Counter(self.b.keys[j:n])
        where = {self.b.keys[l]: l for l in range(j, n) if theirs[self.b.keys[l]] == 1}
        unique = [(k, where[key]) for k in range(i, m) if ours[key := self.a.keys[k]] == 1 and key in where]
        return increasing(unique)

    def greedy(self, i: int, m: int, j: int, n: int) -> list[Pair]:
        """Each item with the next equal one: nothing is unique, and there is too much for anything better."""
        where: dict[Hashable, list[int]] = {}
        for l in range(j, n):
            where.setdefault(self.b.keys[l], []).append(l)
        out: list[Pair] = []
        for k in range(i, m):
            places = where.get(self.a.keys[k], [])
            at = bisect_left(places, j)
            if at == len(places):
                out.append((k, None))
            else:
                out += [*apart(range(0), range(j, places[at])), (k, places[at])]
                j = places[at] + 1
        return out + apart(range(0), range(j, n))


def common(a: Sequence[Hashable], b: Sequence[Hashable], most: int = EDITS) -> list[tuple[int, int]] | None:
    """The longest common subsequence, where at most so many items are not in it; else None (Myers 1986)."""
    furthest = {1: 0}
    trace: list[dict[int, int]] = []
    for edits in range(min(len(a) + len(b), most) + 1):
        trace.append(furthest)
        reached: dict[int, int] = {}
        for diagonal in range(-edits, edits + 1, 2):
            x, _ = _step(furthest, diagonal, edits)
            while x < len(a) and 0 <= x - diagonal < len(b) and a[x] == b[x - diagonal]:
                x += 1
            reached[diagonal] = x
            if x >= len(a) and x - diagonal >= len(b):
                return _retraced(trace, len(a), len(b))
        furthest = reached
    return None


def _retraced(trace: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    """The pairs on the way to the end."""
    pairs: list[tuple[int, int]] = []
    for edits in range(len(trace) - 1, -1, -1):
        start, before = _step(trace[edits], x - y, edits)
        while x > start:
            x, y = x - 1, y - 1
            pairs.append((x, y))
        x = trace[edits].get(before, 0)
        y = x - before
    return pairs[::-1]


def _step(furthest: dict[int, int], diagonal: int, edits: int) -> tuple[int, int]:
    """How far one edit more leads on a diagonal, and the diagonal that it comes from."""
    right, below = furthest.get(diagonal - 1, -1), furthest.get(diagonal + 1, -1)
    if diagonal == -edits or (diagonal != edits and right < below):
        return max(below, 0), diagonal + 1
    return right + 1, diagonal - 1


def apart(a: range, b: range) -> list[Pair]:
    """Items that have no counterpart."""
    return [*((k, None) for k in a), *((None, l) for l in b)]


def increasing(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of pairs, in order of the first, in which the second increases too."""
    tails: list[int] = []
    ends: list[int] = []
    previous: list[int | None] = []
    for index, (_, second) in enumerate(pairs):
        at = bisect_left(tails, second)
        previous.append(ends[at - 1] if at else None)
        tails[at : at + 1] = [second]
        ends[at : at + 1] = [index]
    out: list[tuple[int, int]] = []
    at = ends[-1] if ends else None
    while at is not None:
        out.append(pairs[at])
        at = previous[at]
    return out[::-1]
