"""Resolves every value of a file once, so that all its problems are known before anything is built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dasdsl.language import errors, limits
from dasdsl.language.arithmetic import Names, evaluate
from dasdsl.language.blocks import parameters_of
from dasdsl.language.collecting import Problems
from dasdsl.language.header.model import Header
from dasdsl.language.mentions import names_in
from dasdsl.language.resolve import resolve
from dasdsl.language.space import Statement, open_places
from dasdsl.language.words import HEAD, fields_of, words_of
from dasdsl.operations.core.fields import Field, Kind
from dasdsl.operations.core.problems import Refused
from dasdsl.operations.core.values import (
    Binary,
    Call,
    Dims,
    Name,
    Options,
    Parenthesised,
    Patterns,
    Resolved,
    Shapes,
    Span,
    Written,
)


def checked(body: Iterable[Statement], names: Names, problems: Problems) -> Iterator[Statement]:
    """The statements, each after a look at its values, within a bound on all that they expand to."""
    expanded = 0
    for statement in body:
        parameters = parameters_of(statement)
        for inner in flat((statement,)):
            for value, field in values_in(inner):
                try:
                    expanded += expansion(looked_at(value, field, names, parameters), value)
                except Refused as refused:
                    problems.add(refused.problem, value.span)
                if expanded > limits.EXPANSION:
                    problems.stop(errors.values.TooManyPositions(span=value.span))
        yield statement


def values_in(statement: Statement) -> Iterator[tuple[Written, Field]]:
    """The values of a statement with their fields, but for a sound head of a block: its parameters have no values."""
    if not statement.fields:
        return iter(())
    table = {field.name: field for field in fields_of(statement.words)}
    values = ((value, table[name]) for name, value in statement.fields if name in table)
    return ((value, field) for value, field in values if field != HEAD or not isinstance(value, Call))


def looked_at(value: Written, field: Field, names: Names, parameters: tuple[str, ...]) -> Resolved:
    """What a value resolves to; of one that hangs on a block's parameters only the names are known.

    Raises: Refused.
    """
    a_word = field.kind is Kind.LABEL or field.is_flag or (isinstance(value, Name) and value.name in words_of(field))
    mentioned = () if a_word or not parameters else tuple(names_in(value))
    known = {**names, **dict.fromkeys(parameters, 1)} if mentioned else names
    for name in mentioned:
        # an unknown name may be a misspelt parameter
        evaluate(name, known)
    if any(name.name in parameters for name in mentioned):
        return None
    return resolve(value, field, names)


def flat(body: tuple[Statement, ...]) -> Iterator[Statement]:
    """All statements of a body, those in blocks too."""
    for statement in body:
        yield statement
        yield from flat(statement.body)


def expansion(value: Resolved, written: Written) -> int:
    """What a value expands to: its options or positions, each times the work of its expression."""
    return weight(value) * terms(written)


def weight(value: Resolved) -> int:
    """How many options or positions a value holds."""
    match value:
        case Options(values=values) | Shapes(values=values):
            return len(values)
        case Patterns(patterns=patterns):
            return sum(len(pattern.inputs) + len(pattern.outputs) for pattern in patterns)
        case tuple():
            return sum(weight(item) if isinstance(item, Options) else 1 for item in value)
        case _:
            return 1


def terms(value: Written) -> int:
    """About how much work each option of a value is: an operator takes longer than an option that is only written."""
    if isinstance(value, Dims):
        return max(map(terms, value.sides))
    if isinstance(value, Binary):
        return 2 + terms(value.left) + terms(value.right)
    return terms(value.inner) if isinstance(value, Parenthesised) else 1


def check_whole(header: Header, body: tuple[Statement, ...], names: Names, problems: Problems, end: int) -> None:
    """What is only seen on a whole file: that it has statements, and that an architecture leaves nothing open."""
    if not body and not len(problems):
        problems.add(errors.text.EmptyBody(span=Span(end, 1, 4)))
    if header.closed:
        for text, span in open_places(body, names):
            problems.add(errors.header.OpenArchitecture(span=span, text=text))
            break
