"""Axes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dasdsl.report.page.ticks import Scale

SIZES = st.floats(1e-12, 1e12)


@given(st.lists(SIZES, min_size=1, max_size=20), st.booleans())
def test_all_values_are_on_the_axis_and_marks_too(values: list[float], logarithmic: bool) -> None:
    scale = Scale.of(values, logarithmic=logarithmic)
    assert all(-1e-9 <= scale.along(value) <= 1 + 1e-9 for value in values)
    ticks = scale.ticks()
    assert ticks == sorted(set(ticks))
    assert 1 <= len(ticks) <= 12
    assert all(-1e-6 <= scale.along(tick) <= 1 + 1e-6 for tick in ticks)


@pytest.mark.parametrize(
    ("values", "logarithmic", "expected"),
    [
        ([0, 47], False, [0, 10, 20, 30, 40]),
        ([0.98, 0.991], False, [0.98, 0.982, 0.984, 0.986, 0.988, 0.99]),
        ([1e-4, 2.3], True, [1e-4, 1e-3, 1e-2, 0.1, 1]),
        ([625, 27626], True, [1000, 2000, 5000, 10000, 20000]),
        ([3.0, 3.2], True, [2.9, 3.0, 3.1, 3.2, 3.3]),
    ],
)
def test_round_numbers(values: list[float], logarithmic: bool, expected: list[float]) -> None:
    assert Scale.of(values, logarithmic=logarithmic).ticks() == pytest.approx(expected)


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=20), st.booleans())
def test_whole_numbers_have_whole_marks(values: list[int], logarithmic: bool) -> None:
    scale = Scale.of(values, logarithmic=logarithmic, whole=True)
    assert all(float(tick).is_integer() for tick in scale.ticks())
    assert len(scale.ticks()) <= 12


def test_nothing_above_zero_has_no_logarithm() -> None:
    assert Scale.of([0.0, -1.0], logarithmic=True).along(0.0) == 0.0


def test_one_value_is_in_the_middle() -> None:
    assert Scale.of([5.0]).along(5.0) == pytest.approx(0.5)
