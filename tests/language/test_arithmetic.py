"""Arithmetic with a shared decision is that of each of its options."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dasdsl.language import errors
from dasdsl.language.arithmetic import evaluate
from dasdsl.operations.core.problems import Refused
from dasdsl.operations.core.values import Binary, Expression, Name, Number, Options, Parenthesised

OPTIONS = tuple(range(1, 9))


def expressions() -> st.SearchStrategy[Expression]:
    """Expressions of small numbers, `w` that is open, and `n` that is 6."""
    leaves = st.one_of(st.integers(0, 9).map(Number), st.sampled_from([Name("w"), Name("n")]))
    return st.recursive(
        leaves,
        lambda inner: st.builds(
            lambda operator, left, right: Parenthesised(Binary(operator, left, right)),
            st.sampled_from("+-*/"),
            inner,
            inner,
        ),
        max_leaves=6,
    )


def by_hand(expression: Expression, w: int) -> Fraction:
    match expression:
        case Number(value=value):
            return Fraction(value)
        case Name(name=name):
            return Fraction({"w": w, "n": 6}[name])
        case Parenthesised(inner=inner):
            return by_hand(inner, w)
        case Binary(operator=operator, left=left, right=right):
            one, two = by_hand(left, w), by_hand(right, w)
            found = {"+": one + two, "-": one - two, "*": one * two}[operator] if operator != "/" else one / two
            if found.denominator != 1:
                raise ZeroDivisionError
            return found


def first_failing(expression: Expression) -> int | None:
    for option in OPTIONS:
        try:
            by_hand(expression, option)
        except ZeroDivisionError:
            return option
    return None


@given(expressions())
def test_options_are_worked_out_as_each_is(expression: Expression) -> None:
    names = {"w": Options(OPTIONS, "w"), "n": 6}
    failing = first_failing(expression)
    try:
        found = evaluate(expression, names)
    except Refused as refused:
        assert isinstance(refused.problem, errors.values.Inexact)  # noqa: PT017 - most expressions are right
        assert failing is not None
        assert refused.problem.choice in ("", f"w = {failing}")  # noqa: PT017
    else:
        assert failing is None
        values = found.values if isinstance(found, Options) else (found,) * len(OPTIONS)
        assert list(values) == [by_hand(expression, option) for option in OPTIONS]


def test_what_fails_for_the_last_option_names_it() -> None:
    expression = Binary("/", Number(0), Binary("-", Name("w"), Number(8)))
    with pytest.raises(Refused) as caught:
        evaluate(expression, {"w": Options(OPTIONS, "w")})
    assert isinstance(caught.value.problem, errors.values.Inexact)
    assert caught.value.problem.choice == "w = 8"


def test_a_range_with_a_hyphen_is_told_how_it_is_written() -> None:
    problem = errors.values.ArithmeticInChoice(written="4-16")
    assert problem.help() == "a range is written `<4..16>`"
