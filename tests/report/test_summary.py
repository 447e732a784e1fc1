"""The tables of a finished run."""

from __future__ import annotations

from io import StringIO
from typing import Any

from rich.console import Console, RenderableType

from dasdsl.report.summary import confidence, ladder, networks, title

REPORT: dict[str, Any] = {
    "space": "[bold]tiny",
    "data": "[/]roads",
    "recipe": "default",
    "seed": 3,
    "threshold": 0.1,
    "metric_name": "accuracy",
    "baseline": {"params": 252_219, "macs": 26_876_342, "metric": 0.9},
    "found": {"params": 25_222, "macs": 2_687_634, "metric": 0.85},
    "finetuned": {"params": 25_222, "macs": 2_687_634, "metric": 0.91},
    "ladder": [
        {"threshold": 0.0, "params": 1000, "macs": 2000, "metric": 0.9},
        {"threshold": 0.01, "params": 1000, "macs": 2000, "metric": 0.9},
        {"threshold": 0.1, "params": 500, "macs": 900, "metric": 0.89},
        {"threshold": 0.2, "params": 500, "macs": 900, "metric": 0.88},
        {"threshold": 0.3, "params": 50, "macs": 90, "metric": 0.5},
    ],
}


def printed(renderable: RenderableType) -> list[str]:
    out = StringIO()
    Console(file=out, width=120, highlight=False).print(renderable)
    return [" ".join(line.split()) for line in out.getvalue().splitlines()]


def test_networks() -> None:
    assert printed(networks(REPORT)) == [
        "params of baseline MACs of baseline test accuracy",
        "baseline 252k 100 % 26.9M 100 % 90.00 %",
        "found 25.2k 10 % 2.69M 10 % 85.00 %",
        "finetuned 25.2k 10 % 2.69M 10 % 91.00 %",
    ]


def test_the_ladder_shows_what_differs_and_marks_the_chosen_one() -> None:
    assert printed(ladder(REPORT)) == [
        "threshold params MACs validation accuracy",
        "0.01 1.00k 2.00k 90.00 %",
        "0.1 500 900 89.00 % chosen",
        "0.2 500 900 88.00 %",
        "0.3 50 90 50.00 %",
    ]


def test_a_long_ladder_is_thinned_and_keeps_the_chosen_one() -> None:
    rungs = [{"threshold": k / 100, "params": 10_000 - k, "macs": 1, "metric": 0.5} for k in range(100)]
    lines = printed(ladder(REPORT | {"ladder": rungs, "threshold": 0.37}))[1:]
    assert len(lines) <= 14
    assert sum("chosen" in line for line in lines) == 1


def test_markup_in_names_is_shown_as_it_is() -> None:
    assert printed(title(REPORT)) == ["[bold]tiny on [/]roads, recipe default, seed 3"]


def test_the_confidence_is_told_with_its_reason() -> None:
    tried = {"margins": [31.26, 9.3], "exhausted": False}
    assert confidence(REPORT | {"confidence": None, "elimination": None}) == ""
    assert confidence(REPORT | {"confidence": 0.7, "elimination": tried}) == (
        "confidence 0.7 that no other does as well: "
        "without what it needs least, the error rises by 9.3 times what is allowed"
    )
    ended = confidence(REPORT | {"confidence": 0.7, "elimination": tried | {"exhausted": True}})
    assert ended.endswith("9.3 times what is allowed; the steps of elimination ended first")
    ended = confidence(REPORT | {"confidence": 0.5, "elimination": tried | {"exhausted": True, "untried": True}})
    assert ended.endswith("9.3 times what is allowed; the steps of elimination ended first, before all was tried")
    ended = confidence(REPORT | {"confidence": 0.11, "elimination": {"margins": [], "exhausted": True}})
    assert ended.endswith("as well: the steps of elimination ended first")
    alone = confidence(REPORT | {"confidence": 0.99, "elimination": {"margins": [], "exhausted": False}})
    assert alone.endswith("as well: there was no part that it might do without")
