"""The penalties of both recipes, term by term (method: penalties; default recipe, 2)."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from dasdsl.lowering.composite import CompositeModel
from dasdsl.lowering.gates.default import DefaultPatterns
from dasdsl.lowering.gates.gate import Pressure
from dasdsl.lowering.gates.norms import connectivity_penalty
from dasdsl.lowering.gates.sparsemax import sparsemax
from tests.lowering.texts import composite

GAMMA, ETA = 0.03, 0.007
# 3 layers of filters, a subset, a count, patterns
BODY = """conv filters <1..3>x<1|3> channels<=4
relu
conv filters <1|5>x3 channels <2|6>
relu
conv filters <3x3|1x5> channels 5 groups<=3
relu
conv filters 1x1 channels 2"""


def scattered(recipe: str) -> tuple[CompositeModel, dict[str, dict[str, Tensor]]]:
    """A composite with random gates, and their parameters by the name of the decision."""
    model = composite(BODY, recipe)  # type: ignore[arg-type]
    torch.manual_seed(8)
    with torch.no_grad():
        for parameter in model.architecture_parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return model, {name: dict(gate.named_parameters()) for name, gate in model.bank.items()}


@pytest.mark.parametrize("training", [True, False])
def test_paper(training: bool) -> None:
    model, gates = scattered("paper")
    alphas = [parts["alpha"] for name, parts in gates.items() if name.endswith(".alpha")]
    assert [alpha.shape for alpha in alphas] == [(3, 2), (2,), (2,)]
    expected = sum(alpha.abs().sum() for alpha in alphas) + gates["conv2.reads"]["beta"].abs().sum()
    expected = expected + sparsemax(gates["conv2.channels"]["logits"]) @ torch.tensor([2.0, 6.0])
    patterns = gates["conv3.groups"]
    total = GAMMA * expected + ETA * connectivity_penalty(patterns["p"], patterns["s"])
    model.train(training)
    # whatever the progress: the paper's penalties are there from the start
    for progress in (0.0, 0.3, 1.0):
        model.progress(progress)
        torch.testing.assert_close(model.penalty(GAMMA, ETA), total)
    assert float(model.penalty().detach()) == 0


@pytest.mark.parametrize(("progress", "ramp"), [(0.0, 0.0), (0.2, 0.0), (0.3, 0.25), (0.6, 1.0), (0.9, 1.0)])
def test_default(progress: float, ramp: float) -> None:
    model, gates = scattered("default")
    choices = {name: parts["logits"] for name, parts in gates.items() if name != "conv3.groups" and "logits" in parts}
    a = {name: sparsemax(logits) for name, logits in choices.items()}
    height = a["conv1.filters.height"] @ torch.tensor([1.0, 2.0, 3.0])
    width = a["conv1.filters.width"] @ torch.tensor([1.0, 3.0])
    filters = height * width / 9
    filters = filters + (a["conv2.filters.height"] @ torch.tensor([1.0, 5.0])) / 5
    filters = filters + a["conv3.filters"] @ torch.tensor([9.0, 5.0]) / 9
    channels = gates["conv2.reads"]["beta"].abs().mean()
    channels = channels + a["conv2.channels"] @ torch.tensor([2.0, 6.0]) / 6
    patterns = gates["conv3.groups"]
    channels = channels + patterns["p"].abs().mean()
    undecided = torch.stack([(value * (1 - value)).sum() for value in a.values()]).sum()
    late = max(0.0, progress - 0.5)
    connectivity = connectivity_penalty(patterns["p"], sparsemax(patterns["logits"]).T) * 8 / 6
    total = GAMMA * (3 * filters + 8 * channels + 4 * late * undecided) + ETA * connectivity
    model.progress(progress)
    torch.testing.assert_close(model.penalty(GAMMA, ETA), ramp * total)


@pytest.mark.parametrize("recipe", ["paper", "default"])
def test_gradients_of_the_penalty(recipe: str) -> None:
    """The same whether its values are those of a forward pass or its own."""
    model, _ = scattered(recipe)
    model.train()
    parameters = list(model.architecture_parameters())
    alone = torch.autograd.grad(model.penalty(GAMMA, ETA), parameters, allow_unused=True)
    model(torch.randn(2, 4, 8, 8))
    after = torch.autograd.grad(model.penalty(GAMMA, ETA), parameters, allow_unused=True)
    for one, other in zip(alone, after, strict=True):
        assert one is not None
        assert other is not None
        assert one.isfinite().all()
        torch.testing.assert_close(one, other)


SEVERAL = """conv filters 1x1 channels 6
conv filters 3x3 channels 5 groups<=3
relu
conv filters 1x1 channels 4 groups<=2
relu
conv filters 1x1 channels 2 groups<=4"""


def test_patterns_of_all_layers_together_are_what_each_is_alone() -> None:
    """Of different numbers, and with a row, a column and patterns that are zero."""
    model = composite(SEVERAL, "default").double()
    torch.manual_seed(9)
    gates = [gate for gate in model.bank if isinstance(gate, DefaultPatterns)]
    assert [gate.decision.patterns for gate in gates] == [3, 2, 4]
    with torch.no_grad():
        gates[0].p[1] = 0
        gates[1].p[:, 0] = 0
        # a pattern that no output is in
        gates[2].logits[:, 2] = -5
    model.progress(1.0)
    pressure = Pressure(GAMMA, ETA, 1.0)
    apart = torch.stack([gate.penalty(pressure, gate.value()) for gate in gates]).sum()
    parameters = list(model.architecture_parameters())
    together = model.penalty(GAMMA, ETA)
    torch.testing.assert_close(together, apart)
    found, expected = torch.autograd.grad(together, parameters), torch.autograd.grad(apart, parameters)
    for one, other in zip(found, expected, strict=True):
        assert one.isfinite().all()
        torch.testing.assert_close(one, other)
    values = model.bank.values()
    for name, gate in model.bank.items():
        torch.testing.assert_close(values[name], gate.value())
