"""Sparsemax with its own Jacobian-vector product (Martins & Astudillo 2016)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class _Sparsemax(torch.autograd.Function):
    """The Euclidean projection of the last dimension onto the simplex; differentiating a sort would be slower."""

    @staticmethod
    def forward(ctx: Any, z: Tensor) -> Tensor:  # noqa: ANN401  (torch's own context type)
        """p_i = max(z_i − τ, 0), with τ such that the p sum to 1."""
        ordered = z.sort(dim=-1, descending=True).values
        totals = ordered.cumsum(dim=-1) - 1
        k = torch.arange(1, z.shape[-1] + 1, dtype=z.dtype, device=z.device)
        # at least one: of NaN none is larger, and the result is to be NaN, not an index out of range
        support = (k * ordered > totals).sum(dim=-1, keepdim=True).clamp_min(1)
        tau = totals.gather(-1, support - 1) / support.to(z.dtype)
        p = (z - tau).clamp_min(0)
        ctx.save_for_backward(p)
        return p

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:  # noqa: ANN401
        """Jᵀv = s ⊙ (v − mean of v over the support), s the support's indicator."""
        (p,) = ctx.saved_tensors
        return _SparsemaxBackward.apply(grads[0], p)


class _SparsemaxBackward(torch.autograd.Function):
    """The Jacobian-vector product as a function of its own: linear in v, so it can be differentiated again."""

    @staticmethod
    def forward(ctx: Any, v: Tensor, p: Tensor) -> Tensor:  # noqa: ANN401
        ctx.save_for_backward(p)
        support = (p > 0).to(v.dtype)
        mean = (v * support).sum(dim=-1, keepdim=True) / support.sum(dim=-1, keepdim=True)
        return support * (v - mean)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401
        (p,) = ctx.saved_tensors
        return _SparsemaxBackward.apply(grads[0], p), None


def sparsemax(z: Tensor) -> Tensor:
    """The point of the probability simplex nearest to z, over the last dimension; many entries are exact zeros.

    Shapes: (…, n) → (…, n).
    Source: Martins & Astudillo 2016, algorithm 1 and equation 14.
    """
    return _Sparsemax.apply(z)
