"""How much of a layer's effective kernel hangs on each input, filter row and connection (method: threshold)."""

from __future__ import annotations

import torch
from torch import Tensor


def connections(weight: Tensor, spreads: tuple[int, ...], rms: Tensor) -> Tensor:
    """‖W_eff[o, i]‖·rms(x_i) for each output and position: (C_out, positions).

    `weight` is (C_out, features, …window), `rms` (positions,).
    """
    squares = weight.square().flatten(2).sum(dim=2) if weight.dim() > 2 else weight.square()
    by_position = torch.stack([part.sum(dim=1) for part in squares.split(list(spreads), dim=1)], dim=1)
    return by_position.sqrt() * rms


def taps(weighted: Tensor, side: int) -> Tensor:
    """The norm of each row of a filter along one side: (size,).

    `weighted` is a kernel (C_out, features, …window) times the size of what each weight reads.
    """
    other = [dim for dim in range(weighted.dim()) if dim != side + 2]
    return weighted.square().sum(dim=other).sqrt()
