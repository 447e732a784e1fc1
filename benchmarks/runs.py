"""Finished searches side by side, and their ladders, as Markdown.

python benchmarks/runs.py runs/pilotnet-1 runs/pilotnet-groups-1 …
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from tables import table

from dasdsl.report.numbers import metric, short


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--ladders", action="store_true", help="a table of rungs for each run, too")
    options = parser.parse_args()
    reports = [json.loads((run / "report.json").read_text(encoding="utf-8")) for run in options.runs]
    print(table(("space", "recipe", "seed", "network", "params", "MACs", "metric on test data"), summary(reports)))
    if options.ladders:
        for report in reports:
            print(f"\n{report['space']}, recipe {report['recipe']}, seed {report['seed']}, validation data:\n")
            print(table(("threshold", "params", "MACs", report["metric_name"]), rungs(report)))


def summary(reports: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    """A row a network; baselines that are the same are shown once."""
    rows: list[tuple[object, ...]] = []
    for report in reports:
        for name in ("baseline", "found", "finetuned"):
            facts = report[name]
            shown = metric(report["metric_name"], facts["metric"])
            origin = (report["space"], report["recipe"], report["seed"])
            rows.append((*origin, name, short(facts["params"]), short(facts["macs"]), shown))
    return rows


def rungs(report: dict[str, Any]) -> list[tuple[object, ...]]:
    """Every rung that costs other than the one before it."""
    rows: list[tuple[object, ...]] = []
    before: tuple[int, int] | None = None
    for rung in report["ladder"]:
        costs = rung["params"], rung["macs"]
        chosen = " (chosen)" if rung["threshold"] == report["threshold"] else ""
        if costs != before or chosen:
            value = metric(report["metric_name"], rung["metric"])
            rows.append((f"{rung['threshold']:g}{chosen}", short(costs[0]), short(costs[1]), value))
        before = costs
    return rows


if __name__ == "__main__":
    main()
