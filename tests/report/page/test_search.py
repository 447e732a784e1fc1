"""`report.html`."""

from __future__ import annotations

import copy
import re
from html.parser import HTMLParser
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

import dasdsl
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.facts import facts
from dasdsl.report.page.charts import Axis, Chart, Line, Point
from dasdsl.report.page.history import charts
from dasdsl.report.page.outcomes import Chip, outcomes
from dasdsl.report.page.search import page

SPACE = (
    "---\ndas: 1\nspace: a\ninput: 4x8x8\n---\nconv filters <1..3>x<1..20> channels<=4\n"
    "conv filters 1x1 channels 6 groups<=3\n"
    "choose:\n    path: conv filters <3x3|1x5> channels 6\n    path: identity\n"
    "conv filters 1x1 channels<=6\nflatten\nlinear channels 2\n"
)
FOUND = "---\ndas: 1\narchitecture: a\ninput: 4x8x8\n---\nconv filters 1x2 channels 2\nflatten\nlinear channels 2\n"
EVIL = "</script><script>alert('1')</script><img src=x onerror=alert(2)>&amp;\""


def decided() -> dict[str, Any]:
    return {
        "conv1.filters.height": 1,
        "conv1.filters.width": 2,
        "conv2.groups": [[0, 1], [0, 1], [2], [2], [2], []],
        "choose1.choice": 1,
        "choose1.path1.conv1.filters": [3, 3],
        "linear1.reads": [0, 3],
    }


def report() -> dict[str, Any]:
    rungs = [
        {"threshold": t, "params": p, "macs": 10 * p, "metric": m} for t, p, m in ((0.0, 900, 0.9), (0.1, 400, 0.8))
    ]
    return {
        "space": "a",
        "data": "digits",
        "recipe": "default",
        "seed": 0,
        "threshold": 0.1,
        "metric_name": "accuracy",
        "baseline": {"params": 1000, "macs": 20000, "metric": 0.91},
        "found": {"params": 400, "macs": 4000, "metric": 0.8},
        "finetuned": {"params": 400, "macs": 4000, "metric": 0.92, "validation": 0.93},
        "ladder": rungs,
        "certificate": {"max_abs_error": 1e-6, "relative": 1e-7, "samples": 256},
        "elimination": {
            "kept": ["channel 1 of conv2"],
            "failed": ["conv1.filters.width 2 -> 1"],
            "margins": [2.5],
            "exhausted": False,
            "untried": False,
        },
        "confidence": 0.9,
        "limit": None,
        "decisions": decided(),
        "learning_rate": 0.006,
        "trials": [{"rate": 0.006, "loss": 0.1, "steps": 60}],
        "seconds": 83.3,
        "settings": {"recipe": "default", "epochs": 3, "limit": None},
        "samples": {"train": 100, "validation": 20, "test": 30},
        "threads": 1,
        "torch": "2.13.0",
    }


def log() -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = [{"phase": "search rate", "step": 60, "rate": 0.002, "loss": 0.1}]
    for epoch in (1, 2, 3):
        told = {"epoch": epoch, "loss": 1.0 / epoch, "validation": 0.8 + 0.02 * epoch}
        lines.append({"phase": "search", "step": 10 * epoch, **told, "macs": 20000 // epoch})
    lines.append({"phase": "eliminate", "step": 5, "params": 400, "macs": 4000, "loss": 0.1})
    lines.append({"phase": "finetune", "step": 10, "epoch": 1, "loss": 0.05, "validation": 0.93})
    return [*lines, {"phase": "baseline", "step": 40, "epoch": 4, "loss": None, "validation": 0.91}]


class Tags(HTMLParser):
    """The tags of a page, those that are open, and its text."""

    VOID = ("meta", "br", "hr", "img", "circle", "line", "polyline")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.data = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.data += f" {data}"


def made(said: dict[str, Any], lines: list[dict[str, Any]], text: str = FOUND) -> Tags:
    space, found = (facts(elaborate(dasdsl.loads(one))) for one in (SPACE, FOUND))
    return Tags(page(said, lines, space, found, text))


def test_it_says_what_the_report_says() -> None:
    tags = made(report(), log())
    assert not tags.open
    said = " ".join(tags.data.split())
    for part in (
        "a on digits",
        "recipe default, seed 0, 1 min 23 s, PyTorch 2.13.0, 1 thread",
        "finetuned 400 40 % 4.00k 20 % 92.00 %",
        "confidence 0.9 that no other does as well",
        "the discovered network equals the clamped composite within 1e-06 on 256 held-out samples",
        "architecture: a input: 4x8x8",
        "conv1.filters.width 2, of 1 to 20",
        "conv2.groups 3 of at most 3 patterns, each of 0 to 2 of 4 inputs",
        "2 of 6",
        "channel 1 of conv2",
        "conv1.filters.width 2 -> 1 2.5",
        "epochs 3",
        "learning rate, by trials 0.006",
    ):
        assert part in said
    assert sum(tag == "svg" for tag, _ in tags.tags) == 4


def test_nothing_is_loaded_and_nothing_runs() -> None:
    tags = made(report(), log())
    assert not {tag for tag, _ in tags.tags} & {"script", "link", "img", "iframe", "object", "form"}
    assert all(not name.startswith("on") and name not in ("src", "href") for _, attrs in tags.tags for name in attrs)
    policies = [attrs["content"] for _, attrs in tags.tags if attrs.get("http-equiv") == "Content-Security-Policy"]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]


def test_every_text_is_escaped() -> None:
    said = copy.deepcopy(report())
    said |= {"space": EVIL, "data": EVIL, "torch": EVIL, "settings": {EVIL: EVIL}, "recipe": EVIL}
    said["elimination"] |= {"kept": [EVIL], "failed": [EVIL]}
    said["baseline"] |= {"diverged": EVIL}
    lines = [{**line, "phase": line["phase"]} for line in log()]
    tags = made(said, lines, f"# {EVIL}\n")
    assert not {tag for tag, _ in tags.tags} & {"script", "img"}
    assert tags.data.count(EVIL) >= 8


def test_a_metric_that_is_no_name_of_ours_is_escaped_in_drawings_too() -> None:
    said = report() | {"metric_name": EVIL}
    assert not {tag for tag, _ in made(said, log()).tags} & {"script", "img"}


@pytest.mark.parametrize("lines", [[], [{"phase": "search", "step": 1}], log()[:1]])
def test_a_log_that_says_little(lines: list[dict[str, Any]]) -> None:
    tags = made(report() | {"elimination": None, "confidence": None}, lines)
    assert [tag for tag, _ in tags.tags].count("svg") == 1
    assert "What was taken out" not in tags.data


def test_what_diverged() -> None:
    said = report()
    said["baseline"] |= {"metric": None, "diverged": "the loss is not a finite number"}
    said["finetuned"] |= {"metric": None, "validation": None}
    said["ladder"][0]["metric"] = None
    assert "the loss is not a finite number" in made(said, log()).data


def test_curves_go_on_where_the_one_before_ended() -> None:
    loss, validation, falling, trade = charts(report(), log())
    assert [(line.name, [x for x, _ in line.points]) for line in loss.lines] == [
        ("search", [10, 20, 30]),
        ("finetune", [40]),
    ]
    assert [line.name for line in validation.lines] == ["search", "finetune", "baseline"]
    assert [line.points for line in falling.lines] == [((10, 20000), (20, 10000), (30, 6666), (35, 4000))]
    assert [(point.place, point.large) for point in trade.points] == [
        ((900, 0.9), False),
        ((400, 0.8), True),
        ((400, 0.93), True),
    ]


def test_outcomes() -> None:
    found = {one.name: one for one in outcomes(facts(elaborate(dasdsl.loads(SPACE))), decided())}
    assert found["conv1.filters.height"].chips == (Chip("1", True), Chip("2", False), Chip("3", False))
    assert found["choose1.path1.conv1.filters"].chips == (Chip("3x3", True), Chip("1x5", False))
    assert found["linear1.reads"].squares == (True, False, False, True, False, False)


def test_a_drawing_is_xml_within_its_frame() -> None:
    places = tuple((float(x), 2.0**-x) for x in range(12))
    points = (Point((3.0, 0.5), EVIL, 1),)
    chart = Chart(EVIL, Axis("steps"), Axis("loss", str, logarithmic=True), (Line(EVIL, places, 0),), points)
    drawn = fromstring(chart.svg())  # noqa: S314 - our own
    width, height = (float(one) for one in drawn.attrib["viewBox"].split()[2:])
    curve = next(one for one in drawn if one.tag == "polyline")
    for x, y in (map(float, pair.split(",")) for pair in curve.attrib["points"].split()):
        assert 0 <= x <= width
        assert 0 <= y <= height
    assert EVIL in drawn.attrib["aria-label"]
    assert re.findall(r"<script|<img", chart.svg()) == []


def test_marks_that_would_say_the_same_are_one() -> None:
    axis = Axis("params")
    assert [says for _, says in axis.marks(axis.scale([26_870_000, 26_880_000]))] == ["26.9M"]
    steps = Axis("steps", whole=True)
    assert [says for _, says in steps.marks(steps.scale([2, 10]))] == ["2", "4", "6", "8", "10"]
    assert [says for _, says in steps.marks(steps.scale([7]))] == ["7"]


def test_names_that_no_page_can_hold() -> None:
    odd = "bad\udcff\x1b\u202e.npz"
    tags = made(report() | {"data": odd, "settings": {"data": odd}}, log())
    assert "bad\N{REPLACEMENT CHARACTER}" in tags.data
    assert not set("\udcff\x1b\u202e") & set(tags.data)


def test_the_rate_of_trials_is_told_where_there_were_some() -> None:
    assert "by trials" not in made(report() | {"trials": []}, log()).data


def test_a_chart_of_nothing() -> None:
    assert Chart("a", Axis("x"), Axis("y"), (Line("a", (), 0),)).is_empty
