"""What is aligned, and what comes of it."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

from dasdsl.frozen import frozen

if TYPE_CHECKING:
    from dasdsl.language.alignment.wrapping import Wrapping

P = TypeVar("P")

UNIT: Final = 100
"""What a plain statement weighs."""
WRAPPING: Final = 60
"""What it costs to put statements into a block, or to take them out of it."""


@frozen(slots=True, eq=False)
class Way(Generic[P]):
    """What may stand in the place of a block: `number` says which of the ways it is; nothing at all is one, too."""

    number: int
    body: tuple[Piece[P], ...]


@frozen(slots=True, eq=False)
class Piece(Generic[P]):
    """A statement, with what stands in its block.

    Pieces with equal keys do not differ, nor does anything in them. `weight` is that of all of it. `paths` says that
    what stands in it runs side by side, and not one after the other. `wrapping` is what it costs to put the block
    around one of its `ways`, or to take it away from there; of a `choice` one of them is all that will be left. `span`
    says how many statements it is at the least and at the most, where nothing but that is done. In long bodies pieces
    with equal `anchor`s are taken to belong together. Statements of one `kind` begin with the same words.
    """

    what: P
    key: Hashable
    weight: int = UNIT
    body: tuple[Piece[P], ...] = ()
    paths: bool = False
    ways: tuple[Way[P], ...] = ()
    wrapping: int = WRAPPING
    span: tuple[int, int] = (1, 1)
    anchor: Hashable | None = None
    kind: str = ""
    choice: bool = False


Pieces = tuple[Piece[P], ...]


@frozen(slots=True)
class Match(Generic[P]):
    """What belongs together, or stands on one side only.

    `body` is what stands in both. Where a block is on one side only but one of its ways is on the other, `way` says
    which one, and `body` is what stands in that.
    """

    a: P | None
    b: P | None
    body: tuple[Match[P], ...] = ()
    way: Way[P] | None = None


@frozen(slots=True)
class Found(Generic[P]):
    """Matches, and what it costs to make one side of the other."""

    cost: int
    matches: tuple[Match[P], ...] = ()


class Aligner(Protocol[P]):
    """Compares pieces and bodies; `wrappings` are what is known of ways beside runs."""

    @property
    def wrappings(self) -> dict[object, Wrapping[P] | None]:
        """Kept for all comparisons of one alignment."""
        ...

    def pair(self, a: Piece[P], b: Piece[P]) -> Found[P] | None:
        """Two pieces, with what matches in them; None where they have nothing in common."""
        ...

    def sequence(self, a: Pieces[P], b: Pieces[P]) -> Found[P]:
        """Two bodies."""
        ...

    def allows(self, cells: int) -> bool:
        """Whether so many more pairs may be compared."""
        ...


def lone(what: P, *, new: bool, body: tuple[Match[P], ...] = (), way: Way[P] | None = None) -> Match[P]:
    """What stands on one side only: the second, where it is new."""
    return Match(None, what, body, way) if new else Match(what, None, body, way)


def span(pieces: Pieces[P]) -> tuple[int, int]:
    """How many statements pieces are together, at the least and at the most."""
    return sum(piece.span[0] for piece in pieces), sum(piece.span[1] for piece in pieces)


def weight(pieces: Pieces[P]) -> int:
    """What pieces weigh together."""
    return sum(piece.weight for piece in pieces)
