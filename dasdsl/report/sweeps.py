"""The tables of a sweep that a terminal shows."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Table

from dasdsl.report import rows
from dasdsl.report.numbers import metric, short
from dasdsl.report.rows import WORDS, Facts, Rows


def points(report: Facts) -> Table:
    """A line a point: its settings, what it costs, its metrics, and whether it is on the Pareto front."""
    return _table(rows.points(report))


def seeds(report: Facts) -> Table:
    """A line for what was searched with several seeds: means, and the standard deviation of the test metric."""
    return _table(rows.seeds(report))


def table1(report: Facts) -> Table:
    """The rows of the paper's table: MACs, params and test error as ratios to the baseline, ours and the paper's."""
    return _table(rows.table1(report))


def told(result: Facts, done: int, total: int, metric_name: str) -> str:
    """One line about a point that has come to its end."""
    settings = " ".join(f"{name}={rows.value(value)}" for name, value in result["settings"].items())
    head = f"{done}/{total}: point {result['point']} {settings}".rstrip()
    if result["state"] != "done":
        return f"{head}: {result['error']}"
    value = metric(metric_name, result["validation"])
    return f"{head}: validation {metric_name} {value}, {short(result['params'])} params, {short(result['macs'])} MACs"


def _table(found: Rows) -> Table:
    """Names come from files, so markup in them is escaped."""
    table = Table(box=None, pad_edge=False)
    for head in found.heads:
        table.add_column(head, justify="left" if head in WORDS else "right")
    for row in found.rows:
        table.add_row(*map(escape, row))
    return table
