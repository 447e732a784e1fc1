"""Whether anything of a space hangs on its input, found by zeros alone and by all that is known."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dasdsl.diagnostics import DasError
from dasdsl.ir.elaborate import elaborate, hangs_on_its_input
from dasdsl.ir.extremes import largest
from dasdsl.ir.liveness import Collapsed, solve
from dasdsl.ir.program import Program
from dasdsl.ir.selecting import select
from dasdsl.language.reading import loads
from dasdsl.operations.core.decisions import OneOf, Outcomes
from tests.properties.spaces import random_outcomes
from tests.properties.structures import structures


def collapses(program: Program, outcomes: Outcomes) -> bool:
    try:
        solve(select(program, outcomes), outcomes)
    except Collapsed:
        return True
    return False


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(structures(), st.randoms(use_true_random=False))
def test_where_only_zeros_make_constants_both_say_the_same(text: str, random: Random) -> None:
    assume("zero" in text and "->" not in text)
    try:
        program = elaborate(loads(text))
    except DasError:
        assume(False)
        raise
    # everything is read, so that no layer's outputs are constants
    most, drawn = largest(program), random_outcomes(program, random)
    outcomes = {
        decision.name: (drawn if isinstance(decision, OneOf) else most)[decision.name] for decision in program.decisions
    }
    assert hangs_on_its_input(program, outcomes) is not collapses(program, outcomes)


@pytest.mark.parametrize(
    ("body", "hangs"),
    [
        ("zero\nconv filters 1x1 channels 2", False),
        ("add:\n    path: zero\n    path: conv filters 1x1 channels 4\nconv filters 1x1 channels 2", True),
        ("mul:\n    path: zero\n    path: conv filters 1x1 channels 4\nconv filters 1x1 channels 2", False),
        ("concat:\n    path: zero\n    path: conv filters 1x1 channels 4\nconv filters 1x1 channels 2", True),
    ],
)
def test_what_hangs_on_the_input(body: str, hangs: bool) -> None:
    text = f"---\ndas: 1\nspace: a\ninput: 4x8x8\n---\n{body}\n"
    if hangs:
        assert hangs_on_its_input(elaborate(loads(text)), {})
        return
    with pytest.raises(DasError, match="E3"):
        elaborate(loads(text))
