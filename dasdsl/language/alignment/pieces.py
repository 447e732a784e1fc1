"""What is aligned, and what comes of it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

P = TypeVar("P")

UNIT: Final = 100
"""What a plain statement weighs."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece(Generic[P]):
    """A statement, with what stands in its block.

    Pieces with equal keys do not differ, nor does anything in them. `weight` is that of all of it. `paths` says that
    what stands in it runs side by side, and not one after the other.
    """

    what: P
    key: Hashable
    weight: int = UNIT
    body: tuple[Piece[P], ...] = ()
    paths: bool = False

    @property
    def ways(self) -> Iterator[tuple[P | None, tuple[Piece[P], ...]]]:
        """The bodies that may stand in its place, each with the path that it is the body of."""
        if self.paths:
            yield from ((path.what, path.body) for path in self.body)
        elif self.body:
            yield None, self.body


Pieces = tuple[Piece[P], ...]


@dataclass(frozen=True, slots=True)
class Match(Generic[P]):
    """What belongs together, or stands on one side only.

    `body` is what stands in both. Where a block is on one side only and still has a body, its statements are on the
    other side without it; `way` is then the path in which they stood.
    """

    a: P | None
    b: P | None
    body: tuple[Match[P], ...] = ()
    way: P | None = None


@dataclass(frozen=True, slots=True)
class Found(Generic[P]):
    """Matches, and what it costs to make one side of the other."""

    cost: int
    matches: tuple[Match[P], ...] = ()


class Aligner(Protocol[P]):
    """Compares pieces and bodies."""

    def pair(self, a: Piece[P], b: Piece[P]) -> Found[P] | None:
        """Two pieces, with what matches in them; None where they have nothing in common."""
        ...

    def sequence(self, a: Pieces[P], b: Pieces[P]) -> Found[P]:
        """Two bodies."""
        ...

    def allows(self, cells: int) -> bool:
        """Whether so many more pairs may be compared."""
        ...


def lone(what: P, *, new: bool, body: tuple[Match[P], ...] = (), way: P | None = None) -> Match[P]:
    """What stands on one side only: the second, where it is new."""
    return Match(None, what, body, way) if new else Match(what, None, body, way)


def weight(pieces: Pieces[P]) -> int:
    """What pieces weigh together."""
    return sum(piece.weight for piece in pieces)
