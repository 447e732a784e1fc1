"""Counts: which channels are the first changes nothing, and those that matter least go."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dasdsl.inverse.cutting import Cut
from dasdsl.ir.elaborate import elaborate
from dasdsl.language.reading import loads
from dasdsl.lowering.composite import CompositeModel
from dasdsl.search.moves.counts import fewer
from dasdsl.search.moves.moments import moments
from dasdsl.search.moves.renumbering import is_renumberable, renumber_

HEAD = "---\ndas: 1\nspace: a\ninput: 3x6x6\n---\n"
CHAIN = "conv filters 3x3 channels <2|4>\nnorm batch\nleaky 0.1\nconv filters 3x3 channels 2\n"
NETWORKS = {
    "a chain": CHAIN,
    "depthwise": (
        "conv filters 3x3 channels <2|4>\nrelu\nconv depthwise filters 3x3\nrelu\nconv filters 1x1 channels 2\n"
    ),
    "flattened": "conv filters 3x3 channels <2|4>\nrelu\nflatten\nnorm batch\nlinear channels 2\n",
    "joined": (
        "conv filters 3x3 channels <2|4>\nconcat:\n    path: identity\n    path: conv filters 1x1 channels 3\n"
        "relu\nconv filters 1x1 channels 2\n"
    ),
    "that reads by number": "conv filters 3x3 channels <2|4> reads [0,2]\nrelu\nconv filters 1x1 channels 2\n",
    "mixed": "conv filters 3x3 channels <2|4>\nshuffle 2\nrelu\nconv filters 1x1 channels 2\n",
}
X = torch.randn(16, 3, 6, 6, generator=torch.Generator().manual_seed(3), dtype=torch.float64)


def network(body: str) -> CompositeModel:
    """A network of a space in which everything is decided at its most, with statistics of its own in every norm."""
    torch.manual_seed(5)
    model = CompositeModel(elaborate(loads((HEAD if "---" not in body else HEAD[:-4]) + body)), "decided").double()
    for name, tensor in model.state_dict().items():
        if "running" in name or "norm" in name:
            tensor.copy_(torch.rand(tensor.shape) + 0.5)
    return model.eval()


@pytest.mark.parametrize("name", NETWORKS)
@given(order=st.permutations(range(4)))
@torch.no_grad()
def test_another_order_changes_nothing(name: str, order: list[int]) -> None:
    model = network(NETWORKS[name])
    before = model(X)
    assert is_renumberable(model, "conv1")
    renumber_(model, "conv1", order)
    torch.testing.assert_close(model(X), before, rtol=1e-12, atol=1e-12)


@torch.no_grad()
def test_what_is_added_is_renumbered_together() -> None:
    body = (
        "define: {c: <2|4>}\n---\nconv filters 3x3 channels c\nresidual: conv filters 3x3 channels c\n"
        "relu\nconv filters 1x1 channels 2\n"
    )
    model = network(body)
    before, first = model(X), model.layer("residual1.conv1").weight.clone()  # type: ignore[operator]
    renumber_(model, "conv1", [2, 0, 3, 1])
    torch.testing.assert_close(model(X), before, rtol=1e-12, atol=1e-12)
    assert torch.equal(model.layer("residual1.conv1").weight, first[[2, 0, 3, 1]][:, [2, 0, 3, 1]])  # type: ignore[index]


@pytest.mark.parametrize(
    "body",
    [
        "conv filters 3x3 channels <2|4>\nconv filters 1x1 channels 4 groups <1|2>\n",
        "conv filters 3x3 channels <2|4>\nconv filters 1x1 channels 4 groups<=2\n",
        "conv filters 3x3 channels <2|4>\nconcat:\n    path: identity\n    path: relu\nconv filters 1x1 channels 2\n",
        "conv filters 3x3 channels <2|4>\nconv filters 1x1 channels 4 reads [0]\nconv filters 1x1 channels 2\n",
        "conv filters 1x1 channels 3\nconv filters 3x3 channels 2\n",
    ],
)
def test_where_the_order_counts(body: str) -> None:
    model = network(body)
    last = model.program.output.name
    assert not is_renumberable(model, last)
    assert not is_renumberable(model, "input")
    if "<2|4>" in body:
        assert not is_renumberable(model, "conv1")


@pytest.mark.parametrize("spare", [(0, 1), (1, 3), (2, 3)])
@torch.no_grad()
def test_the_channels_that_others_stand_in_for_go_wherever_they_are(spare: tuple[int, int]) -> None:
    model = network(CHAIN.replace("norm batch\n", ""))
    first, stay = model.layer("conv1"), next(one for one in range(4) if one not in spare)
    for factor, channel in enumerate(spare, 2):
        first.weight[channel] = factor * first.weight[stay]  # type: ignore[index, operator]
        first.bias[channel] = factor * first.bias[stay]  # type: ignore[index, operator]
    before = model(X)
    (move,) = fewer(model.program, model.outcomes())
    assert (move.label, move.far) == ("conv1.channels 4 -> 2", True)
    move.apply_(model, moments(Cut.of(model), [X]))
    assert Cut.of(model).cost.params == 3 * 9 * 2 + 2 + 2 * 9 * 2 + 2
    torch.testing.assert_close(model(X), before, rtol=0, atol=1e-2)
