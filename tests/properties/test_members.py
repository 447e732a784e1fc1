"""Random members of random spaces: what is closed stays as it is, and costs what the space says it may."""

from math import prod
from random import Random

from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from dasdsl.diagnostics import DasError
from dasdsl.ir.closing import Closing, close
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.facts import facts
from dasdsl.ir.liveness import Collapsed
from dasdsl.ir.program import Program
from dasdsl.ir.trying import TRIES
from dasdsl.language.reading import loads
from dasdsl.operations.core.decisions import OneOf
from tests.properties.spaces import random_outcomes, spaces
from tests.properties.structures import structures

SLOW = (HealthCheck.filter_too_much, HealthCheck.too_slow)


def program_of(text: str) -> Program:
    """The program of a text, which is to be a valid one."""
    try:
        return elaborate(loads(text))
    except DasError:
        assume(False)
        raise


def member_of(program: Program, random: Random) -> Closing:
    """A random architecture, which is to read its input."""
    try:
        return close(program, random_outcomes(program, random))
    except Collapsed:
        assume(False)
        raise


@settings(suppress_health_check=SLOW)
@given(st.one_of(spaces(), structures()), st.randoms(use_true_random=False))
def test_what_is_closed_closes_to_itself(text: str, random: Random) -> None:
    found = member_of(program_of(text), random)
    printed = str(found.space)
    assert str(loads(printed)) == printed
    again = elaborate(loads(printed))
    assert not again.decisions
    assert not again.warnings
    assert again.size == 1
    once_more = close(again, {})
    assert once_more.space.body == found.space.body


# what is told to read constants is idle under a filter that pads nothing, which costs less than a larger one
IDLE = """\
---
das: 1
space: random
input: 1x5
---
conv filters 1 channels 4
relu
conv filters 1 channels 4 groups [0 -> 1-2; none -> 0,3]
relu
residual:
    conv filters <1..3> channels 4 groups [0 -> 1-2; none -> 0,3]
flatten
linear channels 3
"""


@settings(suppress_health_check=SLOW)
@example(IDLE, Random(0))  # noqa: S311 - not for secrets
@example(IDLE, Random(1))  # noqa: S311
@example(IDLE, Random(2))  # noqa: S311
@given(st.one_of(spaces(), structures()), st.randoms(use_true_random=False))
def test_every_architecture_lies_between(text: str, random: Random) -> None:
    program = program_of(text)
    branches = sum(d.size for d in program.decisions if isinstance(d, OneOf) and d.role in ("choice", "depth"))
    # of more branches the extremes are an estimate
    assume(len(program.nodes) * branches <= TRIES)
    cost = member_of(program, random).cost
    said = facts(program)
    assert int(said["size"]) == prod(int(decision["size"]) for decision in said["decisions"])
    for name in ("params", "macs"):
        assert said["smallest"][name] <= getattr(cost, name) <= said["largest"][name], name
