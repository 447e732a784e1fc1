"""Soap goes down narrow valleys, whatever their direction; what it does not turn it treats as Adam does."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from torch import Tensor, nn

from dasdsl.search import soap
from dasdsl.search.adam import Adam
from dasdsl.search.soap import BETAS, Soap, eigenbasis

STEPS = 150


def valley(inputs: int = 12) -> tuple[Tensor, Tensor]:
    """Inputs whose deviations go from 1 to 0.01 along random directions, and what a random kernel makes of them."""
    generator = torch.Generator().manual_seed(0)
    turned = torch.linalg.qr(torch.randn(inputs, inputs, generator=generator)).Q
    x = torch.randn(256, inputs, generator=generator) * torch.logspace(0, -2, inputs) @ turned
    return x, x @ torch.randn(inputs, 5, generator=generator)


def left(make: object, x: Tensor, y: Tensor, rate: float) -> float:
    """The part of the loss that is left after some steps from zero."""
    layer = nn.Linear(x.shape[1], y.shape[1], bias=False)
    nn.init.zeros_(layer.weight)
    optimizer = Soap([layer.weight], rate) if make is Soap else Adam([layer.weight], lr=rate, betas=BETAS)
    first = float(y.square().mean())
    for step in range(STEPS):
        now = rate * (1 - step / STEPS)
        if isinstance(optimizer, Soap):
            optimizer.rate = now
        else:
            optimizer.param_groups[0]["lr"] = now
        optimizer.zero_grad()
        (layer(x) - y).square().mean().backward()
        optimizer.step()
    return float((layer(x) - y).detach().square().mean()) / first


@pytest.mark.parametrize("rate", [0.1, 0.3])
def test_it_comes_further_than_adam(rate: float) -> None:
    assert left(Soap, *valley(), rate) < 0.001 * left(Adam, *valley(), rate)


def test_a_side_that_is_too_wide_keeps_its_axes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soap, "WIDEST", 11)
    optimizer = Soap([weight := nn.Parameter(torch.randn(5, 12))], 0.1)
    weight.square().sum().backward()
    optimizer.step()
    left, right = optimizer.kernels[0].sides
    assert left is not None
    assert right is None


def test_without_sides_and_for_biases_it_is_adam(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soap, "WIDEST", 0)
    bias, others = nn.Parameter(torch.zeros(3)), nn.Parameter(torch.zeros(3))
    ours, theirs = Soap([bias], 0.1), Adam([others], lr=0.1, betas=BETAS)
    for _ in range(5):
        for one, optimizer in ((bias, ours), (others, theirs)):
            optimizer.zero_grad()
            (one - torch.arange(3)).square().sum().backward()
            optimizer.step()
    assert torch.allclose(bias, others)


def test_the_first_step_looks_and_a_gradient_that_is_no_number_does_not_raise() -> None:
    weight = nn.Parameter(torch.ones(4, 6))
    optimizer = Soap([weight], 0.1)
    weight.grad = torch.full((4, 6), float("nan"))
    optimizer.step()
    assert torch.equal(weight.detach(), torch.ones(4, 6))
    for _ in range(2 * soap.REFRESHED):
        weight.grad = torch.full((4, 6), float("inf"))
        optimizer.step()


def test_a_kernel_that_nothing_reads_stays() -> None:
    weight = nn.Parameter(torch.ones(4, 6))
    optimizer = Soap([weight], 0.1)
    optimizer.zero_grad()
    optimizer.step()
    assert torch.equal(weight.detach(), torch.ones(4, 6))


def test_steps_are_the_same_again() -> None:
    x, y = valley()
    assert left(Soap, x, y, 0.1) == left(Soap, x, y, 0.1)


def test_it_does_not_load_what_compiles() -> None:
    code = """import sys, torch
from dasdsl.search.soap import Soap
layer = torch.nn.Linear(3, 2)
optimizer = Soap(layer.parameters(), 0.1)
for _ in range(12):
    optimizer.zero_grad()
    layer(torch.ones(1, 3)).sum().backward()
    optimizer.step()
assert "torch._dynamo" not in sys.modules"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("seed", range(7, 10))
def test_products_of_low_rank_have_a_basis_too(seed: int) -> None:
    """On these LAPACK did not converge in float32, and a search ended with its error."""
    dice, rank = torch.Generator().manual_seed(seed), (9, 18, 32)[seed % 3]
    gradient = torch.randn(288, rank, generator=dice) * (torch.rand(288, 1, generator=dice) < 0.4)
    gradient *= 10 ** (torch.randn(288, 1, generator=dice) * 1.5) * 1e-4
    gradient *= 10 ** (torch.randn(1, rank, generator=dice) * 2)
    products = gradient @ gradient.T
    basis = eigenbasis(products)
    torch.testing.assert_close(basis.T @ basis, torch.eye(288), rtol=0, atol=1e-5)
    diagonal = basis.T @ products @ basis
    assert float((diagonal - diagonal.diag().diag()).abs().max()) <= 1e-5 * float(products.abs().max())
    assert float(diagonal[0, 0]) >= 0.99 * float(diagonal.abs().max())


def test_axes_stand_in_where_there_is_no_basis(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: torch.Tensor) -> None:
        raise torch.linalg.LinAlgError("did not converge")  # pyright: ignore[reportPrivateImportUsage]

    monkeypatch.setattr(torch.linalg, "eigh", fails)
    assert eigenbasis(torch.ones(3, 3)).equal(torch.eye(3))
    assert eigenbasis(torch.full((3, 3), torch.nan)).equal(torch.eye(3))
