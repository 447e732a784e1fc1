"""How far a text is from the network that it was read off, with the network's own weights and with others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor, nn

from dasdsl.diagnostics import DasError
from dasdsl.imports.problems import not_one, not_traced
from dasdsl.inverse.certificate import Certificate

SAMPLES = 4
"""Random inputs that both networks are run on."""
A = TypeVar("A")


def guarded(work: Callable[[], A], told: Callable[[BaseException], DasError]) -> A:
    """What the work makes. A network is anybody's code, and may raise anything, or end the process."""
    try:
        return work()
    except (Exception, SystemExit) as error:
        raise told(error) from error


def compared(
    network: nn.Module, model: nn.Module, shape: tuple[int, ...], batch: int, dtype: torch.dtype = torch.float32
) -> Certificate:
    """Run both on random inputs, so many at once.

    Raises: DasError E702 where the network fails, or gives something else than one tensor of the model's shape.
    """
    generator = torch.Generator().manual_seed(0)
    error, largest = 0.0, 1e-12
    for _ in range(SAMPLES // batch):
        x = torch.randn(batch, *shape, generator=generator, dtype=dtype)
        with torch.no_grad():
            # what it reads it may change
            wanted = guarded(lambda x=x: network(x.clone()), not_traced)
            found = model(x)
        if not isinstance(wanted, Tensor) or wanted.shape != found.shape:
            # one tensor in a list or under a name: what is imported gives the tensor itself
            raise not_one("gives something else than one tensor that it computes")
        difference = float((wanted - found).abs().max())
        # a NaN must not pass as equal
        error = difference if difference != difference else max(error, difference)
        largest = max(largest, float(wanted.abs().max()))
    return Certificate(error, error / largest, SAMPLES)


def finely_compared(network: nn.Module, model: nn.Module, shape: tuple[int, ...], batch: int) -> Certificate:
    """The same in float64 where that can be; both are left so.

    With random weights signals can grow until the smallest rounding decides which half of a relu they come to.
    """
    try:
        return compared(network.double(), model.double(), shape, batch, torch.float64)
    except DasError:
        # it makes float32 numbers of its own
        return compared(network.float(), model.float(), shape, batch)


def reweigh_(network: nn.Module) -> None:
    """Give a network other weights, by which all that it computes shows in its output.

    Behind weights that are all zero, or by which signals fade, nothing is seen of what the text says. Signs stay, and
    zeros among others: some weights are only allowed to be positive, or are masks.
    """
    generator = torch.Generator().manual_seed(1)
    for weight in network.parameters():
        if not weight.is_floating_point() or not weight.numel():
            continue
        usual = (2 / weight[0].numel()) ** 0.5 if weight.dim() > 1 else 1.0
        size = weight.detach().square().mean().sqrt()
        if not size > 0:
            weight.data.normal_(std=usual, generator=generator)
            continue
        jitter = torch.empty_like(weight, memory_format=torch.contiguous_format).uniform_(0.5, 1.5, generator=generator)
        weight.data.mul_(jitter * (usual / size))
