"""Values that may be open: choices (`<a|b|c..d>`), and names that stand for them."""

from __future__ import annotations

import itertools

from dasdsl.language import errors, limits
from dasdsl.language.arithmetic import Names, evaluate, number
from dasdsl.language.closed import ranged
from dasdsl.language.written import option as spell_option
from dasdsl.language.written import spell
from dasdsl.operations import core
from dasdsl.operations.core.fields import Field
from dasdsl.operations.core.problems import Refused
from dasdsl.operations.core.values import Choice, Dims, Expression, Name, Number, Options, Range, Shapes, Span


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
