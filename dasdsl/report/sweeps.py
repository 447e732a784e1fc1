"""The tables of a sweep that a terminal shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from rich.markup import escape
from rich.table import Table

from dasdsl.report.numbers import metric, short

Facts = Mapping[str, Any]


def points(report: Facts) -> Table:
    """A line a point: its settings, what it costs, its metrics, and whether it is on the Pareto front."""
    name = report["metric_name"]
    labelled = any(point["label"] for point in report["points"])
    heads = ["point", *(["row"] if labelled else []), *report["varied"]]
    heads += ["params", "MACs", f"validation {name}", f"test {name}", ""]
    table = _table(heads)
    for point in report["points"]:
        cells = [str(point["point"]), *([point["label"]] if labelled else [])]
        cells += [_value(point["settings"].get(setting)) for setting in report["varied"]]
        table.add_row(*map(escape, [*cells, *_figures(name, point)]))
    return table


def _figures(name: str, point: Facts) -> list[str]:
    if point["state"] != "done":
        return ["", "", "", "", point["state"]]
    costs = [short(point["params"]), short(point["macs"])]
    return [
        *costs,
        metric(name, point["validation"]),
        metric(name, point["metric"]),
        "front" if point["pareto"] else "",
    ]


def seeds(report: Facts) -> Table:
    """A line for what was searched with several seeds: means, and the standard deviation of the test metric."""
    name = report["metric_name"]
    others = [setting for setting in report["varied"] if setting != "seed"]
    labelled = any(group["label"] for group in report["seeds"])
    table = _table([*(["row"] if labelled else []), *others, "seeds", "params", "MACs", f"test {name}", "SD"])
    for group in report["seeds"]:
        mean, deviation = group["mean"], group["sd"]
        cells = [group["label"]] if labelled else []
        cells += [_value(group["settings"].get(setting)) for setting in others]
        cells += [str(len(group["points"])), short(mean["params"]), short(mean["macs"])]
        table.add_row(*map(escape, [*cells, metric(name, mean["metric"]), metric(name, deviation["metric"])]))
    return table


def table1(report: Facts) -> Table:
    """The rows of the paper's table: MACs, params and test error as ratios to the baseline, the paper's and ours."""
    table = _table(["row", "gamma", "threshold", "eta", "MACs", "paper", "params", "paper", "test error", "paper"])
    for line in report["table1"]:
        settings = [_value(line["settings"].get(name)) for name in ("gamma", "threshold", "eta")]
        ratios: list[str] = []
        for name in ("macs", "params", "error"):
            ours = "-" if line["ours"] is None else f"{line['ours'][name]:.3f}"
            ratios += [ours, f"{line['paper'][name]:.3f}"]
        table.add_row(escape(line["label"]), *settings, *ratios)
    return table


def told(result: Facts, done: int, total: int, metric_name: str) -> str:
    """One line about a point that has come to its end."""
    settings = " ".join(f"{name}={_value(value)}" for name, value in result["settings"].items())
    head = f"{done}/{total}: point {result['point']} {settings}".rstrip()
    if result["state"] != "done":
        return f"{head}: {result['error']}"
    value = metric(metric_name, result["validation"])
    return f"{head}: validation {metric_name} {value}, {short(result['params'])} params, {short(result['macs'])} MACs"


def _value(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _table(heads: list[str]) -> Table:
    table = Table(box=None, pad_edge=False)
    for head in heads:
        justify: Literal["left", "right"] = "left" if head in ("row", "recipe", "") else "right"
        table.add_column(head, justify=justify)
    return table
