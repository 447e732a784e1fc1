"""The composite in other people's hands: their loops, their optimizers, copies and checkpoints."""

from __future__ import annotations

import copy
import textwrap
from collections.abc import Callable, Iterable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

import dasdsl
from dasdsl.lowering import composite as module
from dasdsl.lowering.composite import CompositeModel
from dasdsl.lowering.gates.bank import Family
from tests.ir.texts import space
from tests.lowering.texts import EVERYTHING, RECIPES, composite, inputs, plain_largest


def batches(steps: int) -> list[tuple[Tensor, Tensor]]:
    torch.manual_seed(3)
    return [(torch.randn(8, 4, 8, 8), torch.randint(0, 3, (8,))) for _ in range(steps)]


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_loop_of_the_docstring_runs(recipe: Family, capsys: pytest.CaptureFixture[str]) -> None:
    assert module.__doc__ is not None
    loop = textwrap.dedent(module.__doc__.split("loop:\n")[1]).replace("lower(graph)", f"lower(graph, {recipe!r})")
    names: dict[str, Any] = {
        "dasdsl": dasdsl,
        "torch": torch,
        "graph": dasdsl.build(space(EVERYTHING)),
        "batches": batches(6),
        "steps": 6,
        "criterion": F.cross_entropy,
        "gamma": 1e-3,
        "eta": 1e-3,
    }
    exec(loop, names)  # noqa: S102 - it is our own
    printed = capsys.readouterr().out
    assert printed.startswith("---\ndas: 1\narchitecture: small\n")
    assert dasdsl.loads(printed) == names["found"].architecture


def trained(
    model: CompositeModel, optimizer: torch.optim.Optimizer, step: Callable[[], object], steps: int = 12
) -> list[float]:
    x, y = batches(1)[0]
    losses: list[float] = []
    for number in range(steps):
        model.progress(number / steps)
        loss = F.cross_entropy(model(x), y) + model.penalty(1e-3, 1e-3)
        optimizer.zero_grad()
        loss.backward()
        step()
        losses.append(float(loss.detach()))
    return losses


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize(
    "make",
    [
        lambda p: torch.optim.SGD(p, lr=0.05),
        lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9),
        lambda p: torch.optim.AdamW(p, lr=1e-2),
        lambda p: torch.optim.RMSprop(p, lr=1e-3),
    ],
    ids=["sgd", "momentum", "adamw", "rmsprop"],
)
def test_any_optimizer(recipe: Family, make: Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer]) -> None:
    model = composite(EVERYTHING, recipe)
    optimizer = make(model.parameters())
    losses = trained(model, optimizer, lambda: model.step_(optimizer))
    assert losses[-1] < losses[0]
    assert all(p.grad is not None and bool(p.grad.isfinite().all()) for p in model.parameters())


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_plain_step_of_an_optimizer(recipe: Family) -> None:
    """Without `step_` there are no exact zeros, but nothing breaks."""
    model = composite(EVERYTHING, recipe)
    optimizer = torch.optim.Adam(model.parameter_groups(1e-2))
    losses = trained(model, optimizer, optimizer.step)
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("recipe", RECIPES)
def test_gradients_may_be_accumulated(recipe: Family) -> None:
    model = composite(EVERYTHING.replace("norm batch\n", ""), recipe)
    (x, y), (u, v) = batches(2)
    whole = F.cross_entropy(model(torch.cat([x, u])), torch.cat([y, v])) + model.penalty(1e-2, 1e-2)
    whole.backward()
    expected = [p.grad.clone() for p in model.parameters() if p.grad is not None]
    model.zero_grad()
    for inputs_, targets in ((x, y), (u, v)):
        (0.5 * F.cross_entropy(model(inputs_), targets)).backward()
    model.penalty(1e-2, 1e-2).backward()
    for found, wanted in zip((p.grad for p in model.parameters()), expected, strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("recipe", RECIPES)
def test_loss_and_penalty_may_go_backward_one_after_the_other(recipe: Family) -> None:
    """Both are made first, as people do who log both."""
    model = composite(EVERYTHING, recipe).train()
    x, y = batches(1)[0]
    loss, penalty = F.cross_entropy(model(x), y), model.penalty(1e-2, 1e-2)
    loss.backward()
    penalty.backward()
    assert all(parameter.grad is not None for parameter in model.architecture_parameters())


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_penalty_is_the_same_before_and_after_a_pass(recipe: Family) -> None:
    """Values that the forward pass made may be used again, but never those of an earlier step."""
    model = composite(EVERYTHING, recipe)
    x, y = batches(1)[0]
    alone = model.penalty(1e-2, 1e-2)
    output = model(x)
    torch.testing.assert_close(model.penalty(1e-2, 1e-2), alone)
    F.cross_entropy(output, y).backward()
    with torch.no_grad():
        for parameter in model.architecture_parameters():
            parameter.mul_(0.5).add_(torch.arange(parameter.numel()).view_as(parameter) * 0.1)
    moved = model.penalty(1e-2, 1e-2)
    assert float(moved.detach()) != float(alone.detach())
    torch.testing.assert_close(moved, copy.deepcopy(model).penalty(1e-2, 1e-2))


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_pass_leaves_nothing_behind(recipe: Family) -> None:
    """A hook on a parameter stays for ever; one a step would slow a long training down."""
    model = composite(EVERYTHING, recipe)
    x, y = batches(1)[0]
    for _ in range(3):
        (F.cross_entropy(model(x), y) + model.penalty(1e-2)).backward()
    assert not any(parameter._backward_hooks for parameter in model.parameters())


@pytest.mark.parametrize("recipe", RECIPES)
def test_its_weights_are_those_of_the_largest_network(recipe: Family) -> None:
    body = EVERYTHING.replace("<3x3|1x5|5x1>", "<1|5>x5")
    model = composite(body, recipe)
    gates = {id(parameter) for parameter in model.architecture_parameters()}
    weights = {name: p.shape for name, p in model.named_parameters() if id(p) not in gates}
    largest = plain_largest(model)
    assert weights == {name: p.shape for name, p in largest.named_parameters()}
    assert sum(p.numel() for p in model.weight_parameters()) == largest.program.cost.params
    both = [*model.weight_parameters(), *model.architecture_parameters()]
    assert {id(p) for p in both} == {id(p) for p in model.parameters()}
    assert len(both) == len({id(p) for p in both})


def test_the_gates_are_as_many_as_the_options() -> None:
    body = (
        "conv filters <1..5>x<1..3> channels<=6\nrelu\nconv filters 1x1 channels <2|4> groups<=3\n"
        "conv filters 1x1 channels 2"
    )
    paper = composite(body, "paper")
    assert sorted(p.shape for p in paper.architecture_parameters()) == sorted([(5, 3), (2,), (6, 3), (3, 4)])
    default = composite(body, "default")
    assert sorted(p.shape for p in default.architecture_parameters()) == sorted([(5,), (3,), (2,), (6, 3), (4, 3)])


@pytest.mark.parametrize("recipe", RECIPES)
def test_groups_of_the_optimizer_hold_every_parameter_once(recipe: Family) -> None:
    model = composite(EVERYTHING, recipe)
    groups = model.parameter_groups(1e-3, gate_learning_rate=5e-3, weight_decay=0.1)
    assert sorted(id(p) for g in groups for p in g["params"]) == sorted(id(p) for p in model.parameters())
    for group in groups:
        is_gate = {id(p) for p in group["params"]} == {id(p) for p in model.architecture_parameters()}
        decays = not is_gate and all(p.dim() > 1 for p in group["params"])
        assert group["lr"] == (5e-3 if is_gate else 1e-3)
        assert group["weight_decay"] == (0.1 if decays else 0)


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("threshold", [None, 0.3])
def test_copies_and_state_dicts(recipe: Family, threshold: float | None) -> None:
    model = composite(EVERYTHING, recipe)
    optimizer = torch.optim.Adam(model.parameter_groups(1e-2))
    trained(model, optimizer, lambda: model.step_(optimizer), 3)
    x = inputs(model)
    model.calibrate_([x])
    # in the middle of a step, too
    loss = model.train()(x).sum() + model.penalty(1.0)
    copied = copy.deepcopy(model)
    loss.backward()
    model.eval()
    copied.eval()
    if threshold is not None:
        model.clamp_(threshold)
        copied.clamp_(threshold)
    fresh = composite(EVERYTHING, recipe).eval()
    fresh.load_state_dict(model.state_dict())
    for other in (copied, fresh):
        torch.testing.assert_close(other(x), model(x), rtol=0, atol=0)
        assert other.outcomes() == model.outcomes()
        assert {id(p) for p in other.parameters()}.isdisjoint({id(p) for p in model.parameters()})


LABELS = """
train forward type _gates program bank run layer2 layers state_dict training parameters modules eval to _modules
_parameters _buffers _values _pressure _progress __class__ __init__ __dict__ T_destination call_super_init zero_grad rms
penalty step_ clamp_ names held
"""


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("label", LABELS.split())
def test_any_label_is_fine(label: str, recipe: Family) -> None:
    body = f"{label} = conv filters <1..3>x3 channels<=4\nnorm batch\n{label}2 = relu\nflatten\nlinear channels 3"
    model = composite(body, recipe)
    optimizer = torch.optim.Adam(model.parameter_groups(1e-3))
    trained(model, optimizer, lambda: model.step_(optimizer), 2)
    assert f"{label}.weight" in model.state_dict()
    found = dasdsl.discover(model, 1e-9, inputs=inputs(model))
    assert str(found.architecture).count(f"{label} = conv") == 1
    fresh = dasdsl.lower(found.architecture).eval()
    fresh.load_state_dict(found.model.state_dict())
    torch.testing.assert_close(fresh(inputs(model)), found.model(inputs(model)), rtol=0, atol=0)


class Calls(TorchFunctionMode):
    """Counts convolutions and matrix products."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: dict[str, int] = {}

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = getattr(func, "__name__", "")
        if name in ("conv1d", "conv2d", "conv3d", "linear"):
            self.counts[name] = self.counts.get(name, 0) + 1
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("filters", ["3x3", "<1..3>x3", "<1..5>x<1..5>", "<3x3|1x5|5x1|1x1>"])
@pytest.mark.parametrize("fields", ["", " groups<=4", " reads any"])
@pytest.mark.parametrize("channels", [" 6", "<=6", " <2|4|6>"])
def test_one_convolution_a_layer(filters: str, fields: str, channels: str, recipe: Family) -> None:
    first = f"conv filters {filters} channels{channels}{fields}"
    body = f"{first}\nrelu\nconv filters {filters} channels 4\nflatten\nlinear channels 2"
    model = composite(body, recipe)
    with Calls() as calls:
        model(inputs(model))
    assert calls.counts == {"conv2d": 2, "linear": 1}


@pytest.mark.parametrize("shape", ["4x8x8", "3x7", "2x4x4x4", "5"])
def test_a_closed_network_is_made_of_pytorchs_own_layers(shape: str) -> None:
    rank = shape.count("x")
    kernel = "conv filters " + "x".join("3" * rank) + " channels 4\n" if rank else "linear channels 4\n"
    end = "flatten\nlinear channels 2" if rank else "linear channels 2"
    model = composite(f"{kernel}norm batch\nrelu\n{end}", shape=shape)
    kinds = {type(module) for _, module in model.layers()}
    expected = {0: nn.Linear, 1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}[rank]
    assert expected in kinds
    assert all(kind.__module__.startswith("torch.nn") for kind in kinds)
    assert not list(model.architecture_parameters())
    assert float(model.penalty(1.0, 1.0)) == 0


@pytest.mark.parametrize(
    ("norm", "shape"),
    [("instance", "4x3"), *((norm, shape) for norm in ("batch", "layer", "group 2") for shape in ("4", "4x3", "4x1"))],
)
def test_one_sample_can_be_evaluated(norm: str, shape: str) -> None:
    assert composite(f"norm {norm}", shape=shape).eval()(torch.randn(1, *map(int, shape.split("x")))).isfinite().all()


def test_an_unknown_recipe_is_refused() -> None:
    with pytest.raises(ValueError, match="papre"):
        dasdsl.lower(space(EVERYTHING), "papre")  # type: ignore[arg-type]
