"""The parser of one line, made from `grammars/das.lark`, the only definition of the body."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, cast

from lark import Lark
from lark.exceptions import UnexpectedCharacters, UnexpectedToken

import dasdsl
from dasdsl.language import limits
from dasdsl.language.building import Builder
from dasdsl.language.complaints import about_character, about_token
from dasdsl.language.errors.syntax import TooManyOperators
from dasdsl.language.errors.text import TooDeep
from dasdsl.language.lexing import Retyping
from dasdsl.language.syntax import Line
from dasdsl.operations.core.problems import Problem, Refused
from dasdsl.operations.core.values import Span, Written

MARK: Final = re.compile(r"<=|->|[(<\[\])>+*/-]")
OPENING: Final = ("(", "<", "[")
CLOSING: Final = (")", ">", "]")
OPERATORS: Final = ("+", "-", "*", "/")


def grammar_text() -> str:
    """The grammar: inside the package where it was installed, beside it in a checkout."""
    package = Path(dasdsl.__file__).parent
    inside = package / "grammars" / "das.lark"
    path = inside if inside.exists() else package.parent / "grammars" / "das.lark"
    return path.read_text(encoding="utf-8")


@cache
def parser() -> Lark:
    """The parser of lines and of single values. Trees are built while parsing, so nothing recurses."""
    return Lark(
        grammar_text(),
        parser="lalr",
        lexer="basic",
        start=["line", "value"],
        postlex=Retyping(),
        transformer=Builder(),
        keep_all_tokens=True,
        maybe_placeholders=False,
    )


@lru_cache(maxsize=4096)
def parsed_line(code: str) -> Line | Problem:
    """One line, or the first thing that is wrong with it; places count from column 1 of line 0."""
    found = _parsed(code, "line")
    return found if isinstance(found, Problem) else cast("Line", found)


def parsed_value(code: str) -> Written | Problem:
    """One value, as in `define`."""
    found = _parsed(code, "value")
    return found if isinstance(found, Problem) else cast("Written", found)


def _parsed(code: str, start: str) -> object:
    limited = over_limit(code)
    if limited is not None:
        return limited
    try:
        return parser().parse(code, start=start)
    except UnexpectedToken as unexpected:
        return about_token(code, unexpected)
    except UnexpectedCharacters as unexpected:
        return about_character(code, unexpected.pos_in_stream)
    except Refused as refused:
        return refused.problem


def over_limit(code: str) -> Problem | None:
    """What would make the tree of this line too deep, found before there is one."""
    if len(code) <= limits.NESTING:
        return None
    depth = operators = 0
    inside = ""
    for mark in MARK.finditer(code):
        span = Span(0, mark.start() + 1, mark.end() + 1)
        if mark[0] in OPENING:
            depth, inside = depth + 1, mark[0]
        elif mark[0] in CLOSING:
            depth, inside = max(0, depth - 1), ""
        elif mark[0] in OPERATORS and inside != "[":
            operators += 1
        if depth > limits.NESTING:
            return TooDeep(span=span, what="brackets")
        if operators > limits.OPERATORS:
            return TooManyOperators(span=span)
    return None
