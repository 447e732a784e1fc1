"""How images lie in memory changes nothing: oneDNN, which some layouts crash, is given none of those."""

from __future__ import annotations

from itertools import product
from unittest.mock import patch

import pytest
import torch

import dasdsl
from dasdsl.lowering import network

SPACE = "---\ndas: 1\nspace: s\ninput: {inputs}x32x32\n---\n{layers}\npool global avg\nflatten\nlinear channels 2\n"
STRIDED = (
    "conv filters 1x1 channels {c} stride 2",
    "conv depthwise filters 1x1 stride 2\nconv filters 1x1 channels {c}",
)
MORE = (
    "conv filters 3x3 channels 3 stride 2\nrelu\nconv filters 1x1 channels {c} stride 2 bias off",
    "add:\n    path: conv filters 3x3 channels {c} stride 2\n    path: conv filters 1x1 channels {c} stride 2",
    "conv filters 1x1 channels {c} stride 2 groups <=2",
    "conv filters 3x3 channels 3\nconv filters 1x1 channels {c} stride 2x1",
)


def gradients(text: str, inputs: int) -> list[torch.Tensor]:
    """The output of a network and the gradients of its weights and its input, on the same random numbers each time."""
    torch.manual_seed(0)
    model = dasdsl.lower(dasdsl.build(dasdsl.loads(text)))
    x = torch.randn(8, inputs, 32, 32, requires_grad=True)
    out = model(x)
    out.square().sum().backward()
    return [out.detach(), x.grad, *(p.grad for p in model.parameters() if p.grad is not None)]  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("layers", "inputs", "channels"),
    [*product(STRIDED, (1, 2, 3, 7, 8, 24), ("24", "<=8")), *product(MORE, (3,), ("6",))],
)
def test_gradients_are_those_of_images_channel_by_channel(layers: str, inputs: int, channels: str) -> None:
    text = SPACE.format(inputs=inputs, layers=layers.format(c=channels).replace("channels <", "channels<"))
    ours = gradients(text, inputs)
    with patch.object(network, "laid_out", lambda x: x):
        plain = gradients(text, inputs)
    for one, other in zip(ours, plain, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)


def test_layers_that_somebody_else_has_cut() -> None:
    """A pruner replaces weights within a network: what has fewer inputs then is treated as if it had been made so."""
    text = SPACE.format(inputs=3, layers="conv filters 3x3 channels 24\nconv filters 1x1 channels 8 stride 2")
    results: list[list[torch.Tensor]] = []
    for lay in (network.laid_out, lambda x: x):
        torch.manual_seed(0)
        model = dasdsl.lower(dasdsl.build(dasdsl.loads(text)))
        for name, kept in (("conv1", (slice(7),)), ("conv2", (slice(None), slice(7)))):
            layer = model.layer(name)
            layer.weight = torch.nn.Parameter(layer.weight.detach()[kept].clone())
        model.layer("conv1").bias = torch.nn.Parameter(torch.zeros(7))
        model.layer("conv2").in_channels = 7
        model.look_again_()
        with patch.object(network, "laid_out", lay):
            out = model(torch.randn(8, 3, 32, 32))
            out.square().sum().backward()
        results.append([out.detach(), *(p.grad for p in model.parameters() if p.grad is not None)])
    for one, other in zip(*results, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)
