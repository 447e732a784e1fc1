"""The report of a sweep: every point once, the Pareto front, and means over seeds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from statistics import mean, stdev
from typing import Any

from dasdsl.search.sweep.places import Places
from dasdsl.search.sweep.plan import Plan
from dasdsl.search.sweep.preset import compared

Result = Mapping[str, Any]
MEASURED = ("metric", "validation", "params", "macs")


def summary(places: Places, plan: Plan) -> dict[str, Any]:
    """The facts of a sweep. Points without a result are `waiting`."""
    results = [_row(places, plan, number) for number in range(len(plan.points))]
    done = [result for result in results if result["state"] == "done"]
    front = {result["point"] for result in pareto(done, plan.metric_name)}
    rows = [{**result, "pareto": result["point"] in front} for result in results]
    states = [result["state"] for result in results]
    return {
        "sweep": plan.name,
        "kind": plan.kind,
        "data": plan.data,
        "metric_name": plan.metric_name,
        "fixed": dict(plan.fixed),
        "varied": varied_names(plan),
        "counts": {state: states.count(state) for state in ("done", "failed", "waiting")},
        "points": rows,
        "seeds": over_seeds(done),
        "table1": compared(done) if plan.kind == "table1" else None,
    }


def _row(places: Places, plan: Plan, number: int) -> dict[str, Any]:
    point = plan.points[number]
    waiting = {"point": number, "space": point.space, "label": point.label, "settings": dict(point.settings)}
    return places.result(number) or {**waiting, "state": "waiting"}


def varied_names(plan: Plan) -> list[str]:
    """The settings in which points differ."""
    names = [one.name for one in plan.varied]
    names += [name for point in plan.points for name in point.settings]
    return list(dict.fromkeys(names))


def pareto(results: Sequence[Result], metric_name: str) -> list[Result]:
    """Results that no other is as good as in metric (on validation data), params and MACs, and better in one."""
    sign = -1 if metric_name == "accuracy" else 1

    def figures(result: Result) -> tuple[float, ...]:
        return sign * result["validation"], result["params"], result["macs"]

    def beaten(one: Result) -> bool:
        mine = figures(one)
        others = [figures(other) for other in results]
        return any(other != mine and all(a <= b for a, b in zip(other, mine, strict=True)) for other in others)

    return [result for result in results if not beaten(result)]


def over_seeds(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Mean and standard deviation of what was measured with several seeds and is otherwise alike."""
    alike: dict[str, list[Result]] = {}
    for result in (result for result in results if "seed" in result["settings"]):
        settings = {name: value for name, value in result["settings"].items() if name != "seed"}
        alike.setdefault(json.dumps([result["space"], result["label"], settings], sort_keys=True), []).append(result)
    return [_over(group) for group in alike.values() if len(group) > 1]


def _over(group: Sequence[Result]) -> dict[str, Any]:
    settings = {name: value for name, value in group[0]["settings"].items() if name != "seed"}
    figures = {name: [result[name] for result in group] for name in MEASURED}
    return {
        "label": group[0]["label"],
        "settings": settings,
        "points": [result["point"] for result in group],
        "mean": {name: mean(values) for name, values in figures.items()},
        "sd": {name: stdev(values) for name, values in figures.items()},
    }
