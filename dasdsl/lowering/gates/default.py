"""The gates of the recipe `default`: sparsemax for one-of-n, the orthant step for subsets, S = sparsemax for patterns.

Weights of the penalties are relative to a layer, so that one γ serves narrow and wide networks: a filter counts 3 at
its largest, the channels that a layer reads count 8 when all are read (the lab's layers read 8).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import torch
from torch import Tensor, nn

from dasdsl.lowering.gates.connectivity import stacked
from dasdsl.lowering.gates.gate import Gate, Pressure, positions_of
from dasdsl.lowering.gates.norms import connectivity_penalty
from dasdsl.lowering.gates.paper import box, several
from dasdsl.lowering.gates.sparsemax import sparsemax
from dasdsl.operations.core.decisions import Assignment, OneOf, Outcome, Subset

FILTER_WEIGHT = 3.0
CHANNEL_WEIGHT = 8.0
PATH_WEIGHT = 1.0
DECIDE_WEIGHT = 4.0
RETIRED = -1e4
"""The logit of an option that is closed for good: nothing brings it back into the support of a sparsemax."""


class DefaultChoice(Gate):
    """a = sparsemax(z) over the options of one decision; it starts uniform.

    Once closed it is a constant: what was dropped has given its mass to the largest option that is left, so that the
    kernel inside of that filter stays as it was.
    """

    constant: Tensor
    closed: Tensor

    def __init__(self, decision: OneOf) -> None:
        super().__init__()
        self.decision = decision
        self.logits = nn.Parameter(torch.zeros(len(decision.options)))
        self.register_buffer("constant", torch.zeros(len(decision.options)))
        self.register_buffer("closed", torch.zeros((), dtype=torch.bool))

    def value(self) -> Tensor:
        """A (options,)."""
        return torch.where(self.closed, self.constant, sparsemax(self.logits))

    def penalty(self, pressure: Pressure, value: Tensor) -> Tensor:
        """4·γ·max(0, t − ½)·Σ a(1 − a), so that late in the search it has to decide; and γ times the expected price."""
        decide = decide_strength(pressure) * (1 - value.square().sum())
        return decide + pressure.gamma * (value @ value.new_tensor(self.prices()))

    def prices(self) -> Sequence[float]:
        """What each option costs, beside the filter that it may be a part of."""
        return [0.0] * len(self.decision.options)

    @torch.no_grad()
    def close_(self, kept: int) -> None:
        """Drop the options above `kept` (all others, where options do not nest)."""
        a = self.value().clone()
        if self.decision.nested:
            a[kept] += a[kept + 1 :].sum()
            a[kept + 1 :] = 0
        else:
            a.zero_()
            a[kept] = 1
        self.constant.copy_(a)
        self.closed.fill_(value=True)

    def resting(self) -> tuple[int, ...]:
        """Of options that nest those above the largest in use; of others all but the one in use, where that is one."""
        used = self.value().detach().nonzero().flatten().tolist()
        there = self._there()
        if self.decision.nested:
            return tuple(index for index in there if index > max(used))
        return tuple(index for index in there if index not in used) if len(used) == 1 else ()

    @torch.no_grad()
    def retire_(self, entries: Collection[int]) -> None:
        """These options have nothing, whatever the others come to."""
        self.logits[list(entries)] = RETIRED

    def narrowed(self, entries: Collection[int] = ()) -> dict[str, Outcome] | None:
        """The largest option that is not retired; of options that do not nest the last, where there is one."""
        left = [index for index in self._there() if index not in entries]
        return {self.decision.name: left[-1]} if self.decision.nested or len(left) == 1 else None

    def _there(self) -> list[int]:
        """The options that are not retired."""
        return (self.logits.detach() > RETIRED / 2).nonzero().flatten().tolist()

    def undecided(self) -> tuple[str, ...]:
        """Itself, where its options do not nest and a is still divided between several."""
        return several(self.value().detach(), (self.decision,))

    def outcomes(self) -> dict[str, Outcome]:
        """The largest option in use."""
        return box(self.value().detach(), (self.decision,))


def decide_strength(pressure: Pressure) -> float:
    """4·γ·max(0, t − ½), of Σ a(1 − a)."""
    return pressure.gamma * DECIDE_WEIGHT * max(0.0, pressure.progress - 0.5)


def filter_strength(pressure: Pressure) -> float:
    """3·γ, of the expected volume of a filter, its largest 1."""
    return pressure.gamma * FILTER_WEIGHT


def read_strength(pressure: Pressure) -> float:
    """8·γ, of the mean of |β| over the positions of a layer."""
    return pressure.gamma * CHANNEL_WEIGHT


def pattern_values(gates: Sequence[DefaultPatterns]) -> list[Tensor]:
    """The values of many gates of patterns by one sparsemax: their rows one below the other."""
    s = sparsemax(stacked([gate.logits for gate in gates], -torch.inf))
    parts = s.split([len(gate.logits) for gate in gates])
    return [gate.connections(part[:, : gate.decision.patterns]) for gate, part in zip(gates, parts, strict=True)]


class DefaultCount(DefaultChoice):
    """As a choice; the channels beyond a count that is dropped go with it."""

    def __init__(self, decision: OneOf, weight: float = 1.0) -> None:
        super().__init__(decision)
        self.weight = weight

    def prices(self) -> Sequence[float]:
        """8 times each share of the channels, by the weight of the layer."""
        counts = [float(option) for option in self.decision.options if isinstance(option, int)]
        return [CHANNEL_WEIGHT * self.weight * count / max(counts) for count in counts]


class DefaultPath(DefaultChoice):
    """As a choice, between branches or depths; `shares` is what each costs, the most expensive 1."""

    def __init__(self, decision: OneOf, shares: Sequence[float]) -> None:
        super().__init__(decision)
        self.shares = tuple(shares)

    def prices(self) -> Sequence[float]:
        """The share of the most expensive branch."""
        return [PATH_WEIGHT * share for share in self.shares]

    def narrowed(self, entries: Collection[int] = ()) -> dict[str, Outcome]:
        """The branch that is left; nothing while it is still one of several, which can all be computed."""
        return super().narrowed(entries) or {}


class DefaultSubset(Gate):
    """β, one factor a channel, with the orthant step: a β that changes its sign becomes exactly 0 and may come back."""

    alive: Tensor

    def __init__(self, decision: Subset, weight: float = 1.0) -> None:
        super().__init__()
        self.decision, self.weight = decision, weight
        self.beta = nn.Parameter(torch.ones(len(decision.positions)))
        self.register_buffer("alive", torch.ones(len(decision.positions)))

    def value(self) -> Tensor:
        """β (positions,)."""
        return self.beta * self.alive

    def penalty(self, pressure: Pressure, value: Tensor) -> Tensor:
        """8·γ·mean|β|, by the weight of the layer."""
        return read_strength(pressure) * self.weight * value.abs().mean()

    def resting(self) -> tuple[int, ...]:
        """Those that are 0 and may come back."""
        return tuple(((self.beta.detach() == 0) & (self.alive != 0)).nonzero().flatten().tolist())

    @torch.no_grad()
    def retire_(self, entries: Collection[int]) -> None:
        """These do not come back."""
        kept = self.alive.clone()
        kept[list(entries)] = 0
        self.close_(kept)

    def narrowed(self, entries: Collection[int] = ()) -> dict[str, Outcome]:
        """The positions that are not retired."""
        kept = self.alive.clone()
        kept[list(entries)] = 0
        return {self.decision.name: positions_of(kept, self.decision.positions)}

    @torch.no_grad()
    def close_(self, kept: Tensor) -> None:
        """Only these positions (a mask) are read from now on."""
        self.alive.copy_(kept.to(self.alive.dtype))
        self.beta.mul_(self.alive)

    def outcomes(self) -> dict[str, Outcome]:
        """The positions that are read."""
        return {self.decision.name: positions_of(self.value().detach(), self.decision.positions)}


class DefaultPatterns(Gate):
    """G = (P·S)ᵀ with S = sparsemax of each output's logits over the patterns.

    What the patterns are is read off the effective kernel, not off P and S (method: groups); `mask` holds that once it
    is closed.
    """

    mask: Tensor

    def __init__(self, decision: Assignment, weight: float = 1.0) -> None:
        super().__init__()
        self.decision, self.weight = decision, weight
        self.p = nn.Parameter(1 + 0.3 * torch.randn(decision.inputs, decision.patterns))
        self.logits = nn.Parameter(0.3 * torch.randn(decision.outputs, decision.patterns))
        self.register_buffer("mask", torch.ones(decision.outputs, decision.inputs))

    def value(self) -> Tensor:
        """G (C_out, C_in)."""
        return self.connections(sparsemax(self.logits))

    def connections(self, s: Tensor) -> Tensor:
        """G of the S (C_out, patterns) that its logits make."""
        return (s @ self.p.T) * self.mask

    def penalty(self, pressure: Pressure, value: Tensor) -> Tensor:
        """η·R(P, S) for a layer that reads 8 channels, 8·γ·mean|P| for one of any size; by the weight of the layer."""
        inputs = self.decision.inputs
        r = connectivity_penalty(self.p, sparsemax(self.logits).T) * (CHANNEL_WEIGHT / inputs)
        return self.weight * (pressure.eta * r + pressure.gamma * CHANNEL_WEIGHT * self.p.abs().mean())

    def narrowed(self, entries: Collection[int] = ()) -> dict[str, Outcome]:
        """All connections that are not closed."""
        return self.outcomes()

    @torch.no_grad()
    def close_(self, mask: Tensor) -> None:
        """Only these connections (outputs, inputs) are left."""
        self.mask.copy_(mask.to(self.mask.dtype))

    def outcomes(self) -> dict[str, Outcome]:
        """For each output the inputs that it reads."""
        inputs = tuple(range(self.decision.inputs))
        return {self.decision.name: tuple(positions_of(row, inputs) for row in self.mask)}
