"""The norms of the penalties, with gradients that are finite at zero."""

from __future__ import annotations

import torch
from torch import Tensor


def l1(x: Tensor) -> Tensor:
    """Σ|x|; the gradient at 0 is 0. Source: DAS, the sparsity penalty on α and β."""
    return x.abs().sum()


def exclusive_lasso(x: Tensor, dim: int) -> Tensor:
    """Σ over the other dimensions of (Σ over `dim` of |x|)²: entries along `dim` compete.

    Source: DAS, the penalty R(P, S) on connectivity, after Zhou, Jin & Hoi 2010.
    """
    return x.abs().sum(dim=dim).square().sum()


class _SafeNorm(torch.autograd.Function):
    """The Euclidean norm over the last dimension, with gradient 0 where the norm is 0 (a subgradient)."""

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, x: Tensor) -> Tensor:
        norm = x.norm(dim=-1)
        ctx.save_for_backward(x, norm)
        return norm

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, *grads: Tensor) -> Tensor:
        x, norm = ctx.saved_tensors  # pyright: ignore[reportAttributeAccessIssue]  (set by save_for_backward)
        safe = torch.where(norm > 0, norm, torch.ones_like(norm))
        return x * (grads[0] / safe).unsqueeze(-1)


def group_lasso(x: Tensor, dim: int) -> Tensor:
    """Σ over the other dimension of the Euclidean norm over `dim`: whole rows or columns go to zero.

    Source: DAS, the penalty R(P, S) on connectivity, after Yuan & Lin 2006.
    """
    return row_norms(x.movedim(dim, -1)).sum()


def row_norms(x: Tensor) -> Tensor:
    """The Euclidean norm over the last dimension; the gradient is 0 where it is 0."""
    return _SafeNorm.apply(x)


def connectivity_penalty(p: Tensor, s: Tensor) -> Tensor:
    """R(P, S), the sum of four terms (method: penalties).

    1. exclusive lasso over each input's row of P: patterns compete for an input, so they differ;
    2. exclusive lasso over columns of P and group lasso over rows of P: unused inputs go;
    3. exclusive lasso over each output's column of S: an output keeps one pattern;
    4. group lasso over each pattern's row of S: few patterns stay in use.

    Shapes: `p` is (C_in, patterns), `s` is (patterns, C_out).
    """
    return (
        exclusive_lasso(p, dim=1)
        + exclusive_lasso(p, dim=0)
        + group_lasso(p, dim=1)
        + exclusive_lasso(s, dim=0)
        + group_lasso(s, dim=1)
    )
