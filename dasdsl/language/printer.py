"""The canonical text of a space: one spelling, one space, four to indent, comments where they stood."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dasdsl.language.header.printing import print_header
from dasdsl.language.space import Comments, Space, Statement
from dasdsl.language.words import USE, fields_of
from dasdsl.language.written import spell
from dasdsl.operations.core.fields import Field
from dasdsl.operations.core.values import AtMost, Written

INDENT: Final = "    "


def print_space(space: Space) -> str:
    """The text of a space; the header's text is left alone where it is still what it was read from."""
    source = space.source
    head = source.head if source.header is not None and source.header == space.header else print_header(space.header)
    lines = [*head.split("\n"), *body(space.body, ""), *space.below]
    return "\n".join(lines) + "\n"


def body(statements: tuple[Statement, ...], margin: str) -> Iterator[str]:
    """The lines of a body."""
    for statement in statements:
        yield from (margin + text if text else "" for text in statement.comments.above)
        yield from lines(statement, margin)


def lines(statement: Statement, margin: str) -> Iterator[str]:
    """A statement with its block."""
    text = margin + head(statement)
    only = statement.body[0] if len(statement.body) == 1 else None
    if only is not None and not only.body and bare(only.comments) and not any(statement.comments.below):
        yield beside(f"{text}: {head(only)}", statement.comments.beside)
        return
    yield beside(f"{text}:" if statement.body else text, statement.comments.beside)
    deeper = margin + INDENT
    yield from body(statement.body, deeper)
    yield from (deeper + line if line else "" for line in statement.comments.below)


def bare(comments: Comments) -> bool:
    """Whether there is no comment; blank lines do not count."""
    return not any(comments.above) and not comments.beside and not any(comments.below)


def beside(text: str, comment: str) -> str:
    """A line with the comment behind it."""
    return f"{text}  {comment}" if comment else text


def head(statement: Statement) -> str:
    """The statement itself, on one line."""
    label = () if statement.label is None else (statement.label, "=")
    words = () if statement.words == USE else (statement.words,)
    table = {field.name: field for field in fields_of(statement.words)}
    fields = (spelt(table[name], value) for name, value in statement.fields)
    return " ".join((*label, *words, *fields))


def spelt(field: Field, value: Written) -> str:
    """A field: its word and its value, `<=` without a space between."""
    text = spell(value)
    if not field.keyword:
        return text
    if field.is_flag:
        return field.name
    return f"{field.name}{text}" if isinstance(value, AtMost) else f"{field.name} {text}"
