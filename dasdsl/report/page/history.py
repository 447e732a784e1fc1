"""The log of a search as charts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dasdsl.report.numbers import metric, short
from dasdsl.report.page.charts import Axis, Chart, Line, Point, Say

Log = Sequence[Mapping[str, Any]]
TRAININGS = ("search", "finetune", "baseline")
FOUND, TUNED, BASELINE = 0, 1, 2
STEPS = Axis("steps", whole=True)
PARAMS, MACS = (Axis(name, logarithmic=True, whole=True) for name in ("params", "MACs"))
COLOURS = {"search": FOUND, "eliminate": FOUND, "shave": FOUND, "finetune": TUNED, "baseline": BASELINE}


def plain(value: float) -> str:
    """To four digits."""
    return f"{value:.4g}"


def charts(report: Mapping[str, Any], log: Log) -> list[Chart]:
    """How the loss and the metric went, how the costs fell, what thresholds leave; those that show something."""
    name = report["metric_name"]
    found = [
        Chart("Loss", STEPS, Axis("loss on training data", plain, logarithmic=True), _curves(log, "loss")),
        Chart("Validation", STEPS, Axis(f"validation {name}", percent_or_plain(name)), _curves(log, "validation")),
        Chart("MACs", STEPS, MACS, tuple(_falling(log, "macs"))),
        _trade(report),
    ]
    return [chart for chart in found if not chart.is_empty]


def percent_or_plain(name: str) -> Say:
    """How an axis says a metric."""
    return lambda value: f"{100 * value:.4g} %" if name == "accuracy" else plain(value)


def _curves(log: Log, what: str) -> tuple[Line, ...]:
    """A curve for each training; fine-tuning goes on where the search ended."""
    out: list[Line] = []
    ended = 0
    for phase in TRAININGS:
        lines = [line for line in log if line["phase"] == phase and "epoch" in line and line.get(what) is not None]
        before = ended if phase == "finetune" else 0
        points = tuple((float(before + line["step"]), float(line[what])) for line in lines)
        ended = lines[-1]["step"] if phase == "search" and lines else ended
        if points:
            out.append(Line(phase, points, COLOURS[phase]))
    return tuple(out)


def _falling(log: Log, what: str) -> Iterator[Line]:
    """What is left while the composite is trained, and then while it is taken apart."""
    before = 0
    points: list[tuple[float, float]] = []
    for phase in ("search", "eliminate", "shave"):
        lines = [line for line in log if line["phase"] == phase and what in line]
        points += [(float(before + line["step"]), float(line[what])) for line in lines]
        before += lines[-1]["step"] if lines else 0
    if points:
        yield Line("what is left", tuple(points), FOUND)


def _trade(report: Mapping[str, Any]) -> Chart:
    """The metric on validation data of what each threshold leaves, without training, and of what was found."""
    name = report["metric_name"]
    points = [
        Point(
            (rung["params"], rung["metric"]),
            f"threshold {rung['threshold']:g}: {short(rung['params'])} params, {metric(name, rung['metric'])}",
            FOUND,
            rung["threshold"] == report["threshold"],
        )
        for rung in report["ladder"]
        if rung["metric"] is not None
    ]
    tuned = report["finetuned"]
    if tuned.get("validation") is not None:
        says = f"found: {short(tuned['params'])} params, {metric(name, tuned['validation'])}"
        points.append(Point((tuned["params"], tuned["validation"]), says, TUNED, large=True))
    return Chart(
        "Thresholds",
        PARAMS,
        Axis(f"validation {name}", percent_or_plain(name)),
        points=tuple(points),
    )
