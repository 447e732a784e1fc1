"""Thresholds: absolute for `paper`, relative and free of scale for `default`."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from dasdsl.layers.gated import GatedKernel
from dasdsl.lowering.composite import CompositeModel
from dasdsl.lowering.gates.default import DefaultChoice, DefaultPatterns, DefaultSubset
from dasdsl.lowering.gates.paper import PaperChoice, PaperCount, PaperPatterns, PaperSubset
from tests.lowering.texts import EVERYTHING, composite, gate, inputs


def kernel(model: CompositeModel, name: str) -> GatedKernel:
    found = model.layer(name)
    assert isinstance(found, GatedKernel)
    return found


@torch.no_grad()
def set_(parameter: nn.Parameter, values: object) -> None:
    parameter.copy_(torch.tensor(values).view_as(parameter))


# ---- paper -----------------------------------------------------------------------------------------------------------


def test_paper_is_absolute() -> None:
    model = composite("conv filters <1..3>x<1|3> channels<=4\nconv filters 1x1 channels 2", "paper")
    alpha, beta = gate(model, "conv1.filters.alpha"), gate(model, "conv2.reads")
    assert isinstance(alpha, PaperChoice)
    assert isinstance(beta, PaperSubset)
    set_(alpha.alpha, [[0.3, -0.09], [0.2, 0.11], [0.05, -0.0999]])
    set_(beta.beta, [0.1, -0.1, 0.09, -5.0])
    model.clamp_(0.1)
    assert alpha.alpha.tolist() == [[pytest.approx(0.3), 0], [pytest.approx(0.2), pytest.approx(0.11)], [0, 0]]
    assert (beta.beta != 0).tolist() == [True, True, False, True]
    # the bounding box of what is left: 2 x 3
    assert model.outcomes() == {"conv1.filters.height": 1, "conv1.filters.width": 1, "conv2.reads": (0, 1, 3)}


def test_paper_counts() -> None:
    model = composite("conv filters 1x1 channels <2|4|8>\nconv filters 1x1 channels 2", "paper")
    count = gate(model, "conv1.channels")
    assert isinstance(count, PaperCount)
    set_(count.logits, [0.55, 0.35, 0.1])
    assert count.value().tolist() == pytest.approx([0.55, 0.35, 0.1])
    for threshold, kept in [(0.05, 2), (0.2, 1), (0.4, 0)]:
        model.clamp_(threshold)
        assert model.outcomes() == {"conv1.channels": kept}


def test_paper_shapes_close_by_the_largest() -> None:
    model = composite("conv filters <3x3|1x5|5x1> channels 2", "paper")
    alpha = gate(model, "conv1.filters.alpha")
    assert isinstance(alpha, PaperChoice)
    set_(alpha.alpha, [0.3, -0.4, 0.2])
    model.clamp_(0.01)
    assert alpha.alpha.tolist() == [0, pytest.approx(-0.4), 0]
    assert model.outcomes() == {"conv1.filters": 1}


def test_paper_patterns() -> None:
    model = composite("conv filters 1x1 channels 2 groups<=2", "paper", shape="3x2x2")
    found = gate(model, "conv1.groups")
    assert isinstance(found, PaperPatterns)
    set_(found.p, [[1.0, 0.05], [0.05, 1.0], [0.5, 0.5]])
    set_(found.s, [[1.0, 0.02], [0.02, -1.0]])
    model.clamp_(0.1)
    assert model.outcomes() == {"conv1.groups": ((0, 2), (1, 2))}


# ---- default ---------------------------------------------------------------------------------------------------------


def test_inputs_are_weighed_by_their_effective_kernel_and_what_they_read() -> None:
    model = composite("conv filters 1x1 channels<=3\nconv filters 1x1 channels 1", shape="1x2x2")
    layer, beta = kernel(model, "conv2"), gate(model, "conv2.reads")
    assert isinstance(beta, DefaultSubset)
    set_(layer.weight, [1.0, 2.0, 10.0])
    set_(beta.beta, [1.0, -0.5, 0.02])
    model.rms("conv2").copy_(torch.tensor([1.0, 0.5, 4.0]))
    # importances 1, 0.5, 0.8
    for threshold, kept in [(0.4, (0, 1, 2)), (0.6, (0, 2)), (0.9, (0,)), (1.0, (0,)), (1.1, ())]:
        closed = composite("conv filters 1x1 channels<=3\nconv filters 1x1 channels 1", shape="1x2x2")
        closed.load_state_dict(model.state_dict())
        closed.clamp_(threshold)
        assert closed.outcomes() == {"conv2.reads": kept}


def test_a_side_keeps_the_rows_that_matter() -> None:
    """Rows of 5 with the norms 1, 4, 10, 3, 0.5: filter 3 holds the middle three, 2 the second and third."""
    for threshold, size in [(0.04, 5), (0.06, 4), (0.11, 3), (0.35, 2), (0.5, 1)]:
        model = composite("conv filters <1..5>x1 channels 1", shape="1x8x8")
        choice = gate(model, "conv1.filters.height")
        assert isinstance(choice, DefaultChoice)
        set_(choice.logits, [0.0, 0.0, 0.0, 0.0, 9.0])
        set_(kernel(model, "conv1").weight, [1.0, 4.0, 10.0, 3.0, 0.5])
        model.clamp_(threshold)
        assert model.outcomes() == {"conv1.filters.height": size - 1}, threshold


def test_clamping_a_side_leaves_the_kernel_inside_as_it_was() -> None:
    model = composite("conv filters <1..5>x1 channels 2", shape="1x8x8")
    before = kernel(model, "conv1").effective(model.bank.values()).detach()
    model.clamp_(0.5)
    after = kernel(model, "conv1").effective(model.bank.values()).detach()
    kept = after != 0
    assert kept.any()
    assert not kept.all()
    torch.testing.assert_close(after[kept], before[kept])


def test_options_that_are_not_used_are_not_needed() -> None:
    model = composite("conv filters <1..5>x1 channels 2", shape="1x8x8")
    choice = gate(model, "conv1.filters.height")
    assert isinstance(choice, DefaultChoice)
    set_(choice.logits, [0.0, 0.0, 9.0, 0.0, 0.0])
    model.clamp_(0.0)
    assert model.outcomes() == {"conv1.filters.height": 2}


def test_counts_keep_what_channels_beyond_still_have() -> None:
    for threshold, kept in [(0.05, 2), (0.2, 1), (0.6, 0), (2.0, 0)]:
        model = composite("conv filters 1x1 channels <2|4|8>\nconv filters 1x1 channels 2")
        choice = gate(model, "conv1.channels")
        assert isinstance(choice, DefaultChoice)
        # the gates of channels beyond 2 are 0.45, of those beyond 4 they are 0.1
        set_(choice.logits, [0.55, 0.35, 0.1])
        model.clamp_(threshold)
        assert model.outcomes() == {"conv1.channels": kept}


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("conv filters <3x3|1x5|5x1> channels 2", "conv1.filters"),
        ("conv filters 1x1 channels 4 groups <1|2|4>", "conv1.groups"),
    ],
)
@pytest.mark.parametrize("chosen", [0, 1, 2])
@pytest.mark.parametrize("recipe", ["default", "paper"])
def test_what_does_not_nest_closes_by_the_largest_gate(body: str, name: str, chosen: int, recipe: str) -> None:
    model = composite(body, recipe)  # type: ignore[arg-type]
    key = f"{name}.alpha" if recipe == "paper" and "filters" in name else name
    found = gate(model, key)
    with torch.no_grad():
        for parameter in found.parameters():
            parameter.fill_(0.1)
            parameter.view(-1)[chosen] = 0.5
    model.clamp_(1e-3)
    assert model.outcomes() == {name: chosen}
    value = model.bank.values()[name]
    assert (value != 0).sum() == 1


def test_a_side_that_two_layers_share_keeps_the_most_that_one_needs() -> None:
    body = "conv filters k x 1 channels 1\nconv filters k x 1 channels 1"
    for threshold, index in [(0.01, 2), (0.2, 1), (0.8, 0)]:
        model = composite(body, shape="1x8x8", define="{k: <1|3|5>}")
        choice = gate(model, "k")
        assert isinstance(choice, DefaultChoice)
        set_(choice.logits, [0.0, 0.0, 9.0])
        # conv1 needs 5 up to 0.1; conv2 needs 3 up to 0.5
        set_(kernel(model, "conv1").weight, [1.0, 1.0, 10.0, 1.0, 1.0])
        set_(kernel(model, "conv2").weight, [0.01, 5.0, 10.0, 5.0, 0.01])
        model.clamp_(threshold)
        assert model.outcomes() == {"k": index}, threshold


@given(st.floats(0.001, 1.0), st.floats(0.05, 20), st.integers(0, 10**6))
def test_rescaling_weights_against_gates_changes_nothing(threshold: float, factor: float, seed: int) -> None:
    one, other = (composite(EVERYTHING) for _ in range(2))
    torch.manual_seed(seed)
    with torch.no_grad():
        for parameter in one.parameters():
            parameter.add_(0.5 * torch.randn_like(parameter))
    other.load_state_dict(one.state_dict())
    with torch.no_grad():
        for node, module in other.layers():
            names = [decision.name for decision in node.decisions]
            gates = [found for name, found in other.bank.items() if name in names]
            for found in gates:
                match found:
                    case DefaultSubset():
                        found.beta.mul_(factor)
                    case DefaultPatterns():
                        found.p.mul_(factor)
                    case _:
                        continue
                assert isinstance(module, GatedKernel)
                module.weight.div_(factor)
    one.clamp_(threshold)
    other.clamp_(threshold)
    assert one.outcomes() == other.outcomes()


@pytest.mark.parametrize("recipe", ["default", "paper"])
def test_a_larger_threshold_leaves_no_more(recipe: str) -> None:
    model = composite(EVERYTHING, recipe)  # type: ignore[arg-type]
    torch.manual_seed(5)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    before: dict[str, Tensor] = {}
    for threshold in [0.0, 0.01, 0.05, 0.1, 0.2, 0.4, 0.7]:
        closed = composite(EVERYTHING, recipe)  # type: ignore[arg-type]
        closed.load_state_dict(model.state_dict())
        closed.clamp_(threshold)
        now = {name: value != 0 for name, value in closed.bank.values().items() if "groups" not in name}
        for name, mask in before.items():
            assert not (now[name] & ~mask).any(), (threshold, name)
        before = now


def test_a_clamped_model_computes_as_its_gates_say() -> None:
    """Zeros are exact: what reads a clamped channel does not notice NaN in it."""
    model = composite("conv filters 1x1 channels<=3\nconv filters 1x1 channels 2").eval()
    beta = gate(model, "conv2.reads")
    assert isinstance(beta, DefaultSubset)
    set_(beta.beta, [1.0, 1e-6, 1.0])
    model.clamp_(1e-3)
    x = inputs(model)
    expected = model(x)
    with torch.no_grad():
        kernel_of_producer = model.layer("conv1")
        assert isinstance(kernel_of_producer.weight, Tensor)
        kernel_of_producer.weight[1] *= 1e6
    torch.testing.assert_close(model(x), expected, rtol=0, atol=0)
