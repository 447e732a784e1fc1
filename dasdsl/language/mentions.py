"""The names that a written value mentions."""

from __future__ import annotations

from collections.abc import Iterator

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


def names_in(value: Written | Range) -> Iterator[Name]:
    """The names in a value; that of a call is none of them."""
    for part in parts_of(value):
        yield from (part,) if isinstance(part, Name) else names_in(part)


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
