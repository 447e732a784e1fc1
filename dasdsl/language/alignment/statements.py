"""Statements as the alignment sees them: as they are written, without comments."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Final

from dasdsl.language.alignment.pieces import UNIT, Match, Piece
from dasdsl.language.alignment.trees import Trees
from dasdsl.language.blocks import head_of
from dasdsl.language.space import Statement
from dasdsl.language.words import CALLED, fields_of, opens
from dasdsl.operations.core.values import Call

LABELLED: Final = 10
RELABELLED: Final = 90
"""Two labels: most likely they are two statements, but for those that do not differ otherwise."""
FIELD: Final = 25
"""What a field that differs costs, up to nearly the weight of a statement."""
ANOTHER: Final = 130
"""What it costs to make one statement of another that is of its kind: less than to take one and add the other."""

Matches = tuple[Match[Statement], ...]


def align(a: Iterable[Statement], b: Iterable[Statement]) -> Matches:
    """Two bodies side by side."""
    numbers: dict[Hashable, int] = {}
    mine, theirs = (tuple(piece(statement, numbers) for statement in side) for side in (a, b))
    return Trees(change).align(mine, theirs)


def piece(statement: Statement, numbers: dict[Hashable, int]) -> Piece[Statement]:
    """A statement with its block; labels count, comments do not. `numbers` are those of all keys."""
    body = tuple(piece(inner, numbers) for inner in statement.body)
    weight = UNIT + sum(inner.weight for inner in body)
    meaning = (statement.words, statement.fields, statement.label, tuple(inner.key for inner in body))
    anchor = (statement.label, statement.words) if statement.label else None
    return Piece(statement, numbers.setdefault(meaning, len(numbers)), weight, body, anchor=anchor)


def change(a: Statement, b: Statement) -> int | None:
    """What it costs to make one statement of another, without their blocks."""
    cost = 0 if a.label == b.label else RELABELLED if a.label and b.label else LABELLED
    if a.words == b.words:
        if _block(a) != _block(b):
            return cost + ANOTHER
        mine, theirs = dict(a.fields), dict(b.fields)
        differing = sum(mine.get(name) != theirs.get(name) for name in mine | theirs)
        return cost + min(differing * FIELD, UNIT - LABELLED)
    if a.label is not None and a.label == b.label:
        return UNIT
    return cost + ANOTHER if _alike(a.words, b.words) else None


def _block(statement: Statement) -> str | None:
    """The name of the block that a statement defines or uses."""
    called = head_of(statement) or statement.get(CALLED.name)
    return called.name if isinstance(called, Call) else None


def _alike(a: str, b: str) -> bool:
    """Whether statements are of one kind: they begin with the same word, or are bare words without a block."""
    return a.partition(" ")[0] == b.partition(" ")[0] or not (fields_of(a) or fields_of(b) or opens(a) or opens(b))
