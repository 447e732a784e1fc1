"""Limits on cost: the smallest threshold that keeps one, found on a trained composite without retraining."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from dasdsl.inverse.discover import clamped, close_exactly, largest_threshold, refuse_unusable
from dasdsl.ir.liveness import Collapsed
from dasdsl.lowering.composite import CompositeModel
from dasdsl.search.ladder import thresholds
from dasdsl.search.problems import too_tight

What = Literal["params", "macs"]
HALVINGS = 12


def threshold_within(model: CompositeModel, what: What, most: float) -> float:
    """The smallest threshold, to 4 digits, at which the network costs no more than `most` params or MACs.

    Raises: DasError E512 where the network collapses before, E404 where a weight or a gate is no finite number.
    """
    refuse_unusable(model)
    above: float | None = None
    least: int | None = None
    for threshold, cost in _rungs(model, what):
        if cost <= most:
            return threshold if not above else _between(model, what, most, above, threshold)
        above, least = threshold, cost
    raise too_tight(what, most, least)


def _rungs(model: CompositeModel, what: What) -> Iterator[tuple[float, int]]:
    """Thresholds, ascending, with what the network costs at each; the last is the largest that works."""
    for threshold in [0.0, *thresholds(), 1.0]:
        cost = _cost(model, threshold, what)
        if cost is None:
            last = largest_threshold(model, threshold)
            cost = None if last is None else _cost(model, last, what)
            if last is not None and cost is not None:
                yield last, cost
            return
        yield threshold, cost


def _cost(model: CompositeModel, threshold: float, what: What) -> int | None:
    """What the network costs at a threshold; None where it collapses."""
    try:
        cost = close_exactly(clamped(model, threshold)).cost
    except Collapsed:
        return None
    return cost.params if what == "params" else cost.macs


def _between(model: CompositeModel, what: What, most: float, above: float, within: float) -> float:
    """The smallest threshold that keeps the limit, between one that does not and one that does."""
    for _ in range(HALVINGS):
        middle = float(f"{(above * within) ** 0.5:.4g}")
        cost = _cost(model, middle, what)
        if cost is not None and cost <= most:
            within = middle
        else:
            above = middle
    return within
