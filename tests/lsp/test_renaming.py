"""Names get another text everywhere, or there is a reason why not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dasdsl.language import Space
from dasdsl.lsp.documents import Document
from dasdsl.lsp.places import Place
from dasdsl.lsp.renaming import CannotRename, edited, rename, renameable
from dasdsl.lsp.symbols import symbols_of
from tests.lsp.texts import BLOCKS, BRANCHES, HEAD, marked
from tests.strategies import spaces


def renamed(text: str, name: str) -> str:
    document, place = marked(text)
    return edited(document.text, rename(document, place, name))


@pytest.mark.parametrize(
    ("text", "at", "name", "there"),
    [
        (BRANCHES, "stem", "trunk", ["trunk = conv", "from trunk:"]),
        (BRANCHES, "p: 4", "patterns", ["{patterns: 4", "groups<=patterns"]),
        (BRANCHES, "w: <", "width", ["width: <8|16>", "channels width\n", "channels width groups"]),
        (BLOCKS, "basic", "by", ["block by(c, k)", "\nby(p, 3)", "residual: by(4", "\nby(w"]),
        (BLOCKS, "c, k", "none", ["(none, k)", "4*none"]),
        (BLOCKS, "k)", "kk", ["(c, kk)", "filters kk x kk channels"]),
    ],
)
def test_every_place_changes(text: str, at: str, name: str, there: list[str]) -> None:
    found = renamed(text.replace(at, f"^{at}", 1), name)
    assert [part for part in there if part not in found] == []


def test_a_name_may_stay_as_it_is() -> None:
    assert renamed(BRANCHES.replace("stem =", "^stem ="), "stem") == BRANCHES


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("conv", "`conv` is a word of the language"),
        ("same", "`same` is a word of the language"),
        ("x", "`x` is a word of the language"),
        ("3x", "`3x` is no name"),
        ("a b", "`a b` is no name"),
        ("", "`` is no name"),
        ("é", "`é` is no name"),
        ("a" * 65, "the name has 65 characters; there may be 64"),
    ],
)
def test_names_that_the_language_refuses(name: str, why: str) -> None:
    for text in (BRANCHES.replace("stem =", "^stem ="), BRANCHES.replace("p:", "^p:")):
        with pytest.raises(CannotRename) as refused:
            renamed(text, name)
        assert str(refused.value).startswith(why)


@pytest.mark.parametrize(
    ("text", "name", "why"),
    [
        (BRANCHES.replace("p:", "^p:"), "w", "`w` would then mean two things"),
        (BLOCKS.replace("(c, k)", "(^c, k)"), "k", "`k` would then mean two things"),
        (BLOCKS.replace("(c, k)", "(^c, k)"), "p", "line 7 would be wrong: "),
        (HEAD + "^a = relu\nb = tanh\nadd:\n    path from a: relu\n    path from b: relu\n", "b", "`b` would then"),
        (HEAD + "^a = relu\nb = tanh\n", "b", "line 8 would be wrong: "),
        (HEAD + "blo^ck b(c):\n    relu\n", "d", "there is no name here"),
    ],
)
def test_names_that_are_taken(text: str, name: str, why: str) -> None:
    with pytest.raises(CannotRename) as refused:
        renamed(text, name)
    assert str(refused.value).startswith(why)


def test_a_line_that_is_broken_may_hold_the_name_too() -> None:
    text = BRANCHES.replace("path: identity", "path from stem: ((").replace("stem =", "^stem =")
    with pytest.raises(CannotRename, match="line 11 has an error and may mean `stem`: mend it first"):
        renamed(text, "trunk")
    assert renamed(text.replace("from stem: ((", "from stems: (("), "trunk")


def test_a_name_that_is_not_written_out_stays() -> None:
    text = HEAD.replace("w: <8|16>", 'w: "2*\\x70"').replace("{p", "{^p") + "relu\n"
    with pytest.raises(CannotRename, match="line 5 spells `p` in another way"):
        renamed(text, "q")


def test_where_there_is_a_name() -> None:
    span = renameable(*marked(BRANCHES.replace("from stem", "from st^em")))
    assert span is not None
    assert (span.line, span.column, span.end_column) == (10, 15, 19)
    assert renameable(*marked(BRANCHES.replace("norm", "no^rm"))) is None


@given(spaces(), st.data())
@settings(max_examples=30)
def test_there_and_back(space: Space, data: st.DataObject) -> None:
    document = Document(str(space))
    symbol = data.draw(st.sampled_from(symbols_of(document).all))
    try:
        edits = rename(document, Place(symbol.span.line, symbol.span.column), "renamed")
    except CannotRename:
        return
    after = Document(edited(document.text, edits))
    assert "renamed" in after.source
    found = next(one for one in symbols_of(after).all if one.name == "renamed")
    back = rename(after, Place(found.span.line, found.span.column), symbol.name)
    assert edited(after.text, back) == document.source
