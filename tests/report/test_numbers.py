"""Numbers as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dasdsl.report.numbers import amount, duration, metric, share, short


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (7, "7"),
        (831, "831"),
        (999, "999"),
        (1000, "1.00k"),
        (9994, "9.99k"),
        (9996, "10.0k"),
        (99_960, "100k"),
        (252_219, "252k"),
        (999_499, "999k"),
        (999_500, "1.00M"),
        (26_876_342, "26.9M"),
        (4_089_184_256, "4.09G"),
        (10**12, "1000G"),
        (3 * 10**13, "30000G"),
    ],
)
def test_three_digits(number: int, text: str) -> None:
    assert short(number) == text


@given(st.integers(1000, 10**12 - 10**9))
def test_what_is_said_is_within_half_a_percent(number: int) -> None:
    text = short(number)
    size = {"k": 1e3, "M": 1e6, "G": 1e9}[text[-1]]
    assert float(text[:-1]) * size == pytest.approx(number, rel=5.1e-3)
    assert len(text[:-1].replace(".", "")) == 3
    assert float(text[:-1]) < 1000


@pytest.mark.parametrize(
    ("part", "whole", "text"), [(1, 1, "100 %"), (1, 8, "12.5 %"), (0, 5, "0 %"), (1, 3, "33.3 %"), (1, 0, "-")]
)
def test_shares(part: int, whole: int, text: str) -> None:
    assert share(part, whole) == text


def test_metrics() -> None:
    assert metric("accuracy", 0.98765) == "98.77 %"
    assert metric("rmse", 0.0878) == "0.0878"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (185, "3 min 5 s"), (3600, "1 h 0 min"), (7630, "2 h 7 min")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("text", "number"), [("831", 831), ("10k", 1e4), ("2.5M", 2.5e6), ("4g", 4e9), ("1e3", 1000), ("0", 0)]
)
def test_amounts(text: str, number: float) -> None:
    assert amount(text) == number


@pytest.mark.parametrize("text", ["", "k", "M40", "-1", "nan", "inf", "1e999", "3T", "1 000"])
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - its text is float's own
        amount(text)


@given(st.integers(1000, 10**12 - 10**9))
def test_what_is_said_can_be_asked_for(number: int) -> None:
    assert amount(short(number)) == pytest.approx(number, rel=5.1e-3)
