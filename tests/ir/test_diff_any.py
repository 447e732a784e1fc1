"""What holds of the difference of any two networks."""

from __future__ import annotations

import json
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from dasdsl.diagnostics import DasError
from dasdsl.ir.closing import Closing, close
from dasdsl.ir.diff import Difference, diff
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.extremes import largest, smallest
from dasdsl.ir.liveness import Collapsed
from dasdsl.language.reading import loads
from tests.properties.spaces import random_outcomes
from tests.properties.spaces import spaces as texts

BACK = {
    "closed": "opened",
    "closed elsewhere": "opened elsewhere",
    "narrowed": "widened",
    "": "",
    "changed": "changed",
} | {
    "opened": "closed",
    "opened elsewhere": "closed elsewhere",
    "widened": "narrowed",
}  # fmt: skip


def is_valid(text: str) -> bool:
    try:
        elaborate(loads(text))
    except DasError:
        return False
    return True


spaces = texts().filter(is_valid)


def said(found: Difference) -> list[tuple[str, str, str, str]]:
    """What changed, without what things are called."""
    return sorted((change.what, change.said_a, change.said_b, change.verdict) for change in found.changes)


def found_in(text: str, seed: int) -> Closing | None:
    """An architecture of the space; None where nothing would be left."""
    program = elaborate(loads(text))
    try:
        return close(program, random_outcomes(program, Random(seed)))  # noqa: S311
    except Collapsed:
        return None


@given(spaces)
def test_nothing_differs_from_itself(text: str) -> None:
    found = diff(loads(text), loads(text))
    assert found.equal
    assert not found.renumbered
    assert not found.undecided
    assert found.layers == ()


@given(spaces, spaces)
def test_costs_are_those_of_the_two(one: str, other: str) -> None:
    found = diff(loads(one), loads(other))
    for text, most, least in ((one, found.a, found.smallest_a), (other, found.b, found.smallest_b)):
        program = elaborate(loads(text))
        assert most == close(program, largest(program)).cost or most == program.cost
        # nothing of what is closed is folded away: it costs what it says
        assert least == (close(program, smallest(program)).cost if program.decisions else program.cost)
    assert found.equal == diff(loads(other), loads(one)).equal
    json.dumps(found.facts())


@given(spaces, st.integers(0, 2**32))
def test_an_architecture_closes_its_space(text: str, seed: int) -> None:
    closing = found_in(text, seed)
    if closing is None:
        return
    found = diff(loads(text), closing.space)
    assert found.b == closing.cost
    assert not found.undecided
    assert not {change.verdict for change in found.changes} & {"opened", "opened elsewhere", "widened"}
    assert diff(closing.space, loads(str(closing.space))).equal


@given(spaces, st.integers(0, 2**32), st.integers(0, 2**32))
def test_two_of_one_space(text: str, seed: int, other: int) -> None:
    closings = found_in(text, seed), found_in(text, other)
    if closings[0] is None or closings[1] is None:
        return
    one, two = closings[0].space, closings[1].space
    forth, back = diff(one, two), diff(two, one)
    assert forth.equal == back.equal
    assert not forth.equal or forth.a == forth.b
    mirrored = sorted((what, b, a, BACK[verdict]) for what, a, b, verdict in said(back))
    if not {what for what, *_ in mirrored} & {"added", "removed", "moved", "statement"}:
        assert [row[0] for row in said(forth)] == [row[0] for row in mirrored]
