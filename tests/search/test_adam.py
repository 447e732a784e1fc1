"""The optimizer of trainings is torch's, without what it loads for torch.compile."""

from __future__ import annotations

import subprocess
import sys

import torch

from dasdsl.search.adam import Adam


def trained(kind: type[torch.optim.Adam]) -> list[torch.Tensor]:
    """Weights and the optimizer's state after steps at rates that change, with weight decay for one of two groups."""
    torch.manual_seed(0)
    layers = torch.nn.Linear(5, 4), torch.nn.Linear(4, 3)
    groups = [
        {"params": list(layer.parameters()), "lr": 1e-2, "weight_decay": decay}
        for layer, decay in zip(layers, (0.0, 0.1), strict=True)
    ]
    optimizer = kind(groups, lr=1e-2, betas=(0.9, 0.99), fused=True)
    for step in range(20):
        for group in optimizer.param_groups:
            group["lr"] = 1e-2 / (step + 1)
        optimizer.zero_grad(set_to_none=True)
        layers[1](layers[0](torch.randn(7, 5)).relu()).square().mean().backward()
        optimizer.step()
    parameters = [parameter for layer in layers for parameter in layer.parameters()]
    assert all(parameter.requires_grad and parameter.is_leaf for parameter in parameters)
    return [*parameters, *(tensor for one in parameters for tensor in optimizer.state[one].values())]


def test_it_computes_what_that_of_torch_does() -> None:
    ours, theirs = trained(Adam), trained(torch.optim.Adam)
    assert len(ours) == len(theirs) == 16
    assert all(torch.equal(mine, other) for mine, other in zip(ours, theirs, strict=True))


def test_it_does_not_load_what_compiles() -> None:
    code = """import sys, torch
from dasdsl.search.adam import Adam
weight = torch.ones(1, requires_grad=True)
for kind in (Adam, torch.optim.Adam):
    optimizer = kind([weight])
    optimizer.zero_grad()
    weight.sum().backward()
    optimizer.step()
    print('torch._dynamo' in sys.modules)"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["False", "True"]


def test_gradients_are_forgotten_or_zero() -> None:
    weight = torch.nn.Parameter(torch.ones(2))
    optimizer = Adam([weight], lr=1e-2)
    weight.grad = torch.ones(2)
    optimizer.zero_grad(set_to_none=False)
    assert weight.grad.tolist() == [0, 0]
    optimizer.zero_grad()
    assert weight.grad is None
