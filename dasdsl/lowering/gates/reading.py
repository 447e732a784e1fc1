"""All subsets of `default` at once: the values of their β, the penalty, and the orthant step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from dasdsl.lowering.gates.default import DefaultSubset, read_strength
from dasdsl.lowering.gates.gate import Pressure
from dasdsl.lowering.gates.known import known

MOMENTA = ("exp_avg", "momentum_buffer")
"""What Adam and gradient descent call their first moment."""


class Subsets(nn.Module):
    """The values and the penalty of subsets, whose parameters stay with their gates; β one behind the other."""

    shares: Tensor

    def __init__(self, gates: Sequence[DefaultSubset]) -> None:
        super().__init__()
        # a tuple, since they are modules of the bank
        self.gates = tuple(gates)
        self.sizes = [len(gate.beta) for gate in gates]
        shares = torch.tensor([gate.weight / len(gate.beta) for gate in gates for _ in range(len(gate.beta))])
        self.register_buffer("shares", shares, persistent=False)
        self._stepped: list[Tensor] = []
        self._signs = shares.new_zeros(0)

    def values(self) -> tuple[Tensor, ...]:
        """β of each, (positions,); what is not alive is 0."""
        return _Value.apply(self, *self._betas())

    def penalty(self, pressure: Pressure) -> Tensor:
        """8·γ·Σ mean|β|, each by the weight of its layer."""
        betas, strength = self._betas(), read_strength(pressure)
        with torch.no_grad():
            alive = self.alive()
            beta = torch.cat(betas) * alive
            value = strength * (beta.abs() @ self.shares)
            # the gradient of |·| at 0 is 0
            slopes = strength * self.shares * alive * beta.sign()
        return known(value, slopes, betas)

    def _betas(self) -> list[Tensor]:
        return [gate.beta for gate in self.gates]

    def alive(self) -> Tensor:
        """1 for each entry that is not retired."""
        return torch.cat([gate.alive for gate in self.gates])

    # ---- orthant step ------------------------------------------------------------------------------------------------

    @torch.no_grad()
    def before_step(self, optimizer: torch.optim.Optimizer, pressure: Pressure) -> None:
        """At β = 0 the gradient is sign(g)·max(|g| − γr, 0) of the data's gradient g, and the momentum is forgotten."""
        learning = [] if pressure.gamma == 0 else [gate for gate in self.gates if gate.beta.grad is not None]
        self._stepped = [gate.beta for gate in learning]
        if not learning:
            return
        beta = torch.cat(self._stepped)
        grad = torch.cat([gate.beta.grad for gate in learning if gate.beta.grad is not None])
        sizes, parts = [len(one) for one in self._stepped], zip(self.gates, self.shares.split(self.sizes), strict=True)
        # where all learn, nothing has to be put together
        everything = len(learning) == len(self.gates)
        shares = self.shares if everything else torch.cat([part for gate, part in parts if gate in learning])
        self._signs, zero = beta.sign(), beta == 0
        # |·| has gradient 0 at 0, so what is here is the data's gradient alone
        shrunk = grad.sign() * (grad.abs() - read_strength(pressure) * shares).clamp_min(0)
        grads = torch.where(zero, shrunk, grad).split(sizes)
        for own, there, forgotten in zip(self._stepped, grads, zero.split(sizes), strict=True):
            own.grad = there
            state = optimizer.state.get(own, {})
            for name in MOMENTA:
                if state.get(name) is not None:
                    state[name].masked_fill_(forgotten, 0.0)

    @torch.no_grad()
    def after_step(self) -> None:
        """Crossing zero stops at zero."""
        if not self._stepped:
            return
        crossed = torch.cat(self._stepped).sign() * self._signs < 0
        for own, stopped in zip(self._stepped, crossed.split([len(own) for own in self._stepped]), strict=True):
            own.masked_fill_(stopped, 0.0)


class _Value(torch.autograd.Function):
    """β times what is alive of it."""

    @staticmethod
    def forward(ctx: Any, subsets: Subsets, *betas: Tensor) -> tuple[Tensor, ...]:  # noqa: ANN401  (torch's own)
        ctx.sizes, ctx.alive = subsets.sizes, subsets.alive()
        return (torch.cat(betas) * ctx.alive).split(subsets.sizes)

    @staticmethod
    @once_differentiable  # its wrapper takes the context by position
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any,  # noqa: ANN401
        *grads: Tensor,
    ) -> tuple[Tensor | None, ...]:
        return None, *(torch.cat(grads) * ctx.alive).split(ctx.sizes)
