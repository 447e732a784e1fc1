"""A composite that becomes smaller while it is trained (method: shrinking)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from torch import nn

from dasdsl.inverse.slim import Slim
from dasdsl.ir.liveness import Collapsed
from dasdsl.ir.narrowing import Narrowed, narrowed
from dasdsl.lowering.composite import CompositeModel
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
        left = self._left(steady) if any(steady.values()) else None
        if left is not None and left.program.cost.macs <= (1 - WORTH) * self.macs:
            self.model.bank.retire_(steady)
            self._cut(left)

    def _left(self, entries: Mapping[str, Collection[int]]) -> Narrowed | None:
        """What is left once these are retired too; None where nothing is, or where it cannot be told yet."""
        outcomes = self.model.bank.narrowed(entries)
        try:
            return None if outcomes is None else narrowed(self.model.program, outcomes)
        except Collapsed:
            return None

    def _cut(self, left: Narrowed) -> None:
        self.slim = Slim(self.model, left)
        self.macs = left.program.cost.macs

    # ---- states ------------------------------------------------------------------------------------------------------

    def facts(self) -> dict[str, Any]:
        """As plain JSON values; what is retired is in the state of the gates."""
        return {"resting": self.resting, "slim": self.slim is not None}

    def restore(self, facts: dict[str, Any]) -> None:
        """Go on from what `facts` said, with the gates as they were then."""
        self.resting = {name: tuple(entries) for name, entries in facts["resting"].items()}
        left = self._left({}) if facts["slim"] else None
        if left is not None:
            self._cut(left)
