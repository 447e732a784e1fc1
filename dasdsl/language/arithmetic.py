"""Exact integer arithmetic on written expressions, once for each option where a shared decision takes part."""

from __future__ import annotations

import operator
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import assert_never

from dasdsl.language import errors, limits
from dasdsl.language.suggest import did_you_mean
from dasdsl.language.written import expression as spell
from dasdsl.operations.core.problems import Refused
from dasdsl.operations.core.values import Binary, Expression, Name, Number, Options, Parenthesised

Names = Mapping[str, int | Options]
_EXACT = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def evaluate(expression: Expression, names: Names) -> int | Options:
    """The number, or the options of the one shared decision that it depends on.

    Raises: Refused at a name that is not known, a division that is not exact, two decisions.
    """
    if isinstance(expression, Number):
        return number(expression, names, 0)
    if isinstance(expression, Name) and expression.name in names:
        return names[expression.name]
    decisions = {name: value for name in named(expression) if isinstance(value := names.get(name), Options)}
    shared = {decision.shared for decision in decisions.values()}
    if not decisions:
        return number(expression, names, 0)
    if len(shared) > 1:
        raise Refused(errors.values.TwoDecisions(span=expression.span, names=tuple(decisions)))
    name, one = next(iter(decisions.items()))
    count = len(one.values)
    try:
        return Options(tuple(numbers(expression, names, range(count))), one.shared)
    except Refused:
        raise _refusal(expression, names, _failing(expression, names, count), name) from None


def _failing(expression: Expression, names: Names, count: int) -> int:
    """The first option for which an expression has no value, by halves: there may be many."""
    first, last = 0, count
    while last - first > 1:
        middle = (first + last) // 2
        try:
            numbers(expression, names, range(first, middle))
        except Refused:
            last = middle
        else:
            first = middle
    return first


def _refusal(expression: Expression, names: Names, index: int, name: str) -> Refused:
    """Why an expression has no value for one option of a shared decision; of a division it says for which."""
    try:
        number(expression, names, index)
    except Refused as refused:
        if isinstance(refused.problem, errors.values.Inexact):
            return Refused(replace(refused.problem, choice=f"{name} = {number(Name(name), names, index)}"))
        return refused
    raise AssertionError(index)


def named(expression: Expression) -> Iterator[str]:
    """The names in an expression."""
    match expression:
        case Name(name=name):
            yield name
        case Binary(left=left, right=right):
            yield from named(left)
            yield from named(right)
        case Parenthesised(inner=inner):
            yield from named(inner)
        case Number():
            pass
        case _:
            assert_never(expression)


def number(expression: Expression, names: Names, index: int) -> int:
    """The number where shared decisions take their option of this index."""
    return numbers(expression, names, range(index, index + 1))[0]


def numbers(expression: Expression, names: Names, indices: range) -> list[int]:
    """The numbers for several options at once, which is many times faster than one by one."""
    match expression:
        case Number(value=value):
            if isinstance(value, float):
                problem = errors.values.WrongForm(
                    span=expression.span, field="", written=spell(expression), forms="a whole number"
                )
                raise Refused(problem)
            return [value] * len(indices)
        case Name(name=name):
            value = lookup(expression, name, names)
            if isinstance(value, Options):
                return [*value.values[indices.start : indices.stop]]
            return [value] * len(indices)
        case Parenthesised(inner=inner):
            return numbers(inner, names, indices)
        case Binary(left=left, right=right):
            return apply(expression, numbers(left, names, indices), numbers(right, names, indices))
        case _:
            assert_never(expression)


def lookup(expression: Name, name: str, names: Names) -> int | Options:
    """The value of a name."""
    if name not in names:
        sides = re.fullmatch(r"([A-Za-z0-9_]+)x([A-Za-z0-9_]+)", name)
        otherwise = f"give it a value in the header: `define: {{{name}: 4}}`"
        known = all(part.isdigit() or part in names for part in sides.groups()) if sides else False
        if sides and (known or sides[1] == sides[2]):
            otherwise = f"write `{sides[1]} x {sides[2]}`"
            raise Refused(errors.values.UnknownName(span=expression.span, name=name, remedy=otherwise))
        raise Refused(
            errors.values.UnknownName(span=expression.span, name=name, remedy=did_you_mean(name, names, otherwise))
        )
    return names[name]


def apply(expression: Binary, left: list[int], right: list[int]) -> list[int]:
    """`left operator right`, number by number; the results must not grow without bounds."""
    if expression.operator == "/":
        return [_divided(expression, *sides) for sides in zip(left, right, strict=True)]
    found = list(map(_EXACT[expression.operator], left, right))
    if max(found) > limits.MAGNITUDE or min(found) < -limits.MAGNITUDE:
        most = f"{limits.MAGNITUDE:,}"
        field = spell(expression)
        raise Refused(
            errors.values.NumberOutOfRange(span=expression.span, field=field, number="so large", least="1", most=most)
        )
    return found


def _divided(expression: Binary, left: int, right: int) -> int:
    if right == 0 or left % right:
        raise Refused(errors.values.Inexact(span=expression.span, left=left, right=right))
    return left // right
