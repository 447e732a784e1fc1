"""`define:`: names for numbers, for expressions on earlier names, and for decisions that are shared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from dasdsl.frozen import frozen
from dasdsl.language import errors, limits
from dasdsl.language.grammar import parsed_value
from dasdsl.language.header.scalars import Bad, shown
from dasdsl.language.syntax import Mover
from dasdsl.language.words import reserved
from dasdsl.operations.core.problems import Problem, Refused
from dasdsl.operations.core.values import (
    NOWHERE,
    AtMost,
    Binary,
    Bracket,
    Call,
    Choice,
    Dims,
    Expression,
    Name,
    Number,
    Parenthesised,
    Span,
)

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def checked(value: object) -> dict[str, Expression | Choice]:
    """Written values by name, as Python code gives them, or numbers and text in their place."""
    if not isinstance(value, Mapping):
        raise Bad(f"is {shown(value)}" if value else "has no value", "write `{name: value}`")
    return {str(name): _written(item) for name, item in value.items()}


def _written(value: object) -> Expression | Choice:
    if isinstance(value, int) and not isinstance(value, bool):
        return Number(value)
    if isinstance(value, str):
        try:
            return defined("define", value, NOWHERE, exact=False)
        except Refused as refused:
            raise Bad(refused.problem.message(), refused.problem.help()) from None
    if isinstance(value, Number | Name | Binary | Parenthesised | Choice):
        return value
    raise Bad("is no number, expression or choice", "write for example `4`, `2*c` or `<16|32>`")


@frozen(slots=True)
class Pinned(Mover):
    """Gives every part of a tree the same place."""

    place: Span

    def span(self, span: Span) -> Span:
        """The one place."""
        return self.place


def defined(name: str, text: str, place: Span, *, exact: bool) -> Expression | Choice:
    """The value of a name; its parts have places of their own where the text stands there as it is (`exact`).

    Raises: Refused.
    """
    found = parsed_value(text)
    mover = Mover(place.line, place.column - 1) if exact else Pinned(0, 0, place)
    if isinstance(found, Problem):
        raise Refused(replace(found, span=mover.span(found.span)))
    if isinstance(found, AtMost | Dims | Bracket | Call):
        remedy = "write a number, an expression or a choice: `4`, `2*c`, `<16|32>`"
        raise Refused(errors.header.BadValue(span=place, key=name, detail=f"cannot be {shown(text)}", remedy=remedy))
    return mover.side(found)


def check_name(name: str, span: Span) -> None:
    """Refuse what cannot name a value.

    Raises: Refused E041.
    """
    if name in reserved():
        raise Refused(errors.header.BadDefinedName(span=span, name=name, why="is a word of the language"))
    if not IDENTIFIER.fullmatch(name) or len(name) > limits.NAME:
        raise Refused(errors.header.BadDefinedName(span=span, name=name[: limits.NAME], why="cannot be a name"))
