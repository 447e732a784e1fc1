"""Places and positions: the way there and back, whatever the text holds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dasdsl.lsp.places import Encoding, Place, Position, Text, units, written
from dasdsl.operations.core.values import Span

PARTS = ["\n", "\r\n", "\r", "a", "é", "🙂", "\ufeff", "\u2028", "\x0b", "\x85", "relu", " ", "\ud800"]
texts = st.lists(st.sampled_from(PARTS), max_size=12).map("".join)
encodings = st.sampled_from(["utf-8", "utf-16", "utf-32"])


def every_place(text: Text) -> list[Place]:
    return [Place(line, column) for line, shown in enumerate(text.lines, 1) for column in range(1, len(shown) + 2)]


@given(texts, encodings)
def test_there_and_back(source: str, encoding: Encoding) -> None:
    text = Text(source)
    for place in every_place(text):
        assert text.place(text.position(place, encoding), encoding) == place


@given(texts, encodings)
def test_positions_are_those_of_an_editor(source: str, encoding: Encoding) -> None:
    """An editor cuts a text into lines, and a line into units."""
    text = Text(source)
    lines = re.split(r"\r\n|\n|\r", source)
    width = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
    codec = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}[encoding]
    for place in every_place(text):
        found = text.position(place, encoding)
        shown = lines[found.line].encode(codec, "surrogatepass")
        assert found.character * width <= len(shown)
        before = shown[: found.character * width].decode(codec, "surrogatepass")
        assert before.endswith(text.line(place.line)[: place.column - 1].rpartition("\r")[2])


@given(texts, st.integers(-1, 20), st.integers(-1, 20), encodings)
def test_a_position_that_is_not_there_is_the_nearest(
    source: str, line: int, character: int, encoding: Encoding
) -> None:
    text = Text(source)
    place = text.place(Position(line, character), encoding)
    assert place in every_place(text)


@given(texts, st.integers(-3, 20), st.integers(-3, 20))
def test_a_place_that_is_not_there_is_the_nearest(source: str, line: int, column: int) -> None:
    assert 0 <= Text(source).offset(Place(line, column)) <= len(source)


@pytest.mark.parametrize(
    ("source", "place", "encoding", "position"),
    [
        ("# 🙂 a\nrelu", Place(1, 5), "utf-16", Position(0, 5)),
        ("# 🙂 a\nrelu", Place(1, 5), "utf-8", Position(0, 7)),
        ("# 🙂 a\nrelu", Place(1, 5), "utf-32", Position(0, 4)),
        ("a\r\nrelu", Place(2, 3), "utf-16", Position(1, 2)),
        ("a\rb\nrelu", Place(1, 3), "utf-16", Position(1, 0)),
        ("a\rb\nrelu", Place(2, 3), "utf-16", Position(2, 2)),
        ("\ufeffrelu", Place(1, 3), "utf-16", Position(0, 3)),
    ],
)
def test_units(source: str, place: Place, encoding: Encoding, position: Position) -> None:
    assert Text(source).position(place, encoding) == position
    assert Text(source).place(position, encoding) == place


def test_half_of_a_pair_is_behind_it() -> None:
    assert Text("🙂a").place(Position(0, 1), "utf-16") == Place(1, 2)


def test_what_stands_at_a_place() -> None:
    assert units("a🙂", "utf-16") == 3
    assert written(Text("ab\ncde"), Span(2, 2, 4)) == "de"
    assert Text("ab\ncde").end == Place(2, 4)
