"""Texts with places to fill in, as editors take them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count

from dasdsl.language.grammar import parsed_line
from dasdsl.language.syntax import Line, Word
from dasdsl.operations.core.values import Span


def snippet_of(example: str) -> str:
    """An example in which every value is a place to fill in."""
    numbers = count(1)
    return "\n".join(_line(line, numbers) for line in example.split("\n"))


def call_snippet(name: str, parameters: tuple[str, ...]) -> str:
    """The use of a block, with a place for each argument."""
    arguments = (f"${{{number}:{escaped(parameter)}}}" for number, parameter in enumerate(parameters, 1))
    return f"{name}({', '.join(arguments)})"


def escaped(text: str) -> str:
    """Text in which nothing is a place."""
    return re.sub(r"[\\$}]", r"\\\g<0>", text)


def _line(line: str, numbers: Iterator[int]) -> str:
    parts, at = list[str](), 0
    for span in _values(line):
        start, end = span.column - 1, span.end_column - 1
        parts += (escaped(line[at:start]), f"${{{next(numbers)}:{escaped(line[start:end])}}}")
        at = end
    return "".join((*parts, escaped(line[at:])))


def _values(line: str) -> Iterator[Span]:
    """The places of the values of a line."""
    found = parsed_line(line)
    if not isinstance(found, Line):
        return
    for clause in (found.clause, found.inner):
        for item in clause.items if clause else ():
            if not isinstance(item, Word):
                yield item.span
