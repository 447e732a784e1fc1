"""What a file says: its header and its statements. Places, comments and the source take no part in equality."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cached_property
from typing import Final

from dasdsl.frozen import frozen
from dasdsl.language.header.model import Header, read_found
from dasdsl.language.names import values_of
from dasdsl.operations.core.values import (
    NOWHERE,
    AtMost,
    Binary,
    Call,
    Choice,
    Dims,
    Name,
    Options,
    Parenthesised,
    Resolved,
    Span,
    Written,
)

OPEN_STATEMENTS: Final = frozenset({"choose", "optional"})
"""What leaves something open by being there."""


@frozen(slots=True)
class Comments:
    """The comments at a statement: lines above (blank ones are ""), one beside, lines at the end of its block."""

    above: tuple[str, ...] = ()
    beside: str = ""
    below: tuple[str, ...] = ()


@frozen(slots=True)
class Statement:
    """A statement: its words, its fields in the order of the table without those at their default, and its block."""

    words: str
    fields: tuple[tuple[str, Written], ...] = ()
    label: str | None = None
    body: tuple[Statement, ...] = ()
    span: Span = field(default=NOWHERE, compare=False, repr=False)
    """The place of its words."""
    places: tuple[tuple[str, Span], ...] = field(default=(), compare=False, repr=False)
    """The places of the values of its fields, those at their default included."""
    comments: Comments = field(default=Comments(), compare=False, repr=False)

    @classmethod
    def of(cls, words: str, values: Mapping[str, Resolved], label: str | None = None) -> Statement:
        """The statement that says this; values that are the default are dropped."""
        from dasdsl.language.writing import written_fields

        return cls(words, written_fields(words, values), label)

    def get(self, name: str) -> Written | None:
        """The value of a field, None where it is not written."""
        for key, value in self.fields:
            if key == name:
                return value
        return None

    def place(self, name: str) -> Span:
        """Where the value of a field stands; the statement's words where it is not written, or for ""."""
        for key, span in self.places:
            if key == name:
                return span
        return self.span


@frozen(slots=True)
class Source:
    """Where a space comes from: the text, its path, and the text of the header that it was read from."""

    text: str = ""
    path: str = "<text>"
    head: str = ""
    header: Header | None = None
    names: tuple[tuple[str, Span], ...] = ()
    """The places of the names in `define`."""
    limits: tuple[tuple[str, Span], ...] = ()
    """The places of the values of `limit`."""


@frozen
class Space:
    """A space, an architecture, or anything in between. `str` gives its text in canonical form."""

    header: Header
    body: tuple[Statement, ...]
    source: Source = field(default=Source(), compare=False, repr=False)
    below: tuple[str, ...] = field(default=(), compare=False, repr=False)
    """Comments and blank lines behind the last statement."""

    @classmethod
    def closed(
        cls,
        name: str,
        input: tuple[int, ...],  # noqa: A002 - the word of the language
        body: tuple[Statement, ...],
        found: Mapping[str, object] | None = None,
    ) -> Space:
        """An architecture; `found` has the keys of the header's `found:`."""
        measured = None if found is None else read_found(dict(found))
        return cls(Header(architecture=name, input=input, found=measured), body)

    @property
    def name(self) -> str:
        """The name in the header."""
        return self.header.name

    @property
    def input(self) -> tuple[int, ...]:
        """The shape of the network's input."""
        return self.header.input

    @cached_property
    def names(self) -> Mapping[str, int | Options]:
        """What the names of `define` stand for.

        Raises: Refused, where one is wrong (a text that was read has none such).
        """
        return values_of(self.header.define)

    @property
    def open(self) -> bool:
        """Whether anything is left to decide."""
        return next(open_places(self.body, self.names), None) is not None

    def __str__(self) -> str:
        from dasdsl.language.printer import print_space

        return print_space(self)


def open_places(body: tuple[Statement, ...], names: Mapping[str, int | Options]) -> Iterator[tuple[str, Span]]:
    """What leaves something open, in the order of the text: a value, or the word of a statement; with its place."""
    from dasdsl.language.written import spell

    for statement in body:
        if statement.words in OPEN_STATEMENTS:
            yield statement.words, statement.span
        for _, value in statement.fields:
            if is_open(value, names):
                yield spell(value), value.span
        yield from open_places(statement.body, names)


def is_open(value: Written, names: Mapping[str, int | Options]) -> bool:
    """Whether a value leaves something open, itself or through a name."""
    match value:
        case Choice() | AtMost():
            return True
        case Name(name=name):
            return isinstance(names.get(name), Options)
        case Binary(left=left, right=right):
            return is_open(left, names) or is_open(right, names)
        case Parenthesised(inner=inner):
            return is_open(inner, names)
        case Dims(sides=parts) | Call(arguments=parts):
            return any(is_open(part, names) for part in parts)
        case _:
            return False
