"""What outcomes cost is the same whether it is counted or closed."""

from random import Random

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dasdsl.diagnostics import DasError
from dasdsl.ir.closing import close
from dasdsl.ir.counting import count, layers
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.liveness import Collapsed
from dasdsl.language.reading import loads
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
