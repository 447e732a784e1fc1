"""Finds the names of `define` that nothing uses."""

from __future__ import annotations

from collections.abc import Iterator

from dasdsl.diagnostics import Diagnostic
from dasdsl.language import errors
from dasdsl.language.reports import diagnose
from dasdsl.language.space import Space, Statement
from dasdsl.operations.core.values import (
    AtMost,
    Binary,
    Bracket,
    Call,
    Choice,
    Dims,
    Name,
    Number,
    Parenthesised,
    Range,
    Written,
)


def warnings_of(space: Space) -> tuple[Diagnostic, ...]:
    """A warning for each name that neither a statement nor another name uses; none for a space without a source."""
    used = set(names_of_body(space.body))
    for value in space.header.define.values():
        used |= set(names_in(value))
    unused = ((name, span) for name, span in space.source.names if name not in used)
    return tuple(diagnose(errors.header.UnusedName(span=span, name=name), space.source.path) for name, span in unused)


def names_of_body(body: tuple[Statement, ...]) -> Iterator[str]:
    """The names in all statements."""
    for statement in body:
        for _, value in statement.fields:
            yield from names_in(value)
        yield from names_of_body(statement.body)


def names_in(value: Written | Range) -> Iterator[str]:
    """The names in a value."""
    for part in parts_of(value):
        yield from (part.name,) if isinstance(part, Name) else names_in(part)


def parts_of(value: Written | Range) -> tuple[Written | Range, ...]:
    """What a value is made of; a name is its own part."""
    match value:
        case Name():
            return (value,)
        case Binary(left=left, right=right):
            return left, right
        case Parenthesised(inner=inner) | AtMost(limit=inner):
            return (inner,)
        case Choice(options=parts) | Dims(sides=parts) | Call(arguments=parts):
            return parts
        case Range(first=first, last=last, step=step):
            return (first, last) if step is None else (first, last, step)
        case Number() | Bracket():
            return ()
