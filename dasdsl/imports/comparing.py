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
FAINT = 1e-2
"""Outputs that differ by less, as a part of the largest one, hardly show what a network computes."""
SMALL = 0.05
"""Weights that have so little of the usual size hide what stands before them."""
A = TypeVar("A")


def guarded(work: Callable[[], A], told: Callable[[BaseException], DasError]) -> A:
    """What the work makes. A network is anybody's code, and may raise anything, or end the process."""
    try:
        return work()
    except (Exception, SystemExit) as error:
        raise told(error) from error


def compared(
    network: nn.Module, model: nn.Module, shape: tuple[int, ...], batch: int, dtype: torch.dtype = torch.float32
) -> tuple[Certificate, bool]:
    """Run both on random inputs, so many at once; also whether the output hardly hangs on the input.

    Raises: DasError E702 where the network fails, or gives something else than one tensor of the model's shape.
    """
    generator = torch.Generator().manual_seed(0)
    error, largest, outputs = 0.0, 1e-12, list[Tensor]()
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
        outputs.append(wanted)
    made = torch.cat(outputs)
    return Certificate(error, error / largest, SAMPLES), float((made - made.mean(dim=0)).abs().max()) < FAINT * largest


def finely_compared(
    network: nn.Module, model: nn.Module, shape: tuple[int, ...], batch: int
) -> tuple[Certificate, bool]:
    """The same in float64 where that can be; both are left so.

    With random weights signals can grow until the smallest rounding decides which half of a relu they come to.
    """
    try:
        return compared(network.double(), model.double(), shape, batch, torch.float64)
    except DasError:
        # it makes float32 numbers of its own
        return compared(network.float(), model.float(), shape, batch)


def reweigh_(network: nn.Module, *, faint: bool) -> bool:
    """Give other weights where they are so small that they hide what stands before them, `faint`: everywhere.

    Signs stay, and zeros among others: some weights are only allowed to be positive, or are masks. Those that are small
    only because there are few signals stay too, and so do biases: in a network that is trained signals are neither
    small nor large, and among very large ones rounding decides. Returns whether there were any.
    """
    generator, changed = torch.Generator().manual_seed(1), False
    for name, weight in network.named_parameters():
        if not weight.is_floating_point() or not weight.numel() or name.rpartition(".")[2] == "bias":
            continue
        usual = (2 / weight[0].numel()) ** 0.5 if weight.dim() > 1 else 1.0
        size = float(weight.detach().square().mean().sqrt())
        if not faint and not size < SMALL * usual:
            continue
        changed = True
        if size > 0:
            factor = torch.empty(weight.shape).uniform_(0.5, 1.5, generator=generator)
            weight.data.mul_(factor * (usual / size))
        else:
            weight.data.normal_(std=usual, generator=generator)
    return changed
