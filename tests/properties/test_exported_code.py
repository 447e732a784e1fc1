"""The Python code of an architecture computes what its network computes."""

from random import Random

import torch
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from dasdsl.diagnostics import DasError
from dasdsl.exports.export import module_of
from dasdsl.exports.python import source_of
from dasdsl.ir.closing import close
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.liveness import Collapsed
from dasdsl.language.reading import loads
from tests.exports.networks import network
from tests.properties.spaces import random_outcomes, spaces
from tests.properties.structures import structures


@example(  # what a window counts is a whole number, in float64 too
    "---\ndas: 1\nspace: pooled\ninput: 1x9\n---\nconv filters 1 channels 4\npool avg 3 stride 1 pad 0/2\n", 0
)
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.one_of(spaces(), structures()), st.integers(0, 2**31))
def test_code_is_the_network(text: str, seed: int) -> None:
    try:
        program = elaborate(loads(text))
        closed = elaborate(close(program, random_outcomes(program, Random(seed))).space)  # noqa: S311 - not for secrets
    except (DasError, Collapsed):
        assume(False)
        raise
    model = network(closed).double()
    source = source_of(model, "a.safetensors")
    x = torch.randn(2, *closed.space.input, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    with torch.no_grad():
        wanted, found = model(x), module_of(source).double()(x)
    torch.testing.assert_close(found, wanted, rtol=1e-9, atol=1e-9 * float(wanted.abs().max().clamp_min(1)))
    assert len(source.tensors) == len(model.state_dict())
