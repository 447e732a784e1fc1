"""Statements that stand elsewhere: taken at one place, and added at another as they were."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping

from dasdsl.frozen import frozen
from dasdsl.ir.diffing.parts import Part, piece
from dasdsl.language.alignment.pieces import Match

Matches = tuple[Match[Part], ...]


@frozen(slots=True)
class Lone:
    """A statement that is on one side only, and what stands before it there ("" for the first of a body)."""

    part: Part
    after: str
    new: bool


@frozen(slots=True)
class Move:
    """Where a statement was, and where it is."""

    a: Lone
    b: Lone


def moves(matches: Matches) -> Mapping[Part, Move]:
    """The moves, by the statement of either side. Of several equal statements the first goes to the first place."""
    alone = [one for one in _lone(matches) if not one.part.idle]
    numbers: dict[Hashable, int] = {}
    keys = {one.part: piece(one.part, numbers).key for one in alone}
    taken: dict[Hashable, list[Lone]] = {}
    for one in alone:
        if not one.new:
            taken.setdefault(keys[one.part], []).append(one)
    found: dict[Part, Move] = {}
    for one in alone:
        places = taken.get(keys[one.part]) if one.new else None
        if places:
            move = Move(places.pop(0), one)
            found |= {move.a.part: move, move.b.part: move}
    return found


def _lone(matches: Matches) -> Iterator[Lone]:
    before = {False: "", True: ""}
    for match in matches:
        for part, new in ((match.a, False), (match.b, True)):
            if part is not None:
                if match.way is None and (match.a is None or match.b is None):
                    yield Lone(part, before[new], new)
                before[new] = part.name
        yield from _lone(match.body)
