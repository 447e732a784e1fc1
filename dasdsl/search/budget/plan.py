"""How long trainings are, in steps, while a limit is met."""

from __future__ import annotations

from math import ceil, log
from typing import Self

from dasdsl.frozen import frozen
from dasdsl.ir.limit import Limit, spent
from dasdsl.operations.core.operation import Cost
from dasdsl.search.settings import Settings

STEP = 0.2
"""The logarithm of what one rung costs less, about: a fifth."""
RUNGS = 10
"""The most rungs."""
RETRAINED = 4
"""Candidates that are trained before one is chosen."""
SETTLING, SHAVING, CHOOSING, FINISHING = 0.15, 0.45, 0.16, 0.24
"""The parts of all steps that go into each stage."""


@frozen(slots=True)
class Plan:
    """Steps before the first rung, after each rung, of each candidate, and of the best of them; the learning rate.

    `measured` is how many moves are measured before a rung; the others are guessed.
    """

    settle: int
    rung: int
    candidate: int
    finish: int
    rungs: int
    rate: float
    measured: int = 24

    @classmethod
    def of(cls, settings: Settings, steps: int, rate: float, cost: Cost, limit: Limit) -> Self:
        """After a search of so many steps at this rate, from a network of this cost.

        It is `shaving` times as many steps in all, or fewer.
        """
        rungs = _rungs(cost, limit)
        whole = settings.shaving * steps
        return cls(
            settle=int(SETTLING * whole),
            rung=int(SHAVING * whole / rungs),
            candidate=int(CHOOSING * whole / RETRAINED),
            finish=int(FINISHING * whole),
            rungs=rungs,
            rate=rate / 2,
        )

    @classmethod
    def without_training(cls, cost: Cost, limit: Limit) -> Self:
        """As many rungs, and no steps."""
        return cls(0, 0, 0, 0, _rungs(cost, limit), 0.0)

    @property
    def most(self) -> int:
        """The steps of all of it."""
        return self.settle + (self.rungs - 1) * self.rung + RETRAINED * self.candidate + self.finish


def _rungs(cost: Cost, limit: Limit) -> int:
    """How many there are from a cost down to a limit."""
    ratio = max(spent(cost, what) / max(most, 1) for what, most in limit.entries.items())
    return min(max(ceil(log(max(ratio, 1.0)) / STEP), 1), RUNGS)
