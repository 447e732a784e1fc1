"""What outcomes cost is the same whether it is counted, with or without a memory, or closed."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dasdsl.diagnostics import DasError
from dasdsl.ir.closing import close
from dasdsl.ir.counting import count, layers
from dasdsl.ir.counts import Counts
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.extremes import largest
from dasdsl.ir.liveness import Collapsed
from dasdsl.ir.program import Program
from dasdsl.language.reading import loads
from dasdsl.operations.core.decisions import Outcomes
from dasdsl.operations.core.operation import Cost
from tests.properties.spaces import random_outcomes, spaces
from tests.properties.structures import structures


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.one_of(spaces(), structures()), st.integers(0, 2**31))
def test_counting_is_closing(text: str, seed: int) -> None:
    try:
        program = elaborate(loads(text))
    except DasError:
        assume(False)
        raise
    outcomes = random_outcomes(program, Random(seed))  # noqa: S311 - not for secrets
    try:
        closing = close(program, outcomes)
    except Collapsed:
        return
    assert count(program, outcomes) == closing.cost
    assert layers(program, outcomes) == {name: cost for name, cost in closing.costs.items() if cost != Cost()}


def left(program: Program, outcomes: Outcomes) -> Mapping[str, Cost] | None:
    """What is counted from the beginning; None where nothing is left."""
    try:
        return layers(program, outcomes)
    except Collapsed:
        return None


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.one_of(spaces(), structures()), st.integers(0, 2**31))
def test_what_is_remembered_of_others_changes_nothing(text: str, seed: int) -> None:
    """Each between two others, some decisions of the one and some of the other, as in a walk from one to the other."""
    try:
        program = elaborate(loads(text))
    except DasError:
        assume(False)
        raise
    random = Random(seed)  # noqa: S311 - not for secrets
    one, two = random_outcomes(program, random), random_outcomes(program, random)
    counts = Counts(program)
    for outcomes in (largest(program), one, two, *(_between(one, two, random) for _ in range(4)), one):
        found, expected = counts.layers(outcomes), left(program, outcomes)
        assert found == expected
        # the order too: it is a key
        assert list(found or ()) == list(expected or ())


def _between(one: Outcomes, two: Outcomes, random: Random) -> Outcomes:
    return {name: random.choice((one[name], two[name])) for name in one}
