"""From written values to numbers and sets of options, by the kind of the field (`dasdsl.operations.core.fields`)."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Final

from dasdsl.language import errors, limits
from dasdsl.language.arithmetic import Names, evaluate, number
from dasdsl.language.words import words_of
from dasdsl.language.written import option as spell_option
from dasdsl.language.written import spell
from dasdsl.operations import core
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
    Range,
    Resolved,
    Shapes,
    Side,
    Span,
    UpTo,
    Written,
    positions,
)

EXPRESSIONS: Final = (Number, Name, Binary, Parenthesised)

FORMS: Final = {
    Kind.COUNT: "a number (`48`), at most so many (`<=48`), or a choice (`<16|32>`)",
    Kind.FILTERS: "one side a dimension (`3x3`, `<1..5>x3`), or a choice of shapes (`<3x3|1x7>`)",
    Kind.STEPS: "one number (`2`), or one a side (`2x1`)",
    Kind.OPEN_STEPS: "one number (`2`), one a side (`2x1`), or a choice of one for all (`<1|2|4>`)",
    Kind.PADS: "`same`, `valid`, a number, or before/after for each side (`2/1 x 0/-1`)",
    Kind.GROUPS: "a number, a choice (`<1|2|4>`), `<=p` to search patterns, or the patterns (`[0-5 -> 0-11; 6 -> 12]`)",
    Kind.READS: "`all`, `any`, or positions (`[0-11,14]`)",
    Kind.PART: "which of the parts (`1 of 2`), or positions (`[0-11,14]`)",
    Kind.DEPTH: "a number (`3`), or a choice (`<1..4>`)",
    Kind.CALL: "its name and, in parentheses, its arguments (`body(64, 3)`)",
    Kind.INTEGER: "a whole number",
    Kind.LABEL: "the label of an earlier statement",
    Kind.DECIMAL: "a number, for example `0.2`",
}


def forms(field: Field) -> str:
    """What a field's value may look like, for help lines."""
    return FORMS[field.kind] if field.kind is not Kind.WORD else " or ".join(f"`{word}`" for word in words_of(field))


def resolve(value: Written, field: Field, names: Names) -> Resolved:
    """The value's meaning, with the names of `define` put in.

    Raises: Refused, with the first problem, at its exact place.
    """
    if isinstance(value, Name) and value.name in words_of(field):
        return value.name
    return READERS[field.kind](value, field, names)


def wrong(value: Written, field: Field) -> Refused:
    """The value has a form that the field does not take."""
    return Refused(
        errors.values.WrongForm(span=value.span, field=field.said, written=spell(value), forms=forms(field)), field.name
    )


def ranged(value: int, span: Span, field: Field, least: int | None = None) -> int:
    """The number, which must be one that the field allows."""
    least = field.least if least is None else least
    if not least <= value <= limits.SIZE:
        most = f"{limits.SIZE:,}"
        problem = errors.values.NumberOutOfRange(
            span=span, field=field.name, number=f"{value:,}", least=str(least), most=most
        )
        raise Refused(problem, field.name)
    return value


def closed(value: Expression, field: Field, names: Names, least: int | None = None) -> int:
    """An expression that depends on no decision."""
    found = evaluate(value, names)
    if isinstance(found, Options):
        options = tuple(str(option) for option in found.values[:3])
        problem = errors.values.NotOpenable(
            span=value.span, field=field.said, written=spell(value), alternatives=options
        )
        raise Refused(problem, field.name)
    return ranged(found, value.span, field, least)


def refuse_open(value: Written, field: Field) -> None:
    """A closed field is not opened, in whatever form."""
    choices = [value] if not isinstance(value, Dims) else [side for side in value.sides if isinstance(side, Choice)]
    for choice in choices:
        if isinstance(choice, Choice | AtMost):
            found = tuple(spell_option(item) for item in choice.options[:3]) if isinstance(choice, Choice) else ()
            problem = errors.values.NotOpenable(
                span=choice.span, field=field.said, written=spell(choice), alternatives=found
            )
            raise Refused(problem, field.name)


def sized(value: Expression, field: Field, names: Names) -> int | Options:
    """A number, or the options of a shared decision."""
    found = evaluate(value, names)
    if not isinstance(found, Options):
        return ranged(found, value.span, field)
    for item in (min(found.values), max(found.values)):
        ranged(item, value.span, field)
    increasing(found.values, value.span, field.name)
    return found


def increasing(values: tuple[int, ...], span: Span, what: str) -> None:
    """Options are positive, all different and in order."""
    ordered = all(a < b for a, b in itertools.pairwise(values))
    if not ordered or values[0] < 1:
        raise Refused(core.faults.NotIncreasing(span=span, what=what, values=values[:12]), what)


def choice(value: Choice, field: Field, names: Names) -> Options:
    """`<a|b|c..d>` as numbers."""
    found = options(value, field.name, names)
    for item in (found[0], found[-1]):
        ranged(item, value.span, field)
    return Options(found)


def options(value: Choice, what: str, names: Names) -> tuple[int, ...]:
    """The numbers of a choice, in increasing order."""
    found: list[int] = []
    for item in value.options:
        if isinstance(item, Dims):
            raise Refused(errors.values.MixedOptions(span=item.span), what)
        found += spread(item, names) if isinstance(item, Range) else [plain(item, names)]
        if len(found) > limits.OPTIONS:
            raise Refused(errors.values.TooManyOptions(span=value.span, number=len(found)), what)
    increasing(tuple(found), value.span, what)
    return tuple(found)


def spread(value: Range, names: Names) -> range:
    """The numbers of a range."""
    first, last = plain(value.first, names), plain(value.last, names)
    step = 1 if value.step is None else plain(value.step, names)
    if step < 1 or last < first or (last - first) % step:
        raise Refused(errors.values.BadRange(span=value.span, first=first, last=last, step=step))
    if (last - first) // step >= limits.OPTIONS:
        raise Refused(errors.values.TooManyOptions(span=value.span, number=(last - first) // step + 1))
    return range(first, last + 1, step)


def plain(value: Expression, names: Names) -> int:
    """A number or the name of one: options have no arithmetic and are not open themselves."""
    if not isinstance(value, Number | Name) or (isinstance(value, Name) and isinstance(names.get(value.name), Options)):
        raise Refused(errors.values.ArithmeticInChoice(span=value.span, written=spell(value)))
    return number(value, names, 0)


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


def shapes(value: Choice, field: Field, names: Names) -> Shapes:
    """A choice of filter shapes, all of one rank, each once."""
    found: list[tuple[int, ...]] = []
    for item in value.options:
        if not isinstance(item, Dims) or (found and len(item.sides) != len(found[0])):
            raise Refused(errors.values.MixedOptions(span=item.span), field.name)
        found.append(tuple(ranged(plain_side(one, names), one.span, field) for one in item.sides))
    for index, shape in enumerate(found):
        if shape in found[:index]:
            place = value.options[index].span
            text = spell_option(value.options[index])
            remedy = "each shape once"
            raise Refused(errors.values.WrongForm(span=place, field=field.said, written=text, forms=remedy), field.name)
    return Shapes(tuple(found))


def plain_side(value: Expression | Choice, names: Names) -> int:
    """A side of a shape that is an option."""
    if isinstance(value, Choice):
        raise Refused(errors.values.ArithmeticInChoice(span=value.span, written=spell(value)))
    return plain(value, names)


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
