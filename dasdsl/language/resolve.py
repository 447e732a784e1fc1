"""From written values to numbers and sets of options, by the kind of the field (`dasdsl.operations.core.fields`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from dasdsl.language import errors, limits
from dasdsl.language.arithmetic import Names, evaluate
from dasdsl.language.choices import choice, options, shapes, sized
from dasdsl.language.closed import EXPRESSIONS, closed, ranged, refuse_open, wrong
from dasdsl.language.words import words_of
from dasdsl.language.written import spell
from dasdsl.operations.core.fields import Field, Kind
from dasdsl.operations.core.problems import Refused
from dasdsl.operations.core.values import (
    AtMost,
    Binary,
    Bracket,
    Call,
    Choice,
    Dims,
    Expression,
    Name,
    Number,
    Options,
    Parenthesised,
    Pattern,
    Patterns,
    Resolved,
    Side,
    Span,
    UpTo,
    Written,
    positions,
)


def resolve(value: Written, field: Field, names: Names) -> Resolved:
    """The value's meaning, with the names of `define` put in.

    Raises: Refused, with the first problem, at its exact place.
    """
    if isinstance(value, Name) and value.name in words_of(field):
        return value.name
    return READERS[field.kind](value, field, names)


def count(value: Written, field: Field, names: Names) -> Resolved:
    """`48`, `<=48`, `<16|32>`."""
    match value:
        case AtMost(limit=most):
            return UpTo(closed(most, field, names))
        case Choice():
            return choice(value, field, names)
        case Number() | Name() | Binary() | Parenthesised():
            return sized(value, field, names)
        case _:
            raise wrong(value, field)


def filters(value: Written, field: Field, names: Names) -> Resolved:
    """`3x3`, `<1..5>x3`, `<3x3|1x7>`."""
    match value:
        case Choice() if any(isinstance(option, Dims) for option in value.options):
            return shapes(value, field, names)
        case Dims(sides=sides):
            return tuple(side(item, field, names) for item in sides)
        case Choice() | Number() | Name() | Binary() | Parenthesised():
            return (side(value, field, names),)
        case _:
            raise wrong(value, field)


def side(value: Expression | Choice, field: Field, names: Names) -> Side:
    """One side of a filter."""
    return choice(value, field, names) if isinstance(value, Choice) else sized(value, field, names)


def steps(value: Written, field: Field, names: Names) -> Resolved:
    """`2` or `2x1`."""
    refuse_open(value, field)
    match value:
        case Dims(sides=sides):
            return tuple(closed(item, field, names) for item in sides if not isinstance(item, Choice))
        case Number() | Name() | Binary() | Parenthesised():
            return (closed(value, field, names),)
        case _:
            raise wrong(value, field)


def open_steps(value: Written, field: Field, names: Names) -> Resolved:
    """`2`, `2x1`, or `<1|2|4>`."""
    if isinstance(value, Choice):
        return choice(value, field, names)
    if isinstance(value, EXPRESSIONS):
        found = sized(value, field, names)
        return found if isinstance(found, Options) else (found,)
    return steps(value, field, names)


def pads(value: Written, field: Field, names: Names) -> Resolved:
    """`1`, `2/1 x 0/-1`."""
    refuse_open(value, field)
    match value:
        case Dims(sides=sides):
            return tuple(pair(item, field, names) for item in sides if not isinstance(item, Choice))
        case Number() | Name() | Binary() | Parenthesised():
            return (pair(value, field, names),)
        case _:
            raise wrong(value, field)


def pair(value: Expression, field: Field, names: Names) -> tuple[int, int]:
    """Before and after; `/` separates them unless it stands in parentheses."""
    least = -limits.SIZE
    if isinstance(value, Binary) and value.operator == "/":
        for part in (value.left, value.right):
            if divides(part):
                raise Refused(errors.values.BarePad(span=value.span, written=spell(value)), field.name)
        return closed(value.left, field, names, least), closed(value.right, field, names, least)
    if divides(value):
        raise Refused(errors.values.BarePad(span=value.span, written=spell(value)), field.name)
    both = closed(value, field, names, least)
    return both, both


def divides(value: Expression) -> bool:
    """Whether a `/` stands outside of parentheses."""
    return isinstance(value, Binary) and (value.operator == "/" or divides(value.left) or divides(value.right))


def groups(value: Written, field: Field, names: Names) -> Resolved:
    """`4`, `<1|2|4>`, `<=p`, `[0-5 -> 0-11; 6 -> 12]`."""
    if not isinstance(value, Bracket):
        return count(value, field, names)
    total = sum(last - first + 1 for group in value.groups for first, last in group.inputs + (group.outputs or ()))
    if total > limits.POSITIONS:
        raise Refused(errors.values.TooManyPositions(span=value.span), field.name)
    found: list[Pattern] = []
    for group in value.groups:
        if group.outputs is None:
            raise wrong(value, field)
        ends = group.span
        found.append(Pattern(ascending(group.inputs, ends, field), ascending(group.outputs, ends, field)))
    return Patterns(tuple(found))


def ascending(runs: tuple[tuple[int, int], ...], span: Span, field: Field) -> tuple[int, ...]:
    """Positions, which are written in order."""
    before = -1
    for first, last in runs:
        if first <= before or last < first:
            raise Refused(errors.values.NotAscending(span=span, number=first if first <= before else last), field.name)
        before = ranged(last, span, field, 0)
    return positions(runs)


def reads(value: Written, field: Field, names: Names) -> Resolved:
    """`[0-11,14]`."""
    del names
    if not isinstance(value, Bracket) or len(value.groups) != 1 or value.groups[0].outputs is not None:
        raise wrong(value, field)
    return ascending(value.groups[0].inputs, value.span, field)


def part(value: Written, field: Field, names: Names) -> Resolved:
    """`2`, `[0-11,14]`."""
    if isinstance(value, Bracket):
        return reads(value, field, names)
    match value:
        case Binary(operator="/", left=Number(value=k), right=Number(value=n)) if n and k % n:
            # `1/2` is no whole number, and means `1 of 2`
            raise wrong(value, field)
        case _:
            return integer(value, field, names)


def depth(value: Written, field: Field, names: Names) -> Resolved:
    """`3`, `<1..4>`."""
    if isinstance(value, Choice):
        return choice(value, field, names)
    if not isinstance(value, EXPRESSIONS):
        raise wrong(value, field)
    return sized(value, field, names)


def call(value: Written, field: Field, names: Names) -> Resolved:
    """The name of a block; its arguments are numbers, or choices of numbers."""
    if not isinstance(value, Call):
        raise wrong(value, field)
    for argument in value.arguments:
        argued(argument, names)
    return value.name


def argued(value: Expression | Choice, names: Names, shared: str | None = None) -> int | Options:
    """The value of an argument; an open one is the decision `shared`, the same wherever the parameter stands.

    Raises: Refused.
    """
    if isinstance(value, Choice):
        return Options(options(value, "argument", names), shared)
    return evaluate(value, names)


def integer(value: Written, field: Field, names: Names) -> Resolved:
    """A closed number."""
    refuse_open(value, field)
    if not isinstance(value, EXPRESSIONS):
        raise wrong(value, field)
    return closed(value, field, names)


def decimal(value: Written, field: Field, names: Names) -> Resolved:
    """A closed number, with or without a fraction."""
    refuse_open(value, field)
    if isinstance(value, Number):
        return float(value.value)
    if not isinstance(value, EXPRESSIONS):
        raise wrong(value, field)
    return float(closed(value, field, names, -limits.SIZE))


def label(value: Written, field: Field, names: Names) -> Resolved:
    """A name, whatever it stands for elsewhere."""
    del names
    if not isinstance(value, Name):
        raise wrong(value, field)
    return value.name


def word(value: Written, field: Field, names: Names) -> Resolved:
    """Not one of the field's words; a flag has no value and is simply there."""
    del names
    if field.is_flag:
        return True
    refuse_open(value, field)
    raise wrong(value, field)


READERS: Final[dict[Kind, Callable[[Written, Field, Names], Resolved]]] = {
    Kind.COUNT: count,
    Kind.FILTERS: filters,
    Kind.STEPS: steps,
    Kind.OPEN_STEPS: open_steps,
    Kind.PADS: pads,
    Kind.GROUPS: groups,
    Kind.READS: reads,
    Kind.PART: part,
    Kind.DEPTH: depth,
    Kind.CALL: call,
    Kind.INTEGER: integer,
    Kind.DECIMAL: decimal,
    Kind.LABEL: label,
    Kind.WORD: word,
}
