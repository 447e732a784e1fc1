"""A composite that becomes smaller while it is trained (method: shrinking)."""

from __future__ import annotations

from typing import Any

from torch import nn

from dasdsl.inverse.slim import Slim
from dasdsl.ir.counting import count
from dasdsl.ir.liveness import Collapsed
from dasdsl.lowering.composite import CompositeModel
from dasdsl.operations.core.decisions import Outcomes
from dasdsl.search import ranks

WORTH = 0.05
"""A smaller network is made where it saves this part of the MACs."""


class Shrinking:
    """Which part of a composite is computed: what has been zero at the end of two epochs in a row is closed for good.

    What rests at the end of one may come back, and some does; of what has rested for an epoch hardly any.
    """

    def __init__(self, model: CompositeModel) -> None:
        self.model = model
        self.slim: Slim | None = None
        self.macs = model.program.cost.macs
        self.resting: dict[str, tuple[int, ...]] = {}

    @property
    def module(self) -> CompositeModel | Slim:
        """What computes the outputs."""
        return self.slim or self.model

    @property
    def layers(self) -> nn.Module:
        """The module whose layers do."""
        return self.slim.network if self.slim is not None else self.model

    def end_epoch_(self) -> None:
        """Leave out what has not come back since the epoch before, where that is worth it."""
        resting = ranks.broadcast(self.model.bank.resting())
        steady = {name: tuple(set(entries) & set(self.resting.get(name, ()))) for name, entries in resting.items()}
        self.resting = resting
        outcomes = self.model.bank.narrowed(steady)
        if outcomes is not None and self._is_worth_it(outcomes):
            self.model.bank.retire_(steady)
            self._cut(outcomes)

    def _is_worth_it(self, outcomes: Outcomes) -> bool:
        try:
            return count(self.model.program, outcomes).macs <= (1 - WORTH) * self.macs
        except Collapsed:
            return False

    def _cut(self, outcomes: Outcomes) -> None:
        self.slim = Slim(self.model, outcomes)
        self.macs = self.slim.network.program.cost.macs

    # ---- states ------------------------------------------------------------------------------------------------------

    def facts(self) -> dict[str, Any]:
        """As plain JSON values; what is retired is in the state of the gates."""
        return {"resting": self.resting, "slim": self.slim is not None}

    def restore(self, facts: dict[str, Any]) -> None:
        """Go on from what `facts` said, with the gates as they were then."""
        self.resting = {name: tuple(entries) for name, entries in facts["resting"].items()}
        outcomes = self.model.bank.narrowed({}) if facts["slim"] else None
        if outcomes is not None:
            self._cut(outcomes)
