"""`report.html` of a sweep."""

from __future__ import annotations

from typing import Any

from dasdsl.report.page.sweep import page
from tests.report.page.test_search import EVIL, Tags
from tests.report.test_sweeps import DONE, FAILED


def report(**more: Any) -> dict[str, Any]:
    points = [DONE | {"run": "points/0000/run"}, FAILED, {**FAILED, "point": 2, "state": "waiting"}]
    facts: dict[str, Any] = {
        "sweep": "a",
        "kind": "grid",
        "data": "digits",
        "metric_name": "accuracy",
        "fixed": {"epochs": 3, "limit": None},
        "varied": ["gamma", "seed"],
        "counts": {"done": 1, "failed": 1, "waiting": 1},
        "points": points,
        "seeds": [],
        "table1": None,
    }
    return facts | more


def test_it_says_what_the_report_says() -> None:
    tags = Tags(page(report()))
    said = " ".join(tags.data.split())
    assert not tags.open
    for part in (
        "a on digits",
        "every combination; points: 1 done, 1 failed, 1 waiting",
        "epochs=3",
        "point gamma seed params MACs validation accuracy test accuracy",
        "0 0.001 1 1.23k 56.0k 50.00 % 25.00 % front",
        "1 1 1 failed 2 1 1 waiting",
        "point 1: error[E509]: it collapsed",
    ):
        assert part in said
    assert [attrs["href"] for tag, attrs in tags.tags if tag == "a"] == ["points/0000/run/report.html"]
    assert [tag for tag, _ in tags.tags].count("svg") == 2
    assert [attrs["class"] for tag, attrs in tags.tags if tag == "circle"] == 2 * ["dot large c1"]


def test_means_and_the_table_of_the_paper_come_first() -> None:
    group = {
        "label": "groups 1",
        "settings": {"gamma": 1e-3},
        "points": [0, 2],
        "mean": {"params": 1000.0, "macs": 2000.0, "metric": 0.5},
        "sd": {"metric": 0.01},
    }
    ratios = {"macs": 0.5, "params": 0.25, "error": 1.0}
    line = {"label": "groups 1", "settings": {"gamma": 1e-6}, "paper": ratios, "ours": None}
    said = " ".join(Tags(page(report(kind="table1", seeds=[group], table1=[line]))).data.split())
    assert said.index("Ratios to the baseline") < said.index("Means over seeds") < said.index("Points")
    assert "groups 1 1e-06 - 0.500 - 0.250 - 1.000" in said
    assert "groups 1 0.001 2 1.00k 2.00k 50.00 % 1.00 %" in said


def test_nothing_is_done() -> None:
    tags = Tags(page(report(points=[FAILED])))
    assert "svg" not in {tag for tag, _ in tags.tags}


def test_data_at_a_path_have_the_name_of_the_file() -> None:
    said = Tags(page(report(data="/some/where/steering.npz"))).data
    assert "a on steering" in said
    assert "/some/where" not in said


def test_every_text_is_escaped() -> None:
    points = [
        DONE | {"run": "points/0000/run", "label": EVIL, "settings": {"gamma": EVIL}},
        FAILED | {"error": EVIL, "label": EVIL},
    ]
    tags = Tags(page(report(sweep=EVIL, data=EVIL, metric_name=EVIL, fixed={EVIL: EVIL}, points=points)))
    assert not {tag for tag, _ in tags.tags} & {"script", "img"}
    assert all(not name.startswith("on") and name != "src" for _, attrs in tags.tags for name in attrs)
