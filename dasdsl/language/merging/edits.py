"""What one side did to the statements of the base."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from dasdsl.frozen import frozen
from dasdsl.language.alignment.statements import Matches, align, piece
from dasdsl.language.space import Statement

Body = tuple[Statement, ...]


@frozen(slots=True)
class Edits:
    """The statements of one side beside those of the base.

    `removed` are statements of the base, by identity. `moved` says of statements of the side, by identity, which
    removed one they are, at another place.
    """

    matches: Matches
    removed: frozenset[int]
    moved: dict[int, int]


def edits(base: Body, side: Body) -> Edits:
    """Compare one side with the base."""
    matches = align(base, side)
    removed = list(_alone(matches, new=False))
    numbers: dict[Hashable, int] = {}
    places: dict[Hashable, list[int]] = {}
    for statement in filter(_distinct, removed):
        places.setdefault(piece(statement, numbers).key, []).append(id(statement))
    moved: dict[int, int] = {}
    for statement in _alone(matches, new=True):
        waiting = places.get(piece(statement, numbers).key)
        if waiting:
            moved[id(statement)] = waiting.pop(0)
    return Edits(matches, frozenset(map(id, removed)), moved)


def _distinct(statement: Statement) -> bool:
    """Whether a statement can be told from others: a second `relu` is not the first one at another place."""
    return bool(statement.fields or statement.label or statement.body)


def _alone(matches: Matches, *, new: bool) -> Iterator[Statement]:
    """The statements that are on one side only."""
    for match in matches:
        statement, other = (match.b, match.a) if new else (match.a, match.b)
        if statement is not None and other is None:
            yield statement
        yield from _alone(match.body, new=new)


@frozen(slots=True)
class Gap:
    """What one side put before a statement of the base, and what became of that; the last gap has no statement."""

    new: Body
    statement: Statement | None = None
    body: Matches = ()


def gaps(matches: Matches) -> list[Gap]:
    """The statements of the base in order, and one gap more at the end."""
    out: list[Gap] = []
    new: list[Statement] = []
    for match in matches:
        if match.a is not None:
            out.append(Gap(tuple(new), match.b, match.body))
            new.clear()
        elif match.b is not None:
            new.append(match.b)
    return [*out, Gap(tuple(new))]
