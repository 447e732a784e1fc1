"""A found network inside of a composite: both compute the same, and the composite closes to it."""

from __future__ import annotations

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from torch import Tensor

from dasdsl.diagnostics import DasError
from dasdsl.inverse.discover import Found, discover
from dasdsl.inverse.embedding import embed_
from dasdsl.inverse.leaning import lean_
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.extremes import largest
from dasdsl.ir.membership import Membership, locate
from dasdsl.ir.widening import widen
from dasdsl.language.reading import loads
from dasdsl.layers.gated import GatedKernel
from dasdsl.lowering.composite import CompositeModel, lower
from dasdsl.lowering.gates.bank import Family
from dasdsl.lowering.gates.default import DefaultChoice, DefaultPatterns, DefaultSubset
from dasdsl.lowering.gates.paper import PaperChoice, PaperCount, PaperPatterns, PaperSubset
from dasdsl.operations.core.decisions import Outcomes
from tests.lowering.texts import RECIPES
from tests.properties.spaces import randomised, spaces
from tests.properties.structures import structures


def found_in(text: str, recipe: Family, seed: int, sparsity: float, threshold: float) -> Found | None:
    """A network with random weights and statistics that is found in a space, in float64."""
    try:
        return discover(randomised(text, recipe, seed, sparsity=sparsity), threshold)
    except DasError:
        return None


def composite_of(found: Found, recipe: Family, **options: object) -> tuple[CompositeModel, Membership] | None:
    """A fresh composite of a space around it, and where it stands in there."""
    try:
        space = widen(loads(str(found.architecture)), **options)  # type: ignore[arg-type]
    except DasError as error:
        if error.diagnostics[0].message != "nothing is opened":
            raise
        return None
    program = elaborate(space)
    return lower(program, recipe).double(), locate(found.model.program, program)


@torch.no_grad()
def decide_(model: CompositeModel, known: Outcomes) -> None:
    """Close the gates to these outcomes, whatever the weights are; in branches that are not taken to anything."""
    outcomes = largest(model.program) | known
    for gate in model.bank:
        match gate:
            case PaperChoice():
                place = tuple(outcomes[member.name] for member in gate.members)
                gate.alpha.zero_()
                gate.alpha[place] = 1.0  # type: ignore[index]
            case PaperCount() | DefaultChoice():
                index = outcomes[gate.decision.name]
                gate.logits.fill_(-9.0)
                gate.logits[index] = 9.0  # type: ignore[index]
            case PaperSubset() | DefaultSubset():
                read = outcomes[gate.decision.name]
                gate.beta.copy_(torch.tensor([float(p in read) for p in gate.decision.positions]))  # type: ignore[operator]
            case PaperPatterns():
                sets = outcomes[gate.decision.name]
                different = list(dict.fromkeys(sets))  # type: ignore[arg-type]
                gate.p.zero_()
                gate.s.zero_()
                for output, chosen in enumerate(sets):  # type: ignore[arg-type]
                    gate.p[list(chosen), different.index(chosen)] = 1.0
                    gate.s[different.index(chosen), output] = 1.0
            case DefaultPatterns():
                mask = torch.zeros_like(gate.mask)
                for output, chosen in enumerate(outcomes[gate.decision.name]):  # type: ignore[arg-type]
                    mask[output, list(chosen)] = 1.0
                gate.close_(mask)
                gate.p.clamp_(min=0.5)
            case other:
                raise TypeError(type(other))


growths = st.fixed_dictionaries(
    {
        "filters": st.sampled_from([None, 0, 1, 2]),
        "channels": st.sampled_from([None, 1, 1.5, "+3"]),
        "groups": st.sampled_from([None, None, 1, 3]),
        "dilation": st.sampled_from([None, None, 1]),
    }
)
recipes = st.sampled_from(RECIPES)
seeds = st.integers(0, 2**31)
every = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


@every
@given(st.one_of(spaces(), structures()), recipes, seeds, st.floats(0, 0.7), st.floats(0, 0.5), growths, recipes)
@torch.no_grad()
def test_the_composite_starts_as_the_found_network(
    text: str, recipe: Family, seed: int, sparsity: float, threshold: float, growth: dict[str, object], again: Family
) -> None:
    found = found_in(text, recipe, seed, sparsity, threshold)
    assume(found is not None)
    assert found is not None
    made = composite_of(found, again, **growth)
    assume(made is not None)
    assert made is not None
    model, member = made
    lean_(model, found.model, member)
    embed_(model, found.model, member)
    x = torch.randn(4, *found.architecture.input, dtype=torch.float64)
    scale = max(1.0, float(found.model.eval()(x).abs().max()))
    torch.testing.assert_close(model.eval()(x), found.model(x), rtol=0, atol=1e-10 * scale)


@every
@given(spaces(), recipes, seeds, st.floats(0, 0.7), st.floats(0, 0.5), growths, recipes)
def test_the_composite_closes_to_the_found_network(
    text: str, recipe: Family, seed: int, sparsity: float, threshold: float, growth: dict[str, object], again: Family
) -> None:
    found = found_in(text, recipe, seed, sparsity, threshold)
    assume(found is not None)
    assert found is not None
    made = composite_of(found, again, **growth)
    assume(made is not None)
    assert made is not None
    model, member = made
    decide_(model, member.outcomes)
    embed_(model, found.model, member)
    back = discover(model)
    assert str(back.architecture) == str(found.architecture)
    mine, theirs = found.model.state_dict(), back.model.state_dict()
    assert mine.keys() == theirs.keys()
    for name, tensor in mine.items():
        torch.testing.assert_close(theirs[name], tensor, rtol=1e-12, atol=1e-12)


# ---- by hand ---------------------------------------------------------------------------------------------------------

NETWORK = """---
das: 1
architecture: small
input: 2x9x9
---
conv filters 3x2 channels 5 stride 2
norm batch
relu
conv filters 3x3 channels 4 groups [0-2 -> 0-1; 1,3-4 -> 2; none -> 3]
relu
conv depthwise filters 2x3 pad 0
residual:
    conv filters 1x1 channels 3 reads [0,2]
    norm batch
    relu
    conv filters 3x3 channels 4
concat:
    path: tanh
    path: conv filters 1x1 channels 2 bias off
pool global avg
flatten
linear channels 3
"""


def network() -> CompositeModel:
    """A closed network that was trained a little, so that its statistics are no longer the first ones."""
    torch.manual_seed(3)
    model = lower(elaborate(loads(NETWORK))).train()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("bias"):
                parameter.uniform_(0.1, 1)
    for _ in range(3):
        model(1 + 2 * torch.randn(16, 2, 9, 9))
    return discover(model.eval()).model


def started(recipe: Family, network: CompositeModel, **options: object) -> CompositeModel:
    space = widen(network.program.space, **options)  # type: ignore[arg-type]
    torch.manual_seed(4)
    model = lower(elaborate(space), recipe)
    member = locate(network.program, model.program)
    lean_(model, network, member)
    embed_(model, network, member)
    return model


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("options", [{}, {"groups": 4, "dilation": 2, "channels": "+8"}, {"channels": None}])
@torch.no_grad()
def test_in_float32_too_and_while_it_is_trained(recipe: Family, options: dict[str, object]) -> None:
    found = network()
    model = started(recipe, found, **options)
    assert model.program.cost.params > 2 * found.program.cost.params
    for inputs in (torch.randn(32, 2, 9, 9), 100 * torch.randn(32, 2, 9, 9), torch.zeros(2, 2, 9, 9)):
        for training in (False, True):
            expected, got = found.train(training)(inputs), model.train(training)(inputs)
            assert float((got - expected).abs().max()) <= 1e-5 * float(expected.abs().max())


@torch.no_grad()
def test_statistics_are_carried_and_new_channels_have_fresh_ones() -> None:
    found = network()
    model = started("default", found)
    mine, theirs = found.layer("norm1").state_dict(), model.layer("norm1").state_dict()
    for name in ("running_mean", "running_var", "weight", "bias"):
        torch.testing.assert_close(theirs[name][:5], mine[name], rtol=0, atol=0)
    assert theirs["running_var"][5:].tolist() == [1.0] * 3
    assert theirs["num_batches_tracked"] == mine["num_batches_tracked"] == 3
    assert not torch.allclose(mine["running_var"], torch.ones(5), atol=1e-2)


def effects(model: CompositeModel) -> dict[str, Tensor]:
    """The gradient of every kernel's V for some loss."""
    model.train().zero_grad()
    model(torch.randn(64, 2, 9, 9)).square().sum().backward()
    return {
        name: module.weight.grad.clone()
        for name, module in model.named_modules()
        if isinstance(module, GatedKernel) and module.weight.grad is not None
    }


@pytest.mark.parametrize("recipe", RECIPES)
def test_what_is_new_learns(recipe: Family) -> None:
    """New slices and taps get gradients at once, new channels once they are read, and then their gates."""
    model = started(recipe, network(), groups=3)
    first = effects(model)
    # conv1 produces 8 channels, of which 5 were found; conv2 reads all of them
    assert bool((first["conv1"][:5] != 0).all())
    assert bool((first["conv1"][5:] == 0).all())
    assert bool((first["conv2"][:4] != 0).any(dim=(2, 3)).all())
    torch.optim.SGD(model.parameters(), lr=1e-4).step()
    later = effects(model)
    for name, gradient in later.items():
        assert bool((gradient != 0).any(dim=tuple(range(2, gradient.dim()))).all()), name
    gates = [parameter.grad for parameter in model.architecture_parameters()]
    assert all(gradient is not None and bool((gradient != 0).any()) for gradient in gates)


def test_importances_tell_at_once_what_was_found() -> None:
    """Under the default recipe; patterns are read off clusters, which new outputs take part in."""
    text = NETWORK.replace(" groups [0-2 -> 0-1; 1,3-4 -> 2; none -> 3]", "")
    model = discover(lower(elaborate(loads(text)))).model
    composite = started("default", model)
    found = discover(composite, 1e-6)
    assert str(found.architecture) == str(model.program.space)
    for name, tensor in found.model.state_dict().items():
        torch.testing.assert_close(tensor, model.state_dict()[name], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("recipe", RECIPES)
def test_what_does_not_nest_leans_to_what_was_found(recipe: Family) -> None:
    """Closed by the largest gate, shapes, dilations and numbers of groups become those that were found."""
    body = "conv filters {} channels 4{}\nrelu\nconv filters 1x1 channels 4{}\nflatten\nlinear channels 2\n"
    head = "---\ndas: 1\nspace: small\ninput: 4x8x8\n---\n"
    found = lower(elaborate(loads(head + body.format("1x3", " dilation 2", " groups 2")))).eval()
    torch.manual_seed(1)
    text = body.format("<5x5|1x3|3x3>", " dilation <1|2|4>", " groups <1|2|4>")
    model = lower(elaborate(loads(head + text)), recipe)
    member = locate(found.program, model.program)
    lean_(model, found, member)
    embed_(model, found, member)
    x = torch.randn(4, 4, 8, 8)
    torch.testing.assert_close(model(x), found(x), rtol=1e-5, atol=1e-5)
    closed = discover(model, 1e-3).architecture
    assert str(closed).splitlines()[5:8] == [
        "conv filters 1x3 channels 4 dilation 2",
        "relu",
        "conv filters 1x1 channels 4 groups 2",
    ]


STRUCTURE = """---
das: 1
space: random
input: 3x8x8
define: {p: 2, d: <1|2|3>}
---
block cell(n):
    conv filters <1|3>x<1..3> channels<=n
    norm batch
    relu
conv filters 3x3 channels<=6
optional:
    cell(6)
repeat <1..3>:
    residual:
        cell(4)
        conv filters 1x1 channels<=6 groups<=p
choose:
    path:
        cell(5)
    path:
        concat:
            path:
                conv filters 1x1 channels<=2
            path:
                optional:
                    tanh
                conv filters 3x3 channels<=3
repeat d:
    relu
    conv filters 3x3 channels<=5
flatten
linear channels 3
"""


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(recipes, seeds, st.floats(0, 0.3), recipes)
@torch.no_grad()
def test_in_a_space_with_branches_and_depths(recipe: Family, seed: int, sparsity: float, again: Family) -> None:
    """In the space that it was found in: the choices start decided, and the rest is as in every search."""
    found = found_in(STRUCTURE, recipe, seed, sparsity, 0.0)
    assume(found is not None)
    assert found is not None
    program = elaborate(loads(STRUCTURE))
    try:
        member = locate(found.model.program, program)
    except DasError as error:
        # a whole path is gone, or `paper`, which clamps P and S, has found more sets of inputs than there are patterns
        said = error.diagnostics[0].message
        assume("`tanh`" not in said and not (recipe == "paper" and "patterns here" in said))
        raise
    torch.manual_seed(seed)
    model = lower(program, again).double()
    lean_(model, found.model, member)
    embed_(model, found.model, member)
    x = torch.randn(4, 3, 8, 8, dtype=torch.float64)
    expected = found.model.eval()(x)
    torch.testing.assert_close(model.eval()(x), expected, rtol=0, atol=1e-10 * max(1.0, float(expected.abs().max())))
    decide_(model, member.outcomes)
    embed_(model, found.model, member)
    assert str(discover(model).architecture) == str(found.architecture)


def test_layers_of_closed_patterns_with_open_filters() -> None:
    """One layer a pattern, each with its own V."""
    torch.manual_seed(2)
    body = "conv filters {} channels{} groups [0-1 -> 0,3; 2 -> 1-2]\nflatten\nlinear channels 2\n"
    head = "---\ndas: 1\nspace: small\ninput: 4x8x8\n---\n"
    found = lower(elaborate(loads(head + body.format("2x2", " 4")))).eval()
    model = lower(elaborate(loads(head + body.format("<1..3>x<1..4>", "<=4"))), "paper").eval()
    embed_(model, found, locate(found.program, model.program))
    x = torch.randn(4, 4, 8, 8)
    torch.testing.assert_close(model(x), found(x), rtol=1e-5, atol=1e-5)


def test_what_is_new_is_random_within_what_was_found() -> None:
    """New channels are made of what was found; their taps and inputs that are new are zero."""
    found = network()
    torch.manual_seed(4)
    fresh = lower(elaborate(widen(found.program.space)))
    model = started("default", found)
    one, other = fresh.layer("conv1"), model.layer("conv1")
    assert isinstance(one, GatedKernel)
    assert isinstance(other, GatedKernel)
    # 3x2 in 4x3: from 4//2 - 3//2 = 1 and from 3//2 - 2//2 = 0
    torch.testing.assert_close(other.weight[5:, :, 1:, :2], one.weight[5:, :, 1:, :2])
    assert not other.weight[5:, :, :1].any()
    assert not other.weight[5:, :, :, 2:].any()
