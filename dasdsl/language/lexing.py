"""Retypes the lexer's output where the context decides what a token is (see the head of `grammars/das.lark`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lark import Token
from lark.lark import PostLex

from dasdsl.language.words import openers, reserved

OPERANDS: Final = frozenset({"NAME", "INT", "DECIMAL", "RPAR", "MORE", "RBRACKET"})
BRACKETS: Final = {"LESS": "<", "LBRACKET": "[", "MORE": "", "RBRACKET": ""}
STARTS: Final = frozenset({"", "EQUAL", "COLON"})


class Retyping(PostLex):
    """Words, signs and the contextual `by` and `none`."""

    always_accept = ()

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """The tokens, some of them with another type."""
        before: Token | None = None
        bracket = ""
        for token in stream:
            token.type = kind_of(token, before, bracket)
            bracket = BRACKETS.get(token.type, bracket)
            before = token
            yield token


def kind_of(token: Token, before: Token | None, bracket: str) -> str:
    """What a token is behind another one, within `<`, `[` or neither."""
    previous = "" if before is None else before.type
    match token.type:
        case "NAME" if bracket == "[" and token.value == "none":
            return "NONE"
        case "NAME" if bracket == "<" and token.value == "by" and previous in OPERANDS:
            return "BY"
        case "NAME" if token in reserved():
            return "WORD"
        case "CALL" if previous in STARTS or before == "block":
            return "WORD" if token in openers() else "CALL"
        case "CALL" if token in reserved():
            return "WORD"
        case "MINUS" if previous not in OPERANDS:
            return "NEG"
        case kind:
            return kind
