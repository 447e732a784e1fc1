"""Gates that are decided: 0 or 1, and nothing to learn. Every weight is then in the kernels alone."""

from __future__ import annotations

import torch
from torch import Tensor

from dasdsl.lowering.gates.gate import Gate, Pressure
from dasdsl.operations.core.decisions import Assignment, Decision, OneOf, Outcome, Subset


class DecidedGate(Gate):
    """The outcome of one decision as the zeros and ones that layers multiply with."""

    chosen: Tensor

    def __init__(self, decision: Decision) -> None:
        super().__init__()
        self.decision = decision
        self.register_buffer("chosen", torch.ones(_shape(decision)))
        self.outcome: Outcome = whole(decision)
        self.set_(self.outcome)

    @torch.no_grad()
    def set_(self, outcome: Outcome) -> None:
        """Decide it."""
        self.outcome = outcome
        self.chosen.zero_()
        match self.decision, outcome:
            case OneOf(), int() as index:
                self.chosen[index] = 1.0
            case Subset(positions=positions), tuple() as chosen:
                self.chosen[[positions.index(position) for position in chosen]] = 1.0
            case Assignment(), tuple() as sets:
                for output, inputs in enumerate(sets):
                    self.chosen[output, list(inputs)] = 1.0  # type: ignore[arg-type]
            case decision, _:
                raise TypeError(f"{decision.name} cannot become {outcome!r}")

    def value(self) -> Tensor:
        """Zeros and ones: (options,), (positions,) or (outputs, inputs)."""
        return self.chosen

    def penalty(self, pressure: Pressure, value: Tensor) -> Tensor:
        """None."""
        return value.new_zeros(())

    def outcomes(self) -> dict[str, Outcome]:
        """What was decided."""
        return {self.decision.name: self.outcome}


def whole(decision: Decision) -> Outcome:
    """The outcome that leaves everything in (the last option, of options)."""
    match decision:
        case OneOf(options=options):
            return len(options) - 1
        case Subset(positions=positions):
            return positions
        case Assignment(inputs=inputs, outputs=outputs):
            return (tuple(range(inputs)),) * outputs


def _shape(decision: Decision) -> tuple[int, ...]:
    match decision:
        case OneOf(options=options):
            return (len(options),)
        case Subset(positions=positions):
            return (len(positions),)
        case Assignment(inputs=inputs, outputs=outputs):
            return outputs, inputs
