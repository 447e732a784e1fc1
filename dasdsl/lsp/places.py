"""Places of the language and positions of the Language Server Protocol, and the way between them.

The language counts lines and characters from 1, and its lines end with LF or CRLF. Editors count from 0, in units of an
encoding, and their lines end with a lone CR too. The way leads over the offset into the text as it is, so it is exact
whatever the text holds.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from typing import Final, Literal

from dasdsl.frozen import frozen
from dasdsl.language.lines import decoded
from dasdsl.operations.core.values import Span

Encoding = Literal["utf-8", "utf-16", "utf-32"]
"""The unit that an editor counts in: a byte, half of a surrogate pair, a character."""

LINE_END: Final = re.compile(r"\r\n|\n|\r")


@frozen(slots=True, order=True)
class Place:
    """A place between two characters: line and column count from 1."""

    line: int
    column: int

    def touches(self, span: Span) -> bool:
        """Whether it is in a span, or at its end: the cursor behind a word is at the word."""
        return span.line == self.line and span.column <= self.column <= span.end_column


@frozen(slots=True, order=True)
class Position:
    """A place as an editor counts: line and units from 0."""

    line: int
    character: int


def units(text: str, encoding: Encoding) -> int:
    """How many units of an encoding a text takes."""
    match encoding:
        case "utf-32":
            return len(text)
        case "utf-16":
            return len(text) + sum(character > "\uffff" for character in text)
        case "utf-8":
            return len(text.encode("utf-8", "surrogatepass"))


@frozen
class Text:
    """A text as an editor has it."""

    source: str

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines as the language reads them."""
        return tuple(decoded(self.source).split("\n"))

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        """The offset at which each line of the language starts."""
        first = len(self.source) - len(self.source.removeprefix("\ufeff"))
        return (first, *(found.end() for found in re.finditer("\n", self.source)))

    @cached_property
    def _shown(self) -> tuple[int, ...]:
        """The offset at which each line of an editor starts."""
        return (0, *(found.end() for found in LINE_END.finditer(self.source)))

    def line(self, number: int) -> str:
        """A line by its number; lines that are not there are empty."""
        return self.lines[number - 1] if 1 <= number <= len(self.lines) else ""

    def offset(self, place: Place) -> int:
        """The offset of a place; what is behind the end of a line is its end."""
        number = min(max(place.line, 1), len(self.lines))
        column = min(max(place.column, 1), len(self.lines[number - 1]) + 1)
        return self._starts[number - 1] + column - 1

    def position(self, place: Place, encoding: Encoding) -> Position:
        """The position of a place."""
        offset = self.offset(place)
        line = bisect_right(self._shown, offset) - 1
        return Position(line, units(self.source[self._shown[line] : offset], encoding))

    def place(self, position: Position, encoding: Encoding) -> Place:
        """The place of a position; what is behind the end of a line is its end."""
        if position.line >= len(self._shown):
            return Place(len(self.lines), len(self.lines[-1]) + 1)
        start = self._shown[max(position.line, 0)]
        found = LINE_END.search(self.source, start)
        text = self.source[start : found.start() if found else None]
        offset = start + characters(text, position.character, encoding)
        line = max(bisect_right(self._starts, offset) - 1, 0)
        return Place(line + 1, max(offset - self._starts[line], 0) + 1)

    @property
    def end(self) -> Place:
        """Behind the last character."""
        return Place(len(self.lines), len(self.lines[-1]) + 1)


def written(text: Text, span: Span) -> str:
    """What stands at a place."""
    return text.line(span.line)[span.column - 1 : span.end_column - 1]


def characters(text: str, count: int, encoding: Encoding) -> int:
    """How many characters of a text lie within so many units; one that is cut through counts."""
    taken = 0
    for index, character in enumerate(text):
        if taken >= count:
            return index
        taken += units(character, encoding)
    return len(text)
