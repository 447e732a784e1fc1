"""Composite → text and weights → the same network (method: must hold exactly)."""

import torch
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from dasdsl.diagnostics import DasError
from dasdsl.inverse.discover import discover
from dasdsl.ir.elaborate import elaborate
from dasdsl.language.reading import loads
from dasdsl.lowering.composite import lower
from tests.properties.spaces import hooked_costs, randomised, spaces
from tests.properties.structures import structures

# a constant output whose reader has no bias that could take it
NO_BIAS = """---
das: 1
space: random
input: 1x9
---
conv filters 1 channels 4
relu
conv filters 1 channels 4 groups<=2
relu
conv filters 1 channels 4 bias off
flatten
linear channels 3
"""

# channels that are renumbered where neighbours are normalised together
GROUP_NORM = """---
das: 1
space: random
input: 3x7x7
---
conv filters 3x3 channels 6 groups<=3
norm group 2
relu
conv filters 1x1 channels 4
"""

# a path of which nothing is left, beside constants that fold
PATH_GONE = """---
das: 1
space: random
input: 2x9
---
conv filters 1 channels<=4 pad 1/2 groups<=2
relu
concat:
    path:
        conv filters 1 channels<=6
        norm batch
    path:
        tanh
    path:
        conv filters 1 channels 4
relu
flatten
linear channels 3
"""

recipes = st.sampled_from(["paper", "default"])


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.one_of(spaces(), structures()), recipes, st.integers(0, 2**31), st.floats(0, 0.7), st.floats(0, 0.5))
@example(NO_BIAS, "paper", 1, 0.0, 0.5)
@example(GROUP_NORM, "paper", 2, 0.5, 0.0)
@example(GROUP_NORM, "paper", 3, 0.5, 0.0)
@example(PATH_GONE, "paper", 9, 0.5, 0.5)
@torch.no_grad()
def test_discrete_equals_clamped_composite(
    text: str, recipe: str, seed: int, sparsity: float, threshold: float
) -> None:
    try:
        model = randomised(text, recipe, seed, sparsity=sparsity)
    except DasError:
        assume(False)
        raise
    x = torch.randn(4, *model.program.space.input, dtype=torch.float64)
    try:
        found = discover(model, threshold, inputs=x)
    except DasError as error:
        # a collapse is the right answer where everything is clamped
        if error.diagnostics[0].code != "E401":
            raise
        return
    assert found.certificate.max_abs_error <= 1e-10 * max(1.0, float(found.model(x).abs().max()))
    # the text says all: it parses to the same, and a model compiled from it takes the weights
    printed = str(found.architecture)
    again = loads(printed)
    assert again == found.architecture
    fresh = lower(elaborate(again)).double().eval()
    assert not fresh.program.decisions
    fresh.load_state_dict(found.model.state_dict())
    torch.testing.assert_close(fresh(x), found.model(x), rtol=0, atol=0)
    # the costs of the text are those of the real modules
    params, macs = hooked_costs(fresh, x[:1])
    assert (fresh.program.cost.params, fresh.program.cost.macs) == (params, macs)
