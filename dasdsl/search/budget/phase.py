"""What a search does where there is a limit, in the place of the elimination."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dasdsl.frozen import frozen
from dasdsl.ir.counting import count
from dasdsl.ir.limit import SLACK, Limit, told
from dasdsl.lowering.composite import CompositeModel
from dasdsl.search.budget.loop import Budget
from dasdsl.search.budget.opening import opening
from dasdsl.search.budget.plan import Plan
from dasdsl.search.loop import Trainer


@frozen
class Met:
    """A decided network that keeps a limit, the threshold where its shaving began (None: filled up), and facts."""

    model: CompositeModel
    threshold: float | None
    facts: dict[str, Any]


def meet(
    trainer: Trainer, composite: CompositeModel, limit: Limit, threshold: float, steps: int, states: Path | None = None
) -> Met:
    """Bring what a search of so many steps has trained to a limit; with 0 steps, without any training.

    Raises: Interrupted where a stop was asked for; what was reached before is saved.
    """
    begun = opening(composite, limit, threshold, trainer.settings.seed)
    program = begun.model.program
    cost = count(program, begun.model.outcomes())
    plan = Plan.of(trainer.settings, steps, trainer.rate, cost, limit) if steps else Plan.without_training(cost, limit)
    progress = Budget(trainer, begun.model, limit, plan, states).run()
    reached = told(limit, count(program, begun.model.outcomes()))
    if not reached["within"]:
        short = f"{reached['share']:.1%} of the limit is used"
        trainer.warn("shave", f"{short}: no architecture was found that uses {1 - SLACK:.0%} of it")
    return Met(begun.model, begun.threshold, {**reached, "threshold": begun.threshold, **progress.facts()})
