"""The outline of a text."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from dasdsl.lsp.documents import Document
from dasdsl.lsp.outlining import Entry, outline
from dasdsl.lsp.places import Place
from tests.lsp.texts import BLOCKS, BRANCHES, HEAD


def drawn(entries: Iterable[Entry], margin: str = "") -> list[str]:
    return [line for one in entries for line in (f"{margin}{one.kind} {one.name}", *drawn(one.body, margin + "  "))]


def test_statements_and_blocks() -> None:
    assert drawn(outline(Document(BRANCHES))) == [
        "header a",
        "  name p",
        "  name w",
        "statement stem",
        "statement norm batch",
        "group add",
        "  group path",
        "  group path",
        "statement flatten",
        "statement linear",
    ]
    assert drawn(outline(Document(BLOCKS)))[3:] == [
        "block basic",
        "  statement inner",
        "  group add",
        "    group path",
        "    group path",
        "statement basic(p, 3)",
        "group residual",
        "statement basic(w, 1)",
    ]


def test_where_things_begin_and_end() -> None:
    header, stem, _, add, *_ = outline(Document(BRANCHES))
    assert (header.start, header.end) == (Place(1, 1), Place(6, 4))
    assert (stem.span.column, stem.span.end_column, stem.detail) == (1, 5, "stem = conv filters <1..3>x3 channels w")
    assert (add.start, add.end) == (Place(9, 1), Place(11, 19))


def test_what_stands_below_a_broken_line_stays() -> None:
    assert drawn(outline(Document(HEAD + "((\n    relu\ntanh\n")))[3:] == ["statement relu", "statement tanh"]
    assert drawn(outline(Document("relu\n"))) == []


@given(st.lists(st.sampled_from([*BRANCHES.split("\n"), *BLOCKS.split("\n"), "((", "  x", "é"])).map("\n".join))
def test_what_is_inside_is_inside(text: str) -> None:
    """As editors demand: a name in its thing, a thing in what it stands in."""
    todo = list(outline(Document(text)))
    while todo:
        one = todo.pop()
        assert one.name
        assert one.start <= Place(one.span.line, one.span.column)
        assert Place(one.span.line, one.span.end_column) <= one.end
        for inner in one.body:
            assert one.start <= inner.start <= inner.end <= one.end
        todo += one.body
