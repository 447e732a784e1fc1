"""Resolves every value of a file once, so that all its problems are known before anything is built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from dasdsl.language import errors, limits
from dasdsl.language.collecting import Problems
from dasdsl.language.header.model import Header
from dasdsl.language.resolve import resolve
from dasdsl.language.space import Statement, open_values
from dasdsl.language.words import statements
from dasdsl.language.written import spell
from dasdsl.operations.core.problems import Refused
from dasdsl.operations.core.values import Options, Patterns, Resolved, Shapes, Span


def checked(body: Iterable[Statement], names: Mapping[str, int | Options], problems: Problems) -> Iterator[Statement]:
    """The statements, each after a look at its values, within a bound on all that they expand to."""
    expanded = 0
    for statement in body:
        for inner in flat((statement,)):
            table = {field.name: field for field in statements()[inner.words]}
            for name, value in inner.fields:
                try:
                    expanded += weight(resolve(value, table[name], names))
                except Refused as refused:
                    problems.add(refused.problem, value.span)
                if expanded > limits.EXPANSION:
                    problems.stop(errors.values.TooManyPositions(span=value.span))
        yield statement


def flat(body: tuple[Statement, ...]) -> Iterator[Statement]:
    """All statements of a body, those in blocks too."""
    for statement in body:
        yield statement
        yield from flat(statement.body)


def weight(value: Resolved) -> int:
    """How many options or positions a value holds."""
    match value:
        case Options(values=values) | Shapes(values=values):
            return len(values)
        case Patterns(patterns=patterns):
            return sum(len(pattern.inputs) + len(pattern.outputs) for pattern in patterns)
        case tuple():
            return len(value)
        case _:
            return 1


def check_whole(
    header: Header, body: tuple[Statement, ...], names: Mapping[str, int | Options], problems: Problems, end: int
) -> None:
    """What is only seen on a whole file: that it has statements, and that an architecture leaves nothing open."""
    if not body and not len(problems):
        problems.add(errors.text.EmptyBody(span=Span(end, 1, 4)))
    if header.closed:
        for value in open_values(body, names):
            problems.add(errors.header.OpenArchitecture(span=value.span, text=spell(value)))
            break
