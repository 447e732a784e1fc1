"""The parser of one line, made from `grammars/das.lark`, the only definition of the body."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import cache, lru_cache
from typing import Final, cast

import dasdsl
from dasdsl.language import errors, limits, tables
from dasdsl.language.building import Builder
from dasdsl.language.complaints import about_character, about_token
from dasdsl.language.lexing import UnknownCharacterError
from dasdsl.language.parsing import Parser, UnexpectedTokenError
from dasdsl.language.syntax import Item, Line, Word
from dasdsl.language.written import spell
from dasdsl.operations.core.problems import Problem, Refused
from dasdsl.operations.core.values import Span, Written

MARK: Final = re.compile(r"<=|->|[(<\[\])>+*/-]")
OPENING: Final = ("(", "<", "[")
CLOSING: Final = (")", ">", "]")
OPERATORS: Final = ("+", "-", "*", "/")
ONE_VALUE: Final = "write one number, expression or choice: `4`, `2*c`, `<16|32>`"


def beside(name: str) -> str | None:
    """The text of a file of the grammar: in the package where it was installed, beside it in a checkout; else None."""
    package = dasdsl.__file__.removesuffix("__init__.py")
    for folder in (f"{package}grammars", f"{package}../grammars"):
        with suppress(FileNotFoundError), open(f"{folder}/{name}", encoding="utf-8") as file:  # noqa: PTH123 - no pathlib
            return file.read()
    return None


def grammar_text() -> str:
    """The grammar."""
    text = beside("das.lark")
    assert text is not None, "the package has no grammar"
    return text


@cache
def parser() -> Parser:
    """The parser of lines, from the tables that are kept beside the grammar where they fit it."""
    grammar, text = grammar_text(), beside("das.json")
    found = None if text is None else tables.read(text, grammar)
    return Parser(found or made(grammar), Builder())


def made(grammar: str) -> tables.Tables:
    """The tables of a grammar that has changed; lark, which makes them, is loaded for nothing else."""
    from dasdsl.language.generating import generated

    return generated(grammar)


@lru_cache(maxsize=4096)
def parsed_line(code: str) -> Line | Problem:
    """One line, or the first thing that is wrong with it; places count from column 1 of line 0."""
    limited = over_limit(code)
    if limited is not None:
        return limited
    try:
        return cast("Line", parser().parse(code))
    except UnexpectedTokenError as unexpected:
        return about_token(code, unexpected)
    except UnknownCharacterError as unknown:
        return about_character(code, unknown.index)
    except Refused as refused:
        return refused.problem


def parsed_value(code: str) -> Written | Problem:
    """One value, as in `define`: a line that holds nothing else."""
    line = parsed_line(code)
    if isinstance(line, Problem):
        return line
    first, *rest = line.clause.items
    if isinstance(first, Word) or line.clause.label is not None:
        return stray(line.clause.label or first)
    if rest:
        return stray(rest[0])
    return first if line.colon is None else errors.syntax.Unexpected(span=line.colon, found=":", remedy=ONE_VALUE)


def stray(part: Item) -> Problem:
    """Something that stands beside a value, or in its place."""
    text = part.text if isinstance(part, Word) else spell(part)
    return errors.syntax.Unexpected(span=part.span, found=text, remedy=ONE_VALUE)


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
            return errors.text.TooDeep(span=span, what="brackets")
        if operators > limits.OPERATORS:
            return errors.syntax.TooManyOperators(span=span)
    return None
