"""Reads a line that may be unfinished or wrong: its clause around a column, and what the words in it are.

The parser says nothing about a line with an error in it, and a line that is being written has one.
"""

from __future__ import annotations

import re
from typing import Final

from dasdsl.frozen import frozen
from dasdsl.language.words import kinds, statements, words_of
from dasdsl.operations.core.fields import Field

TOKEN: Final = re.compile(r"(?<=[0-9>)])x|[A-Za-z_][A-Za-z0-9_]*|[0-9]+(?:\.[0-9]+)?|<=|->|\.\.|[^\s]")
"""`x` sticks to a digit, `>` or `)` before it."""
LABEL: Final = re.compile(r"\s*[A-Za-z_][A-Za-z0-9_]*\s*=")
WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
TIGHT: Final = re.compile(r"[0-9>)]x$")
OPENING: Final = {"(": ")", "<": ">", "[": "]"}


@frozen(slots=True)
class Token:
    """A word, a number or a sign; the column counts from 1."""

    text: str
    column: int

    @property
    def end(self) -> int:
        """The column behind it."""
        return self.column + len(self.text)

    @property
    def named(self) -> bool:
        """Whether it is a word or a name."""
        return WORD.fullmatch(self.text) is not None


@frozen(slots=True)
class Clause:
    """A statement as far as it is written: its tokens without the label and the `:`, and the words it begins with."""

    tokens: tuple[Token, ...]

    @property
    def words(self) -> str:
        """The words that name the statement, "" where there are none."""
        first, second = (*(token.text for token in self.tokens[:2]), "", "")[:2]
        both = f"{first} {second}"
        return both if both in statements() else first if first in statements() or kinds(first) else ""

    @property
    def table(self) -> tuple[Field, ...]:
        """The fields that the statement may have."""
        return statements().get(self.words, ())

    @property
    def rest(self) -> tuple[Token, ...]:
        """What stands behind the statement's words."""
        return self.tokens[len(self.words.split()) :]

    def field(self, name: str) -> Field | None:
        """The field that a word introduces, or that the word is a value of without one."""
        for field in self.table:
            if field.name == name if field.keyword else name in words_of(field):
                return field
        return None

    def valued(self, token: Token) -> Field | None:
        """The field that a word is the value of, where the field's own word stands before it."""
        index = self.tokens.index(token)
        field = self.field(self.tokens[index - 1].text) if index else None
        return field if field is not None and field.keyword and token.text in words_of(field) else None

    @property
    def written(self) -> frozenset[str]:
        """The names of the fields that are written."""
        found = (self.field(token.text) for token in self.rest)
        return frozenset(field.name for field in found if field is not None)

    @property
    def innermost(self) -> str:
        """The bracket that is open at its end, "" where there is none."""
        opened: list[str] = []
        for token in self.tokens:
            if token.text in OPENING:
                opened.append(token.text)
            elif opened and token.text == OPENING[opened[-1]]:
                opened.pop()
        return opened[-1] if opened else ""

    @property
    def open_field(self) -> Field | None:
        """The field whose value is due at its end."""
        last = self.rest[-1] if self.rest else None
        field = None if last is None else self.field(last.text)
        return None if field is None or not field.keyword or field.is_flag else field


def code_of(line: str) -> str:
    """A line without its comment."""
    return line.partition("#")[0]


def tokens_of(code: str) -> tuple[Token, ...]:
    """The tokens of code."""
    return tuple(Token(found[0], found.start() + 1) for found in TOKEN.finditer(code))


def clause_at(line: str, column: int) -> Clause:
    """The clause that a column is in: a line has a second one behind its `:`."""
    code = code_of(line)
    start = code.rfind(":", 0, column - 1) + 1
    end = code.find(":", start)
    part = code[: end if end >= 0 else len(code)]
    label = LABEL.match(part, start)
    start = label.end() if label else start
    return Clause(tuple(token for token in tokens_of(part) if token.column > start))


def clause_before(line: str, column: int) -> tuple[Clause, str]:
    """The clause as it is written before a column, and the word that is being written there."""
    before = code_of(line)[: column - 1]
    last = next(reversed(tokens_of(before)), None)
    written = last is not None and last.named and last.end == len(before) + 1 and not TIGHT.search(before)
    word = last.text if last is not None and written else ""
    return clause_at(before[: len(before) - len(word)], column), word


def token_at(clause: Clause, column: int) -> Token | None:
    """The word that a column is in, or at the end of."""
    return next((token for token in clause.tokens if token.named and token.column <= column <= token.end), None)
