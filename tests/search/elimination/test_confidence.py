"""The confidence of a discovery follows its margin."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dasdsl.search.elimination.confidence import MOST, UNTRIED, confidence, margin
from dasdsl.search.elimination.state import Progress

MARGINS = st.lists(st.floats(0, 1e6), max_size=5)


def told(margins: list[float], *, exhausted: bool = False) -> float:
    found = confidence(Progress(0.1, margins=margins, exhausted=exhausted))
    assert found is not None
    return found


def test_without_an_elimination_there_is_none() -> None:
    assert confidence(None) is None


def test_moves_that_were_not_tried_leave_it_open() -> None:
    margins = [1000.0]
    assert confidence(Progress(0.1, margins=margins, exhausted=True)) == MOST
    assert confidence(Progress(0.1, margins=margins, exhausted=True, untried=True)) == UNTRIED
    assert told([1.0]) == confidence(Progress(0.1, margins=[1.0], exhausted=True, untried=True))


@pytest.mark.parametrize(
    ("margins", "exhausted", "least"),
    [([], False, 1000.0), ([], True, 1.0), ([30.0, 8.0], False, 8.0), ([0.2], True, 1.0)],
)
def test_the_margin_is_that_of_the_part_needed_least(margins: list[float], exhausted: bool, least: float) -> None:
    assert margin(margins, exhausted=exhausted) == least


@given(MARGINS, st.booleans(), st.floats(1, 100))
def test_larger_margins_are_never_less_sure(margins: list[float], exhausted: bool, factor: float) -> None:
    less, more = (told(found, exhausted=exhausted) for found in (margins, [factor * one for one in margins]))
    assert 0 < less <= more <= MOST


def test_even_odds_and_nine_of_ten() -> None:
    assert told([10**0.7]) == 0.5
    assert told([10 ** ((2.1 + math.log(9)) / 3)]) == 0.9
