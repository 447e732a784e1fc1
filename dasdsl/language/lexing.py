"""Makes tokens of a line; the context decides what some of them are (see the head of `grammars/das.lark`)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from dasdsl.language.words import openers, reserved

OPERANDS: Final = frozenset({"NAME", "INT", "DECIMAL", "RPAR", "MORE", "RBRACKET"})
BRACKETS: Final = {"LESS": "<", "LBRACKET": "[", "MORE": "", "RBRACKET": ""}
STARTS: Final = frozenset({"", "EQUAL", "COLON"})


class Token(NamedTuple):
    """A piece of a line; the column counts from 1."""

    type: str
    text: str
    column: int


NOTHING: Final = Token("", "", 0)
"""What stands before the first token."""


class UnknownCharacterError(Exception):
    """No token begins at this index."""

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index


def tokens(code: str, pattern: re.Pattern[str], ignored: Sequence[str]) -> Iterator[Token]:
    """The tokens of a line. Raises `UnknownCharacterError`."""
    before, bracket, index = NOTHING, "", 0
    while index < len(code):
        found = pattern.match(code, index)
        if found is None or found.lastgroup is None:
            raise UnknownCharacterError(index)
        if found.lastgroup not in ignored:
            kind = kind_of(found.lastgroup, found[0], before, bracket)
            before = Token(kind, found[0], index + 1)
            bracket = BRACKETS.get(kind, bracket)
            yield before
        index = found.end()


def kind_of(kind: str, text: str, before: Token, bracket: str) -> str:
    """What a token is behind another one, within `<`, `[` or neither."""
    match kind:
        case "NAME" if bracket == "[" and text == "none":
            return "NONE"
        case "NAME" if bracket == "<" and text == "by" and before.type in OPERANDS:
            return "BY"
        case "NAME" if text in reserved():
            return "WORD"
        case "CALL" if before.type in STARTS or before.text == "block":
            return "WORD" if text in openers() else "CALL"
        case "CALL" if text in reserved():
            return "WORD"
        case "MINUS" if before.type not in OPERANDS:
            return "NEG"
        case _:
            return kind
