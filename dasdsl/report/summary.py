"""The tables that a terminal shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.markup import escape
from rich.table import Table

from dasdsl.report.numbers import metric, share, short

SHOWN_RUNGS = 12
UNTRIED = "there was no part that it might do without"


def networks(report: Mapping[str, Any]) -> Table:
    """The baseline, the found network, and the same fine-tuned: what they cost and their metric on test data."""
    name = report["metric_name"]
    table = Table(box=None, pad_edge=False)
    for column in ("", "params", "of baseline", "MACs", "of baseline", f"test {name}"):
        table.add_column(column, justify="left" if not column else "right")
    baseline = report["baseline"]
    for row in ("baseline", "found", "finetuned"):
        facts = report[row]
        table.add_row(
            row,
            short(facts["params"]),
            share(facts["params"], baseline["params"]),
            short(facts["macs"]),
            share(facts["macs"], baseline["macs"]),
            metric(name, facts["metric"]),
        )
    return table


def ladder(report: Mapping[str, Any]) -> Table:
    """The rungs, a dozen that differ and the chosen one, marked; metrics are those of validation data."""
    name = report["metric_name"]
    table = Table(box=None, pad_edge=False)
    for column in ("threshold", "params", "MACs", f"validation {name}", ""):
        table.add_column(column, justify="right")
    for rung in _different(report["ladder"], report["threshold"]):
        mark = "chosen" if rung["threshold"] == report["threshold"] else ""
        costs = short(rung["params"]), short(rung["macs"])
        table.add_row(f"{rung['threshold']:g}", *costs, metric(name, rung["metric"]), mark)
    return table


def _different(rungs: list[dict[str, Any]], chosen: float) -> list[dict[str, Any]]:
    """The last of each run of rungs that cost the same, thinned to a dozen, and the chosen one."""
    last = [
        rung
        for rung, after in zip(rungs, [*rungs[1:], None], strict=True)
        if after is None
        or rung["threshold"] == chosen
        or (after["params"], after["macs"]) != (rung["params"], rung["macs"])
    ]
    step = -(-len(last) // SHOWN_RUNGS)
    return [rung for index, rung in enumerate(last) if index % step == 0 or rung["threshold"] == chosen]


def limit(report: Mapping[str, Any]) -> str:
    """What the found network has of the limit, empty where there is none."""
    told = report["limit"]
    if told is None:
        return ""
    names = {"params": "params", "macs": "MACs"}
    parts = [f"{short(told['reached'][what])} of {short(most)} {names[what]}" for what, most in told["limit"].items()]
    moves = len(told["shaved"]) + len(told["chosen"])
    return f"limit: {', '.join(parts)}; {100 * told['share']:.1f} % of what binds, after {moves} moves"


def confidence(report: Mapping[str, Any]) -> str:
    """How sure the found network is the one that is there, empty where nothing tells."""
    sure = report["confidence"]
    if sure is None:
        return ""
    progress = report["elimination"]
    least = min(progress["margins"], default=None)
    needs = "without what it needs least, the error rises by"
    rises = "" if least is None else f"{needs} {least:.3g} times what is allowed"
    ended = "the steps of elimination ended first" if progress["exhausted"] else ""
    ended += ", before all was tried" if progress.get("untried") else ""
    return f"confidence {sure:g} that no other does as well: {'; '.join(filter(None, (rises, ended))) or UNTRIED}"


def certificate(report: Mapping[str, Any]) -> str:
    """How exactly the discovered network is the trained one."""
    told = report["certificate"]
    difference = f"{told['max_abs_error']:.2g} on {told['samples']} held-out samples"
    return f"the discovered network equals the clamped composite within {difference}"


def title(report: Mapping[str, Any]) -> str:
    """One line that says what was searched; names come from files, so markup in them is escaped."""
    return escape(f"{report['space']} on {report['data']}, recipe {report['recipe']}, seed {report['seed']}")
