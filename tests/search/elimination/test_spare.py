"""Training with spare channels: the same architecture comes back, and where a network was stuck it fits."""

from __future__ import annotations

import pytest
import torch

from dasdsl.inverse.cutting import Cut
from dasdsl.ir.elaborate import elaborate
from dasdsl.language import loads
from dasdsl.lowering.composite import CompositeModel
from dasdsl.search.elimination.plan import Plan
from dasdsl.search.elimination.small import SMALL
from dasdsl.search.elimination.spare import widened
from dasdsl.search.elimination.workpiece import Workpiece
from tests.search.planted import taught, trainer

HEAD = "---\ndas: 1\narchitecture: planted\ninput: 3x6x6\n---\n"
CHAIN = "conv filters 3x3 channels 4\nleaky 0.1\nconv filters 3x3 channels 4\nleaky 0.1\nconv filters 1x1 channels 2\n"
BODIES = {
    "a chain": CHAIN,
    "norms": "conv filters 3x3 channels 4\nnorm batch\nrelu\nconv filters 1x1 channels 2\n",
    "a sum": "conv filters 3x3 channels 4\nresidual:\n    conv filters 3x3 channels 3\n    relu\n"
    "    conv filters 3x3 channels 4\nconv filters 1x1 channels 2\n",
    "a concatenation": "concat:\n    path: conv filters 1x1 channels 3\n    path: conv filters 3x3 channels 2\nrelu\n"
    "conv depthwise filters 3x3\nconv filters 1x1 channels 2\n",
    "patterns": "conv filters 3x3 channels 4\nrelu\nconv filters 1x1 channels 3\nrelu\nconv filters 1x1 channels 4\n"
    "conv filters 1x1 channels 4 groups [0,1 -> 0,2; 1-3 -> 1,3]\nrelu\nconv filters 1x1 channels 2\n",
    "a sum read in part": "conv filters 3x3 channels 5 reads [0,2]\nresidual:\n"
    "    conv filters 3x3 channels 3 reads [0-1,3]\n    relu\n    conv filters 3x3 channels 5\n"
    "conv filters 1x1 channels 2 reads [0,2-4]\n",
    "blocks and copies": "block one(c):\n    conv filters 3x3 channels c\n    relu\none(4)\nrepeat 2: one(3)\n"
    "conv filters 1x1 channels 2\n",
    "flattened": "conv filters 3x3 channels 4 stride 2\nrelu\nflatten\nlinear channels 5\nrelu\nlinear channels 2\n",
}
PLAN = Plan(settle=0, brief=10, move=60, growth=300, most=10**6, rate=5e-3)


def piece(body: str, seed: int = 0, samples: int = 512) -> Workpiece:
    """A network with random weights, to learn what another of the same text says."""
    torch.manual_seed(seed)
    model = CompositeModel(elaborate(loads(HEAD + body)), "decided").eval()
    return Workpiece(trainer(taught(HEAD + body, samples=samples, seed=seed + 7)), model)


@pytest.mark.parametrize("case", BODIES)
def test_channels_that_nobody_reads_change_nothing(case: str) -> None:
    own = piece(BODIES[case], samples=64)
    for node in own.model.program.nodes:
        for buffer in own.model.layer(node.name).buffers():
            if buffer.is_floating_point():
                buffer.add_(0.5)
    own.recut_()
    wide = widened(own, "a name", PLAN)
    assert wide is not None
    assert wide.program.cost.params > own.model.program.cost.params
    x = torch.randn(8, 3, 6, 6)
    torch.testing.assert_close(Cut.of(wide).model(x), own.model(x))
    torch.testing.assert_close(wide(x), own.model(x))


def test_nor_does_it_where_they_cost_too_much() -> None:
    own = piece(CHAIN, samples=64)
    assert widened(own, "a name", PLAN, 1.4 * (PLAN.growth + PLAN.move)) is None
    assert widened(own, "a name", PLAN, 6.0 * (PLAN.growth + PLAN.move)) is not None


def test_fresh_weights_have_nothing_of_those_before() -> None:
    one, two = piece(CHAIN, samples=64), piece(CHAIN, samples=64)
    for tensor in two.model.parameters():
        tensor.data.add_(1.0)
    two.recut_()
    found = [widened(own, "a name", PLAN, fresh=fresh) for fresh in (True, False) for own in (one, two)]
    weights = [wide.get_parameter("conv2.weight") for wide in found if wide is not None]
    assert len(weights) == 4
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[2], weights[3])


def test_fresh_weights_are_small() -> None:
    """What is learnt from them is few features at a time."""
    wide = widened(piece(CHAIN, samples=64), "a name", PLAN, fresh=True)
    assert wide is not None
    weight = wide.get_parameter("conv2.weight").detach()
    usual = (2 / weight[0].numel()) ** 0.5
    assert float(weight.std()) == pytest.approx(SMALL * usual, rel=0.15)
