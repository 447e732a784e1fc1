"""Sparsemax with its own Jacobian-vector product (Martins & Astudillo 2016)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def projected(z: Tensor) -> Tensor:
    """p_i = max(z_i − τ, 0) over the last dimension, with τ such that the p sum to 1; for use without gradients.

    With the z in order, (z_1 + … + z_k − 1)/k rises with k as long as z_k is in the support, and falls from there on.
    """
    totals = z.sort(dim=-1, descending=True).values.cumsum(dim=-1) - 1
    means = totals / torch.arange(1, z.shape[-1] + 1, dtype=z.dtype, device=z.device)
    return (z - means.amax(dim=-1, keepdim=True)).clamp_min(0)


def pulled_back(v: Tensor, p: Tensor) -> Tensor:
    """Jᵀv = s ⊙ (v − mean of v over the support), s the indicator of the support of p."""
    support = (p > 0).to(v.dtype)
    mean = (v * support).sum(dim=-1, keepdim=True) / support.sum(dim=-1, keepdim=True)
    return support * (v - mean)


class _Sparsemax(torch.autograd.Function):
    """The Euclidean projection of the last dimension onto the simplex; differentiating a sort would be slower."""

    @staticmethod
    def forward(ctx: Any, z: Tensor) -> Tensor:  # noqa: ANN401  (torch's own context type)
        p = projected(z)
        ctx.save_for_backward(p)
        return p

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:  # noqa: ANN401
        (p,) = ctx.saved_tensors
        return _SparsemaxBackward.apply(grads[0], p)


class _SparsemaxBackward(torch.autograd.Function):
    """The Jacobian-vector product as a function of its own: linear in v, so it can be differentiated again."""

    @staticmethod
    def forward(ctx: Any, v: Tensor, p: Tensor) -> Tensor:  # noqa: ANN401
        ctx.save_for_backward(p)
        return pulled_back(v, p)

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
