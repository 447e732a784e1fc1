"""Names: what is defined where, what is used where."""

from __future__ import annotations

import pytest

from dasdsl.lsp.places import Place, written
from dasdsl.lsp.symbols import Symbol, symbols_of
from tests.lsp.texts import BLOCKS, BRANCHES, HEAD, marked


def at(text: str) -> Symbol | None:
    document, place = marked(text)
    return symbols_of(document).at(place)


def places(text: str) -> list[tuple[int, int]]:
    document, place = marked(text)
    symbols = symbols_of(document)
    symbol = symbols.at(place)
    assert symbol is not None
    spans = symbols.places(symbol)
    assert {written(document.text, span) for span in spans} == {symbol.name}
    return [(span.line, span.column) for span in spans]


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        (BRANCHES.replace("stem =", "st^em ="), "label", "stem"),
        (BRANCHES.replace("from stem", "from stem^"), "label", "stem"),
        (BRANCHES.replace("groups<=p", "groups<=^p"), "name", "p"),
        (BRANCHES.replace("{p:", "{^p:"), "name", "p"),
        (BLOCKS.replace("basic(p", "ba^sic(p"), "block", "basic"),
        (BLOCKS.replace("block basic", "block basic^"), "block", "basic"),
        (BLOCKS.replace("4*c", "4*^c"), "parameter", "c"),
        (BLOCKS.replace("(c, k)", "(c, ^k)"), "parameter", "k"),
        (BLOCKS.replace("basic(w", "basic(^w"), "name", "w"),
    ],
)
def test_what_stands_at_a_place(text: str, kind: str, name: str) -> None:
    found = at(text)
    assert found is not None
    assert (found.kind, found.name) == (kind, name)


@pytest.mark.parametrize(
    "text", [BRANCHES.replace("norm", "no^rm"), BRANCHES.replace("3x3", "3^x3"), HEAD + "relu # p^"]
)
def test_what_is_no_name(text: str) -> None:
    assert at(text) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (BRANCHES.replace("stem =", "^stem ="), [(7, 1), (10, 15)]),
        (BRANCHES.replace("w:", "^w:"), [(5, 16), (7, 39), (10, 47)]),
        (BLOCKS.replace("residual: basic", "residual: ^basic"), [(7, 7), (12, 1), (13, 11), (14, 1)]),
        (BLOCKS.replace("(c, k)", "(c, ^k)"), [(7, 16), (8, 26), (8, 30)]),
        (BLOCKS.replace("inner =", "^inner ="), [(8, 5), (10, 19)]),
        (HEAD.replace("w:", "q: 2*p, w:").replace("{p", "{^p") + "relu\n", [(5, 10), (5, 21)]),
        ("---\ndefine:\n  c: 4\n  d: ^c*2\n---\nlinear channels d\n", [(3, 3), (4, 6)]),
    ],
)
def test_definition_and_uses(text: str, found: list[tuple[int, int]]) -> None:
    assert places(text) == found


def test_a_block_sees_its_own_labels_only() -> None:
    text = HEAD + "s = relu\nblock b(c):\n    add:\n        path from s: relu\nadd:\n    path from s: relu\n"
    assert places(text.replace("s = relu", "^s = relu")) == [(7, 1), (12, 15)]


def test_a_label_is_seen_behind_its_statement_in_its_body() -> None:
    text = HEAD + "add:\n    path:\n        a = relu\n        residual: relu\n    path from a: relu\n"
    assert places(text.replace("a = relu", "^a = relu")) == [(9, 9)]
    document, _ = marked(text + "^")
    seen = [[one.name for one in symbols_of(document).visible(line, "label")] for line in range(7, 12)]
    assert seen == [[], [], [], ["a"], []]


def test_of_labels_that_stand_twice_the_first_counts() -> None:
    text = HEAD + "s = relu\ns = tanh\nadd:\n    path from s: relu\n"
    assert places(text.replace("s = relu", "^s = relu")) == [(7, 1), (10, 15)]
    assert places(text.replace("s = tanh", "^s = tanh")) == [(8, 1)]


def test_a_broken_line_hides_only_itself() -> None:
    text = BRANCHES.replace("norm batch", "norm ((( batch").replace("stem =", "^stem =")
    assert places(text) == [(7, 1), (10, 15)]
    text = BRANCHES.replace("add:", "add: ((:").replace("stem =", "^stem =")
    assert places(text) == [(7, 1), (10, 15)]


def test_a_parameter_hides_a_name_of_the_header() -> None:
    text = HEAD + "block b(p):\n    linear channels p\nb(p)\n"
    assert places(text.replace("(p):", "(^p):")) == [(7, 9), (8, 21)]
    assert places(text.replace("b(p)\n", "b(^p)\n")) == [(5, 10), (9, 3)]


def test_shared_blocks_are_blocks() -> None:
    document, _ = marked(HEAD + "shared block cell(a):\n    linear channels a\ncell(4)\n^")
    found = symbols_of(document)
    assert found.at(Place(9, 2)) == found.at(Place(7, 15)) is not None
