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


def taps(weight: Tensor, side: int, spreads: tuple[int, ...], rms: Tensor) -> Tensor:
    """The norm of each row of the filter along one side of the window, weighted by what it reads: (size,)."""
    per_feature = rms.repeat_interleave(torch.tensor(spreads, device=rms.device))
    weighted = weight * per_feature.view(1, -1, *[1] * (weight.dim() - 2))
    other = [dim for dim in range(weight.dim()) if dim != side + 2]
    return weighted.square().sum(dim=other).sqrt()
