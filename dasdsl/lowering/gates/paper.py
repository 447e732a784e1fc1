"""The gates of the recipe `paper`: free factors, L1, and P·S for connectivity, exactly as in DAS."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dasdsl.lowering.gates.gate import Gate, Pressure, positions_of
from dasdsl.lowering.gates.norms import connectivity_penalty, l1
from dasdsl.lowering.gates.sparsemax import sparsemax
from dasdsl.operations.core.decisions import Assignment, OneOf, Outcome, Subset


def clamp_small_(x: Tensor, threshold: float) -> None:
    """|x| < t becomes exactly 0. Source: DAS, the threshold after training."""
    x.masked_fill_(x.abs() < threshold, 0.0)


def box(alpha: Tensor, members: tuple[OneOf, ...]) -> dict[str, Outcome]:
    """For nested sides: the smallest filter that contains every option in use (the bounding box of F ≠ 0)."""
    used = (alpha != 0).nonzero()
    if len(used) == 0:
        return {member.name: 0 for member in members}
    return {member.name: int(used[:, index].max()) for index, member in enumerate(members)}


def several(value: Tensor, members: tuple[OneOf, ...]) -> tuple[str, ...]:
    """Members whose options do not nest and of which more than one is in use; `value` has one dimension a member."""
    used = (value != 0).nonzero()
    return tuple(
        member.name for dim, member in enumerate(members) if not member.nested and len(used[:, dim].unique()) > 1
    )


class PaperChoice(Gate):
    """α, one factor for each option, or for each combination of a filter's sides. It starts uniform, with the sum 1."""

    def __init__(self, members: tuple[OneOf, ...]) -> None:
        super().__init__()
        self.members = members
        sizes = [len(member.options) for member in members]
        alpha = torch.ones(sizes)
        self.alpha = nn.Parameter(alpha / alpha.numel())

    def value(self) -> Tensor:
        """α, one dimension a member."""
        return self.alpha

    def penalty(self, pressure: Pressure, value: Tensor) -> Tensor:
        """γ·Σ|α|."""
        return pressure.gamma * l1(self.alpha)

    @torch.no_grad()
    def clamp_(self, threshold: float) -> None:
        """|α| < t to 0; what does not nest closes by the largest α (its box may be no option)."""
        largest = unravel(int(self.alpha.abs().argmax()), self.alpha.shape)
        clamp_small_(self.alpha, threshold)
        for dim, member in enumerate(self.members):
            if not member.nested:
                others = [index for index in range(len(member.options)) if index != largest[dim]]
                self.alpha.index_fill_(dim, torch.tensor(others, dtype=torch.long, device=self.alpha.device), 0.0)

    def undecided(self) -> tuple[str, ...]:
        """Shapes, dilations and groups between which the α are still divided."""
        return several(self.alpha.detach(), self.members)

    def outcomes(self) -> dict[str, Outcome]:
        """The bounding box, or the one option left."""
        return box(self.alpha.detach(), self.members)


class PaperPath(PaperChoice):
    """α for each branch or depth, as for a filter: L1, and the largest stays.

    The paper has no such choice. No kernel could take the factor of a branch: that of the one that stays becomes 1.
    """

    @torch.no_grad()
    def clamp_(self, threshold: float) -> None:
        """The largest |α| to 1, the others to 0, whatever the threshold."""
        kept = int(self.alpha.abs().argmax())
        self.alpha.zero_()
        self.alpha[kept] = 1.0

    def undecided(self) -> tuple[str, ...]:
        """Itself, unless one α is 1 and the others are 0."""
        alpha = self.alpha.detach()
        decided = int((alpha != 0).sum()) == 1 and bool((alpha == 1).any())
        return () if decided else tuple(member.name for member in self.members)


def unravel(index: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The place of an entry, given by its number in row-major order."""
    place: list[int] = []
    for size in reversed(shape):
        index, rest = divmod(index, size)
        place.append(rest)
    return tuple(reversed(place))


class PaperSubset(Gate):
    """β, one factor for each channel that is read (DAS: indiv. channels). It starts at 1."""

    def __init__(self, decision: Subset) -> None:
        super().__init__()
        self.decision = decision
        self.beta = nn.Parameter(torch.ones(len(decision.positions)))

    def value(self) -> Tensor:
        """β (positions,)."""
        return self.beta

    def penalty(self, pressure: Pressure, value: Tensor) -> Tensor:
        """γ·Σ|β|."""
        return pressure.gamma * l1(self.beta)

    @torch.no_grad()
    def clamp_(self, threshold: float) -> None:
        """|β| < t to 0."""
        clamp_small_(self.beta, threshold)

    def outcomes(self) -> dict[str, Outcome]:
        """The positions that are read."""
        return {self.decision.name: positions_of(self.beta.detach(), self.decision.positions)}


class PaperCount(Gate):
    """b = sparsemax(logits) over nested counts; channel k is gated by the b of all counts above k."""

    closed: Tensor

    def __init__(self, decision: OneOf) -> None:
        super().__init__()
        self.decision = decision
        self.logits = nn.Parameter(torch.zeros(len(decision.options)))
        self.register_buffer("closed", torch.ones(len(decision.options)))

    def value(self) -> Tensor:
        """B (options,)."""
        return sparsemax(self.logits) * self.closed

    def penalty(self, pressure: Pressure, value: Tensor) -> Tensor:
        """γ times the expected number of channels: the L1 of the gates that the channels see."""
        counts = self.logits.new_tensor([float(o) for o in self.decision.options if isinstance(o, int)])
        return pressure.gamma * (value @ counts)

    @torch.no_grad()
    def clamp_(self, threshold: float) -> None:
        """B < t to 0."""
        self.closed.mul_((self.value().abs() >= threshold).to(self.closed.dtype))

    def outcomes(self) -> dict[str, Outcome]:
        """The largest count in use."""
        return box(self.value().detach(), (self.decision,))


class PaperPatterns(Gate):
    """G = (P·S)ᵀ: P (C_in, p) says which inputs a pattern has, S (p, C_out) which pattern an output uses."""

    def __init__(self, decision: Assignment) -> None:
        super().__init__()
        self.decision = decision
        # equal starts never separate: the rows of S and columns of P must differ from the first step
        self.p = nn.Parameter(1 + 0.3 * torch.randn(decision.inputs, decision.patterns))
        self.s = nn.Parameter((1 + 0.3 * torch.randn(decision.patterns, decision.outputs)) / decision.patterns)

    def value(self) -> Tensor:
        """G (C_out, C_in)."""
        return (self.p @ self.s).T

    def penalty(self, pressure: Pressure, value: Tensor) -> Tensor:
        """η·R(P, S)."""
        return pressure.eta * connectivity_penalty(self.p, self.s)

    @torch.no_grad()
    def clamp_(self, threshold: float) -> None:
        """|P|, |S| < t to 0."""
        clamp_small_(self.p, threshold)
        clamp_small_(self.s, threshold)

    def outcomes(self) -> dict[str, Outcome]:
        """For each output the support of its row of G."""
        inputs = tuple(range(self.decision.inputs))
        return {self.decision.name: tuple(positions_of(row, inputs) for row in self.value().detach())}
