"""Exact integer arithmetic on written expressions, once for each option where a shared decision takes part."""

from __future__ import annotations

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
    values = tuple(_of_option(expression, names, index, name) for index in range(len(one.values)))
    return Options(values, one.shared)


def _of_option(expression: Expression, names: Names, index: int, name: str) -> int:
    """The number for one option of a shared decision; a division that is not exact says for which."""
    try:
        return number(expression, names, index)
    except Refused as refused:
        if isinstance(refused.problem, errors.values.Inexact):
            choice = f"{name} = {lookup(Name(name), name, names, index)}"
            raise Refused(replace(refused.problem, choice=choice)) from None
        raise


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
    match expression:
        case Number(value=value):
            if isinstance(value, float):
                problem = errors.values.WrongForm(
                    span=expression.span, field="", written=spell(expression), forms="a whole number"
                )
                raise Refused(problem)
            return value
        case Name(name=name):
            return lookup(expression, name, names, index)
        case Parenthesised(inner=inner):
            return number(inner, names, index)
        case Binary(operator=operator, left=left, right=right):
            sides = number(left, names, index), number(right, names, index)
            return bounded(expression, apply(expression, operator, *sides))
        case _:
            assert_never(expression)


def lookup(expression: Name, name: str, names: Names, index: int) -> int:
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
    value = names[name]
    return value.values[index] if isinstance(value, Options) else value


def apply(expression: Binary, operator: str, left: int, right: int) -> int:
    """`left operator right`."""
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case _:
            if right == 0 or left % right:
                raise Refused(errors.values.Inexact(span=expression.span, left=left, right=right))
            return left // right


def bounded(expression: Binary, value: int) -> int:
    """The value, which must not grow without bounds."""
    if abs(value) > limits.MAGNITUDE:
        most = f"{limits.MAGNITUDE:,}"
        field = spell(expression)
        raise Refused(
            errors.values.NumberOutOfRange(span=expression.span, field=field, number="so large", least="1", most=most)
        )
    return value
