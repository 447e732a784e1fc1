"""The tables of a sweep as texts: what a terminal and a page show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dasdsl.frozen import frozen
from dasdsl.report.numbers import metric, short

Facts = Mapping[str, Any]
WORDS = ("row", "recipe", "")
"""Columns that hold words."""


@frozen(slots=True)
class Rows:
    """Columns by their heads, and rows with a text for each."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


def points(report: Facts) -> Rows:
    """A row a point: its settings, what it costs, its metrics, and whether it is on the Pareto front."""
    name = report["metric_name"]
    labelled = any(point["label"] for point in report["points"])
    heads = ["point", *(["row"] if labelled else []), *report["varied"]]
    heads += ["params", "MACs", f"validation {name}", f"test {name}", ""]
    rows: list[list[str]] = []
    for point in report["points"]:
        cells = [str(point["point"]), *([point["label"]] if labelled else [])]
        cells += [value(point["settings"].get(setting)) for setting in report["varied"]]
        rows.append([*cells, *_figures(name, point)])
    return Rows(heads, rows)


def _figures(name: str, point: Facts) -> list[str]:
    if point["state"] != "done":
        return ["", "", "", "", point["state"]]
    costs = [short(point["params"]), short(point["macs"])]
    metrics = [metric(name, point["validation"]), metric(name, point["metric"])]
    return [*costs, *metrics, "front" if point["pareto"] else ""]


def seeds(report: Facts) -> Rows:
    """A row for what was searched with several seeds: means, and the standard deviation of the test metric."""
    name = report["metric_name"]
    others = [setting for setting in report["varied"] if setting != "seed"]
    labelled = any(group["label"] for group in report["seeds"])
    heads = [*(["row"] if labelled else []), *others, "seeds", "params", "MACs", f"test {name}", "SD"]
    rows: list[list[str]] = []
    for group in report["seeds"]:
        mean, deviation = group["mean"], group["sd"]
        cells = [group["label"]] if labelled else []
        cells += [value(group["settings"].get(setting)) for setting in others]
        cells += [str(len(group["points"])), short(mean["params"]), short(mean["macs"])]
        rows.append([*cells, metric(name, mean["metric"]), metric(name, deviation["metric"])])
    return Rows(heads, rows)


def table1(report: Facts) -> Rows:
    """The rows of the paper's table: MACs, params and test error as ratios to the baseline, ours and the paper's."""
    rows: list[list[str]] = []
    for line in report["table1"]:
        cells = [line["label"], *(value(line["settings"].get(name)) for name in ("gamma", "threshold", "eta"))]
        for name in ("macs", "params", "error"):
            ours = "-" if line["ours"] is None else f"{line['ours'][name]:.3f}"
            cells += [ours, f"{line['paper'][name]:.3f}"]
        rows.append(cells)
    return Rows(["row", "gamma", "threshold", "eta", "MACs", "paper", "params", "paper", "test error", "paper"], rows)


def value(setting: object) -> str:
    """A setting as a table says it."""
    if setting is None:
        return ""
    return f"{setting:.4g}" if isinstance(setting, float) else str(setting)
