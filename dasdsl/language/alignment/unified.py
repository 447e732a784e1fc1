"""Two texts in canonical form as a unified diff, statement by statement; comments take no part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, Literal

from dasdsl.frozen import frozen
from dasdsl.language.alignment.sequences import Budget, Side
from dasdsl.language.alignment.sequences import align as align_sequences
from dasdsl.language.alignment.statements import Matches, align
from dasdsl.language.header.printing import print_header
from dasdsl.language.printer import INDENT, head
from dasdsl.language.printer import lines as printed
from dasdsl.language.space import Comments, Space, Statement

CONTEXT: Final = 3
"""Lines shown around a change."""


@frozen(slots=True)
class Line:
    """A line that is on both sides, on the first (`-`) or on the second (`+`)."""

    sign: Literal[" ", "-", "+"]
    text: str


def unified(a: Space, b: Space, names: tuple[str, str]) -> Iterator[str]:
    """The lines of the diff; none where the texts are the same."""
    lines = [*_headers(a, b), *_bodies(align(bare(a.body), bare(b.body)), "")]
    hunks = list(_hunks(lines))
    if hunks:
        yield f"--- {names[0]}"
        yield f"+++ {names[1]}"
    for first, last in hunks:
        places = (f"{sign}{_place(lines, first, last, sign)}" for sign in "-+")
        yield f"@@ {' '.join(places)} @@"
        yield from (f"{line.sign}{line.text}" for line in lines[first:last])


def bare(body: tuple[Statement, ...]) -> tuple[Statement, ...]:
    """Statements without their comments."""
    return tuple(replace(statement, comments=Comments(), body=bare(statement.body)) for statement in body)


def _headers(a: Space, b: Space) -> Iterator[Line]:
    """What the headers say of the networks."""
    said = (replace(space.header, data=None, search=None, found=None) for space in (a, b))
    mine, theirs = (print_header(header).split("\n") for header in said)
    one, other = (Side(side, [1] * len(side)) for side in (mine, theirs))
    for i, j in align_sequences(one, other, lambda _i, _j: None, Budget()):
        yield from _pair("" if i is None else mine[i], "" if j is None else theirs[j])


def _bodies(matches: Matches, margin: str) -> Iterator[Line]:
    for match in matches:
        match match.a, match.b:
            case Statement() as a, Statement() as b if _one_line(a) and _one_line(b):
                yield from _pair("\n".join(printed(a, margin)), "\n".join(printed(b, margin)))
            case Statement() as a, Statement() as b:
                yield from _pair(f"{margin}{head(a)}:", f"{margin}{head(b)}:")
                yield from _bodies(match.body, margin + INDENT)
            case Statement() as a, _:
                yield from (Line("-", text) for text in printed(a, margin))
            case _, Statement() as b:
                yield from (Line("+", text) for text in printed(b, margin))
            case _:
                pass


def _one_line(statement: Statement) -> bool:
    """Whether a statement is printed on one line."""
    return len(list(printed(statement, ""))) == 1


def _pair(a: str, b: str) -> Iterator[Line]:
    """A line of both sides, or one of each; an empty one is not there."""
    if a == b:
        yield Line(" ", a)
        return
    if a:
        yield Line("-", a)
    if b:
        yield Line("+", b)


def _hunks(lines: list[Line]) -> Iterator[tuple[int, int]]:
    """The parts of the lines that are shown: what changed, and what stands around it."""
    first = last = -1
    for index, line in enumerate(lines):
        if line.sign == " ":
            continue
        if first >= 0 and index - CONTEXT <= last:
            last = min(index + CONTEXT + 1, len(lines))
            continue
        if first >= 0:
            yield first, last
        first, last = max(index - CONTEXT, 0), min(index + CONTEXT + 1, len(lines))
    if first >= 0:
        yield first, last


def _place(lines: list[Line], first: int, last: int, sign: str) -> str:
    """`9,4`: the number of the first line on one side, and how many lines there are; 0 stands before the first."""
    before, inside = (sum(line.sign in (" ", sign) for line in part) for part in (lines[:first], lines[first:last]))
    return f"{before + 1 if inside else before},{inside}"
