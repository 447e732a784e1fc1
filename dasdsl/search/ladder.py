"""The ladder: one trained composite, clamped at many thresholds without retraining (method: after the search)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from dasdsl.data.sets import Data, Split
from dasdsl.frozen import frozen
from dasdsl.inverse.cutting import Cut
from dasdsl.inverse.discover import clamped
from dasdsl.ir.liveness import Collapsed
from dasdsl.lowering.composite import CompositeModel
from dasdsl.search.problems import collapsed_everywhere
from dasdsl.search.task import Task

RUNGS = 25
LOWEST, HIGHEST = 1e-4, 0.7


@frozen(slots=True)
class Rung:
    """One threshold: what the network it leaves costs, and its metric on validation data, before any fine-tuning."""

    threshold: float
    params: int
    macs: int
    metric: float

    def facts(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


def thresholds() -> list[float]:
    """The rungs, evenly spaced on a logarithmic scale, to two digits."""
    ratio = (HIGHEST / LOWEST) ** (1 / (RUNGS - 1))
    return [float(f"{LOWEST * ratio**k:.2g}") for k in range(RUNGS)]


def climb(
    model: CompositeModel, task: Task, data: Data, validation: Split, between: Callable[[], None] = lambda: None
) -> list[Rung]:
    """Every rung up to the one where the network collapses; the first, threshold 0, only drops what is zero already.

    Each is measured on the network cut down to what is left of it, which is the same and takes less time.
    `between` is called before each batch that is measured, and may raise.
    Raises: DasError E509 where not even that is left.
    """
    rungs: list[Rung] = []
    known: dict[str, Rung] = {}
    for threshold in [0.0, *thresholds()]:
        composite = clamped(model, threshold)
        outcomes = composite.outcomes()
        try:
            cut = Cut.of(composite)
        except Collapsed:
            break
        # `paper` clamps factors, so equal outcomes may still hold different values
        key = f"{sorted(outcomes.items())}" if model.recipe == "default" else f"{threshold}"
        if key not in known:
            metric = task.evaluate(cut.model, data, validation, between)
            known[key] = Rung(threshold, cut.cost.params, cut.cost.macs, metric)
        rungs.append(replace(known[key], threshold=threshold))
    if not rungs:
        raise collapsed_everywhere()
    return rungs


def choose(rungs: list[Rung], task: Task, reference: float, tolerance: float) -> Rung:
    """The largest threshold whose metric stays within the tolerance of the unclamped composite's, else the first."""
    good = [rung for rung in rungs if task.within(rung.metric, reference, tolerance)]
    return good[-1] if good else rungs[0]
