"""The tables of a sweep."""

from __future__ import annotations

from typing import Any

from dasdsl.report.sweeps import points, seeds, table1, told
from tests.report.test_summary import printed

DONE: dict[str, Any] = {
    "point": 0, "label": "", "settings": {"gamma": 1e-3, "seed": 1}, "state": "done", "pareto": True,
    "params": 1234, "macs": 56_000, "validation": 0.5, "metric": 0.25,
}  # fmt: skip
FAILED: dict[str, Any] = {
    "point": 1, "label": "", "settings": {"gamma": 1.0, "seed": 1}, "state": "failed", "pareto": False,
    "error": "error[E509]: it collapsed",
}  # fmt: skip


def report(**more: Any) -> dict[str, Any]:
    return {"metric_name": "accuracy", "varied": ["gamma", "seed"], "points": [DONE, FAILED], **more}


def test_points() -> None:
    assert printed(points(report())) == [
        "point gamma seed params MACs validation accuracy test accuracy",
        "0 0.001 1 1.23k 56.0k 50.00 % 25.00 % front",
        "1 1 1 failed",
    ]


def test_labels_come_from_nowhere_else() -> None:
    lines = printed(points(report(points=[DONE | {"label": "[bold]one"}])))
    assert lines[1].startswith("0 [bold]one 0.001 1 ")


def test_seeds() -> None:
    group = {"label": "", "settings": {"gamma": 1e-3}, "points": [0, 2],
             "mean": {"params": 1000.0, "macs": 2000.0, "metric": 0.5}, "sd": {"metric": 0.01}}  # fmt: skip
    assert printed(seeds(report(seeds=[group]))) == [
        "gamma seeds params MACs test accuracy SD",
        "0.001 2 1.00k 2.00k 50.00 % 1.00 %",
    ]


def test_ratios_of_the_paper_and_ours() -> None:
    ratios = {"macs": 0.5, "params": 0.25, "error": 1.0}
    lines = [
        {"label": "baseline", "settings": {}, "paper": ratios, "ours": ratios},
        {"label": "groups 1", "settings": {"gamma": 1e-6, "threshold": 1e-4, "eta": 3e-6}, "paper": ratios,
         "ours": None},
    ]  # fmt: skip
    assert printed(table1(report(table1=lines))) == [
        "row gamma threshold eta MACs paper params paper test error paper",
        "baseline 0.500 0.500 0.250 0.250 1.000 1.000",
        "groups 1 1e-06 0.0001 3e-06 - 0.500 - 0.250 - 1.000",
    ]


def test_a_line_for_each_result() -> None:
    line = "1/2: point 0 gamma=0.001 seed=1: validation accuracy 50.00 %, 1.23k params, 56.0k MACs"
    assert told(DONE, 1, 2, "accuracy") == line
    assert told(FAILED, 2, 2, "accuracy") == "2/2: point 1 gamma=1 seed=1: error[E509]: it collapsed"
