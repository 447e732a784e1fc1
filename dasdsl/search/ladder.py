"""The ladder: one trained composite, clamped at many thresholds without retraining (method: after the search)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

from torch import nn

from dasdsl.data.sets import Split
from dasdsl.frozen import frozen
from dasdsl.inverse.cutting import Cut
from dasdsl.inverse.discover import clamped
from dasdsl.ir.liveness import Collapsed
from dasdsl.lowering.composite import CompositeModel
from dasdsl.search.problems import collapsed_everywhere
from dasdsl.search.task import Task
from dasdsl.search.unseen import spread, weight

RUNGS = 25
LOWEST, HIGHEST = 1e-4, 0.7


@frozen(slots=True)
class Rung:
    """One threshold: what the network it leaves costs, and how good that is, before any fine-tuning.

    `metric` is on validation data; `judged`, which a rung is chosen by, on training data too where validation data
    are of few groups.
    """

    threshold: float
    params: int
    macs: int
    metric: float
    judged: float

    def facts(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Rung:
        """What `facts` said; those of older runs were chosen by validation data alone."""
        return cls(**{"judged": facts["metric"], **facts})


@frozen
class Ladder:
    """The rungs, and how good the unclamped composite is, by the same two measures."""

    rungs: tuple[Rung, ...]
    metric: float
    judged: float

    def facts(self) -> dict[str, Any]:
        """As plain JSON values."""
        rungs = [rung.facts() for rung in self.rungs]
        return {"reference": self.metric, "judged": self.judged, "ladder": rungs}

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Ladder:
        """What `facts` said."""
        reference = facts["reference"]
        return cls(tuple(map(Rung.of, facts["ladder"])), reference, facts.get("judged", reference))

    def chosen(self, task: Task, tolerance: float) -> Rung:
        """The largest threshold that is no worse than the unclamped composite by more than this, else the first."""
        good = [rung for rung in self.rungs if task.within(rung.judged, self.judged, tolerance)]
        return good[-1] if good else self.rungs[0]


@frozen
class Yardstick:
    """Gives the metric of a network on a split; some samples that networks have `learnt`, and those they have not seen.

    `share` is how much the unseen ones say.
    """

    evaluate: Callable[[nn.Module, Split], float]
    learnt: Split
    unseen: Split
    share: float

    @classmethod
    def of(cls, evaluate: Callable[[nn.Module, Split], float], train: Split, validation: Split) -> Yardstick:
        """On validation data and a part of the training data."""
        return cls(evaluate, train.take(spread(train)), validation, weight(validation))

    def measures(self, model: nn.Module) -> dict[str, float]:
        """The `metric` on validation data, and the one that a network is `judged` by."""
        metric, learnt = self.evaluate(model, self.unseen), self.evaluate(model, self.learnt)
        return {"metric": metric, "judged": self.share * metric + (1 - self.share) * learnt}


def thresholds() -> list[float]:
    """The rungs, evenly spaced on a logarithmic scale, to two digits."""
    ratio = (HIGHEST / LOWEST) ** (1 / (RUNGS - 1))
    return [float(f"{LOWEST * ratio**k:.2g}") for k in range(RUNGS)]


def climb(model: CompositeModel, yardstick: Yardstick) -> Ladder:
    """Every rung up to the one where the network collapses; the first, threshold 0, only drops what is zero already.

    Each is measured on the network cut down to what is left of it, which is the same and takes less time.
    Raises: DasError E509 where not even that is left, and whatever the yardstick raises.
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
            known[key] = Rung(threshold, cut.cost.params, cut.cost.macs, **yardstick.measures(cut.model))
        rungs.append(replace(known[key], threshold=threshold))
    if not rungs:
        raise collapsed_everywhere()
    return Ladder(tuple(rungs), **yardstick.measures(model))
