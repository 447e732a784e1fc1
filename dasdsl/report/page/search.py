"""Facts of a search → its page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dasdsl.report.numbers import duration, metric, share, short
from dasdsl.report.page.history import Log, charts
from dasdsl.report.page.outcomes import outcomes
from dasdsl.report.page.templates import template
from dasdsl.report.summary import certificate, confidence, limit


def page(report: Mapping[str, Any], log: Log, space: Mapping[str, Any], found: Mapping[str, Any], text: str) -> str:
    """The page of a finished search, one file without scripts that loads nothing.

    `report` and `log` are its `report.json` and `log.jsonl`; `space` and `found` what `compile --json` says of the
    space and of the architecture, whose `text` is shown. Every text is escaped.
    """
    name = report["metric_name"]
    layers = [node for node in found["nodes"] if node["params"]]
    return template("search.html").render(
        report=report,
        charts=charts(report, log),
        networks=[_network(row, report[row], report["baseline"], name) for row in ("baseline", "found", "finetuned")],
        sentences=[*filter(None, (limit(report), confidence(report), certificate(report)))],
        outcomes=outcomes(space, report["decisions"]),
        layers=[_layer(node, found) for node in layers],
        moves=_moves(report["elimination"]),
        seconds=duration(report["seconds"]),
        size=space["size_log10"],
        largest=space["largest"],
        smallest=space["smallest"],
        settings={key: value for key, value in report["settings"].items() if value is not None},
        text=text,
        short=short,
    )


def _network(row: str, facts: Mapping[str, Any], baseline: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {
        "name": row,
        "params": short(facts["params"]),
        "params_share": share(facts["params"], baseline["params"]),
        "macs": short(facts["macs"]),
        "macs_share": share(facts["macs"], baseline["macs"]),
        "metric": metric(name, facts["metric"]),
        "diverged": facts.get("diverged", ""),
    }


def _layer(node: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """A layer with its parts of all params and MACs, in percent."""
    whole = found["largest"]
    return {
        "name": node["name"],
        "op": node["op"],
        "shape": "x".join(map(str, node["shape"])),
        **{what: short(node[what]) for what in ("params", "macs")},
        **{f"{what}_share": round(100 * node[what] / max(whole[what], 1), 1) for what in ("params", "macs")},
    }


def _moves(elimination: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The moves that were kept, and those that failed with by how much they did."""
    if elimination is None:
        return None
    failed = zip(elimination["failed"], elimination["margins"], strict=False)
    return {"kept": elimination["kept"], "failed": [(label, f"{margin:.3g}") for label, margin in failed]}
