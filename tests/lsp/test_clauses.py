"""Lines that are unfinished or wrong."""

from __future__ import annotations

import pytest

from dasdsl.lsp.clauses import clause_at, clause_before, token_at


@pytest.mark.parametrize(
    ("line", "words", "rest", "word"),
    [
        ("^", "", [], ""),
        ("con^", "", [], "con"),
        ("conv ^", "conv", [], ""),
        ("conv depthwise filt^", "conv depthwise", [], "filt"),
        ("norm ^", "norm", [], ""),
        ("nrom batch ^", "", ["nrom", "batch"], ""),
        ("s = relu ^", "relu", [], ""),
        ("s=^", "", [], ""),
        ("path from stem: conv filters ^", "conv", ["filters"], ""),
        ("path from ^: conv", "path", ["from"], ""),
        ("conv filters 3x^", "conv", ["filters", "3", "x"], ""),
        ("conv filters 3xk^", "conv", ["filters", "3", "x"], "k"),
        ("conv filters k x^", "conv", ["filters", "k"], "x"),
        ("conv channels<=^", "conv", ["channels", "<="], ""),
        ("conv filters <1..^", "conv", ["filters", "<", "1", ".."], ""),
        ("    conv # conv ^", "conv", [], ""),
        ("add: {§$%^", "", ["{", "§", "$", "%"], ""),
    ],
)
def test_what_is_written_before_a_place(line: str, words: str, rest: list[str], word: str) -> None:
    at = line.index("^")
    clause, partial = clause_before(line.replace("^", ""), at + 1)
    assert (clause.words, [token.text for token in clause.rest], partial) == (words, rest, word)


def test_the_clause_of_a_column() -> None:
    line = "x1 = path from stem: conv filters 3x3"
    assert clause_at(line, 8).words == "path"
    assert clause_at(line, 30).words == "conv"
    assert token_at(clause_at(line, 24), 24) is not None
    assert token_at(clause_at(line, 21), 21) is None


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("conv channels 4 filters", {"channels", "filters"}),
        ("upsample 2 linear", {"mode"}),
        ("linear channels 4 bias off", {"channels", "bias"}),
        ("relu", set()),
    ],
)
def test_fields_that_are_written(line: str, written: set[str]) -> None:
    assert clause_at(line, len(line) + 1).written == written


@pytest.mark.parametrize(("line", "innermost"), [("conv <1|(2", "("), ("conv (1)", ""), ("conv )[", "["), ("<(>", "(")])
def test_the_bracket_that_is_open(line: str, innermost: str) -> None:
    assert clause_at(line, len(line) + 1).innermost == innermost


@pytest.mark.parametrize(
    ("line", "field"),
    [("conv filters", "filters"), ("conv filters 3x3", None), ("path from", "from"), ("foo bar", None)],
)
def test_the_field_whose_value_is_due(line: str, field: str | None) -> None:
    found = clause_at(line, len(line) + 1).open_field
    assert (found.name if found else None) == field
