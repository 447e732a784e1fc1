"""Cuts a text into the lines of its header and those of its body: indentation, code and comment."""

from __future__ import annotations

import re
from typing import Final

from dasdsl.frozen import frozen
from dasdsl.language import errors, limits
from dasdsl.language.collecting import Problems
from dasdsl.operations.core.problems import Problem
from dasdsl.operations.core.values import Span

FENCE: Final = "---"
FORBIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
DIRECTION: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@frozen(slots=True)
class CodeLine:
    """A line of the body: what stands before `#`, and the comment."""

    number: int
    indent: int
    code: str
    comment: str
    broken: bool = False
    """Whether something is wrong with it that is already reported."""


@frozen(slots=True)
class Pages:
    """A text in its two parts; the header's lines are those between the fences, the first has this number."""

    header: tuple[str, ...] | None
    header_line: int
    head: str
    """Everything up to the second fence, as it stands."""
    body: tuple[CodeLine, ...]


def decoded(text: str) -> str:
    """The text without a byte order mark, with line feeds only."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def pages(text: str, problems: Problems) -> Pages | None:
    """The two parts of a decoded text; None where they cannot be told apart."""
    if len(text) > limits.FILE:
        problems.add(errors.text.FileTooLong(span=Span(1, 1, 2), length=len(text)))
        return None
    lines = text.split("\n")
    if len(lines) > limits.LINES:
        problems.add(errors.text.TooManyLines(span=Span(limits.LINES + 1, 1, 2), lines=len(lines)))
        return None
    faults = faults_of(lines) if FORBIDDEN.search(text) else {}
    first = next((index for index, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")), 0)
    if lines[first].rstrip() != FENCE:
        problems.add(faults.get(first + 1) or errors.header.MissingHeader(span=whole(lines[first], first + 1)))
        return None
    last = next((index for index in range(first + 1, len(lines)) if lines[index].rstrip() == FENCE), None)
    if last is None:
        problems.add(errors.header.UnclosedHeader(span=whole(lines[first], first + 1)))
        return None
    for fault in faults.values():
        problems.add(fault)
    sound = not any(number <= last for number in faults)
    numbered = enumerate(lines[last + 1 :], last + 2)
    body = (code_line(line, number, number in faults, problems) for number, line in numbered)
    head = "\n".join(lines[: last + 1])
    return Pages(tuple(lines[first + 1 : last]) if sound else None, first + 2, head, tuple(body))


def faults_of(lines: list[str]) -> dict[int, Problem]:
    """The first character of each line that no text holds."""
    numbered = enumerate(lines, 1)
    return {number: fault for number, line in numbered if (fault := forbidden(line, number)) is not None}


def forbidden(line: str, number: int) -> Problem | None:
    """The first character of a line that no text holds."""
    found = FORBIDDEN.search(line)
    if found is None:
        return None
    span, character = Span(number, found.start() + 1, found.end() + 1), ord(found[0])
    if 0xD800 <= character <= 0xDFFF:
        return errors.text.NotUtf8(span=span)
    if found[0] in DIRECTION:
        return errors.text.Bidirectional(span=span, character=character)
    return errors.text.ControlCharacter(span=span, character=character)


def code_line(line: str, number: int, broken: bool, problems: Problems) -> CodeLine:
    """A line of the body in its three parts."""
    code, sign, comment = line.partition("#")
    stripped = code.strip(" \t")
    margin = code[: len(code) - len(code.lstrip(" \t"))]
    if len(line) > limits.LINE and not broken:
        problems.add(errors.text.LineTooLong(span=Span(number, limits.LINE, limits.LINE + 1), length=len(line)))
        broken = True
    if "\t" in margin and stripped and not broken:
        tab = margin.index("\t") + 1
        problems.add(errors.text.TabIndent(span=Span(number, tab, tab + 1)))
        broken = True
    return CodeLine(number, len(margin), stripped, (sign + comment).rstrip(), broken)


def whole(line: str, number: int) -> Span:
    """The place of all that a line holds."""
    return Span(number, 1, max(2, len(line.rstrip()) + 1))
