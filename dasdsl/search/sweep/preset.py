"""Table 1 of the paper as a sweep: its settings, its figures, and ours beside them as ratios to the baseline.

Source: Shin, Packer, Song, *Differentiable Neural Network Architecture Search*, Table 1. It states neither MACs nor the
size of the input, so that only ratios carry over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from dasdsl.frozen import frozen
from dasdsl.search.sweep.varied import Value


@frozen(slots=True)
class Row:
    """A row of the table: what it was searched with, and what the paper measured (FLOPs, params, RMSE on test data)."""

    label: str
    flops: float
    params: float
    error: float
    grouped: bool
    settings: Mapping[str, Value]


BASELINE = Row("baseline", 840e6, 1.03e6, 0.0945, grouped=False, settings={})
ROWS = (
    Row("channels 1", 692e6, 1.01e6, 0.0889, False, {"gamma": 1e-8, "threshold": 1e-3}),
    Row("channels 2", 402e6, 0.43e6, 0.0912, False, {"gamma": 1e-6, "threshold": 1e-2}),
    Row("channels 3", 210e6, 0.54e6, 0.0955, False, {"gamma": 1e-8, "threshold": 1e-1}),
    Row("groups 1", 480e6, 0.11e6, 0.0978, True, {"gamma": 1e-6, "threshold": 1e-4, "eta": 3e-6}),
    Row("groups 2", 508e6, 0.19e6, 0.0980, True, {"gamma": 1e-6, "threshold": 1e-3, "eta": 3e-6}),
    Row("groups 3", 409e6, 0.04e6, 0.0996, True, {"gamma": 1e-6, "threshold": 1e-2, "eta": 3e-5}),
)


def grouped_beside(file: str) -> str:
    """Where the space with groups is looked for: `pilotnet-groups.das` beside `pilotnet.das`."""
    path = Path(file)
    return str(path.with_name(f"{path.stem}-groups{path.suffix}"))


def compared(results: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A line for each row: MACs, params and test error as ratios to the baseline, the paper's and ours.

    Ours are means over seeds, each against the baseline of its own run. Rows without a result have none.
    """
    return [_line(row, [result for result in results if result["label"] == row.label]) for row in (BASELINE, *ROWS)]


def _line(row: Row, found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    ours = {"macs": 1.0, "params": 1.0, "error": 1.0} if row is BASELINE else _ratios(found)
    return {"label": row.label, "settings": dict(row.settings), "paper": _paper(row), "ours": ours}


def _paper(row: Row) -> dict[str, float]:
    return {
        "macs": row.flops / BASELINE.flops,
        "params": row.params / BASELINE.params,
        "error": row.error / BASELINE.error,
    }


def _ratios(found: Sequence[Mapping[str, Any]]) -> dict[str, float] | None:
    # the baseline of a run may have diverged
    found = [result for result in found if result["baseline"]["metric"]]
    if not found:
        return None
    return {
        name: mean(_measured(result, key) / _measured(result["baseline"], key) for result in found)
        for name, key in (("macs", "macs"), ("params", "params"), ("error", "metric"))
    }


def _measured(facts: Mapping[str, Any], key: str) -> float:
    return float(facts[key])
