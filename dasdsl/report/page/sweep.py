"""Facts of a sweep → its page: what networks cost and how good they are, the front, and every point."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from dasdsl.frozen import frozen
from dasdsl.report import rows
from dasdsl.report.numbers import metric, short
from dasdsl.report.page.charts import Axis, Chart, Point
from dasdsl.report.page.history import MACS, PARAMS, percent_or_plain
from dasdsl.report.page.templates import template
from dasdsl.report.rows import WORDS, Facts, Rows

KINDS = {"grid": "every combination", "study": "a study", "table1": "the paper's Table 1"}
OTHERS, FRONT = 0, 1


@frozen(slots=True)
class Cell:
    """What a cell says, where it leads, and whether it is a number."""

    text: str
    to: str
    number: bool


@frozen(slots=True)
class Table:
    """A table under its title."""

    title: str
    heads: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]

    @classmethod
    def of(cls, title: str, found: Rows, links: Sequence[str] = ()) -> Table:
        """Each row leads, by its first cell, to one of the links, as far as there are some."""
        places = links or [""] * len(found.rows)
        heads = [Cell(head, "", head not in WORDS) for head in found.heads]
        cells = [
            [
                Cell(text, place if not index else "", head.number)
                for index, (head, text) in enumerate(zip(heads, row, strict=True))
            ]
            for row, place in zip(found.rows, places, strict=True)
        ]
        return cls(title, heads, cells)


def page(report: Facts) -> str:
    """The page of a sweep by its `report.json`: one file without scripts, whose points lead to those of searches."""
    links = [f"{point['run']}/report.html" if point["state"] == "done" else "" for point in report["points"]]
    tables = [Table.of("Points", rows.points(report), links)]
    if report["seeds"]:
        tables.insert(0, Table.of("Means over seeds", rows.seeds(report)))
    if report["table1"] is not None:
        tables.insert(0, Table.of("Ratios to the baseline", rows.table1(report)))
    failed = [(point["point"], point["error"]) for point in report["points"] if point["state"] == "failed"]
    return template("sweep.html").render(
        report=report,
        data=PurePath(report["data"]).stem,
        kind=KINDS[report["kind"]],
        fixed={key: rows.value(value) for key, value in report["fixed"].items() if value is not None},
        charts=_charts(report),
        tables=tables,
        failed=failed,
    )


def _charts(report: Facts) -> list[Chart]:
    """The metric on validation data by params and by MACs."""
    name = report["metric_name"]
    y = Axis(f"validation {name}", percent_or_plain(name))
    done = [point for point in report["points"] if point["state"] == "done" and point["validation"] is not None]
    found = [
        Chart(axis.name, axis, y, points=tuple(_mark(name, key, point) for point in done))
        for key, axis in (("params", PARAMS), ("macs", MACS))
    ]
    return [chart for chart in found if not chart.is_empty]


def _mark(name: str, key: str, point: Facts) -> Point:
    costs = f"{short(point['params'])} params, {short(point['macs'])} MACs"
    says = f"point {point['point']}: {costs}, {metric(name, point['validation'])}"
    return Point((point[key], point["validation"]), says, FRONT if point["pareto"] else OTHERS, large=point["pareto"])
