"""Drawings are valid, whatever the names are."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dasdsl.ir.facts import facts
from dasdsl.report.drawings import dot, mermaid, svg
from tests.ir.texts import program

BODY = "stem = conv filters <1..3>x3 channels<=8\nrelu\nflatten\nlinear channels 2"
HOSTILE = "a\"'<script>alert(1)</script>&amp;\\n]]>--><b>#quot;\n\x1b[31m\u202e\x00"


@pytest.fixture
def small() -> dict[str, Any]:
    return facts(program(BODY))


def named(name: str) -> dict[str, Any]:
    """A graph whose layers and operations are called like this."""
    one = {"name": name, "op": name, "reads": ["input"], "decisions": [], "shape": [1], "params": 5, "macs": 0}
    other = one | {"name": f"{name}2", "reads": [name, "input"], "decisions": [name]}
    return {"input": name, "nodes": [one, other]}


def test_dot(small: dict[str, Any]) -> None:
    assert dot(small).splitlines()[:5] == [
        "digraph {",
        '  node [shape=box, fontname="sans-serif"];',
        '  "input" [label="input\\n4x8x8"];',
        '  "stem" [label="stem: conv → 8x8x8\\n296 params, 18.4k MACs, 1 open"];',
        '  "input" -> "stem";',
    ]


def test_mermaid(small: dict[str, Any]) -> None:
    assert mermaid(small).splitlines()[:4] == [
        "flowchart TD",
        '  n0["input<br>4x8x8"]',
        '  n1["stem: conv → 8x8x8<br>296 params, 18.4k MACs, 1 open"]',
        "  n0 --> n1",
    ]


def test_svg(small: dict[str, Any]) -> None:
    root = ET.fromstring(svg(small))  # noqa: S314 - it is our own
    space = "{http://www.w3.org/2000/svg}"
    assert root.tag == f"{space}svg"
    texts = [element.text for element in root.iter(f"{space}text")]
    assert texts[:4] == ["input", "4x8x8", "stem: conv → 8x8x8", "296 params, 18.4k MACs, 1 open"]
    assert len(list(root.iter(f"{space}path"))) == 4
    # the boxes lie inside of the drawing, none upon another
    boxes = [element for element in root.iter(f"{space}rect") if element.get("rx")]
    tops = [float(box.get("y", "")) for box in boxes]
    assert tops == sorted(set(tops))
    assert tops[-1] + 46 <= float(root.get("height", ""))


@given(st.one_of(st.just(HOSTILE), st.text(min_size=1, max_size=20)))
def test_hostile_names(name: str) -> None:
    drawn = named(name)
    root = ET.fromstring(svg(drawn))  # noqa: S314
    assert {element.tag.split("}")[1] for element in root.iter()} <= {"svg", "rect", "text", "path"}
    for text in (svg(drawn), dot(drawn), mermaid(drawn)):
        assert all(character.isprintable() or character == "\n" for character in text)
        text.encode("utf-8")
    # each name stays inside of its quotes, on one line
    for line in dot(drawn).splitlines()[2:-1]:
        assert re.fullmatch(r'  "([^"\\]|\\.)*"( -> "([^"\\]|\\.)*"| \[label="([^"\\]|\\.)*"\]);', line), line
    for line in mermaid(drawn).splitlines()[1:]:
        assert re.fullmatch(r'  n\d+(\["[^"<>]*<br>[^"<>]*"\]| --> n\d+)', line), line


def test_branches_stand_beside_each_other() -> None:
    nodes = [
        {"name": name, "op": "relu", "reads": reads, "decisions": [], "shape": [1], "params": 0, "macs": 0}
        for name, reads in (("a", ["input"]), ("b", ["input"]), ("c", ["a", "b"]))
    ]
    root = ET.fromstring(svg({"input": "1", "nodes": nodes}))  # noqa: S314
    boxes = [element for element in root.iter("{http://www.w3.org/2000/svg}rect") if element.get("rx")]
    places = [(box.get("x"), box.get("y")) for box in boxes]
    assert len(set(places)) == 4
    assert places[1][1] == places[2][1]
