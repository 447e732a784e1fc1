"""What a place means."""

from __future__ import annotations

import pytest

from dasdsl.language.words import reserved, statements
from dasdsl.lsp.facts import costs_of
from dasdsl.lsp.hovering import hover
from dasdsl.operations.core.operation import registry
from tests.lsp.texts import BLOCKS, BRANCHES, HEAD, SHARED, marked


def said(text: str) -> str:
    document, place = marked(text)
    found = hover(document, place, costs_of(document))
    return "" if found is None else found.text


def facts(text: str) -> str:
    """What is said about the line of a word that has a page of its own."""
    return said(text).rpartition("---\n\n")[2]


def test_a_layer() -> None:
    assert facts(BRANCHES.replace("stem = conv", "stem = co^nv")) == (
        "3x8x8 → 16x8x8  \n"
        "params 80 to 448  \n"
        "MACs 4,608 to 27,648\n\n"
        "open:\n\n- `stem.filters.height`: 1 of 3\n- `w`: 1 of 2"
    )


def test_costs_that_are_not_counted_yet() -> None:
    found = hover(*marked(BRANCHES.replace("flatten", "fla^tten")), None)
    assert found is not None
    assert found.text.endswith("16x8x8 → 1024  \ncounting params and MACs …")


def test_a_layer_that_reads_patterns() -> None:
    assert "`add1.path1.conv1.groups`: at most 4 patterns of 16 channels for 16 outputs" in said(
        BRANCHES.replace("groups<=p", "gro^ups<=p")
    )


def test_a_branch_is_all_that_is_in_it() -> None:
    assert facts(BRANCHES.replace("add:", "ad^d:")).startswith("16x8x8 → 16x8x8  \nparams ")
    assert facts(BRANCHES.replace("path: identity", "pa^th: identity")) == "16x8x8 → 16x8x8"


def test_a_layer_without_cost() -> None:
    assert facts(BRANCHES.replace("flatten", "fla^tten")) == "16x8x8 → 1024"


@pytest.mark.parametrize(
    ("text", "start"),
    [
        (BRANCHES.replace("stem = conv", "stem = ^conv"), "**conv**: a convolution over the positions of space\n\n"),
        (BRANCHES.replace("norm batch", "no^rm batch"), "**norm batch**: each channel"),
        (BRANCHES.replace("norm batch", "norm batch^"), "**norm batch**: each channel"),
        (BRANCHES.replace("groups", "gro^ups"), "`groups`: A number, `<=p` for"),
        (BRANCHES.replace("from", "fr^om"), "`from`: The statement whose output the path starts at."),
        (BRANCHES.replace("path:", "pa^th:"), "**path**: a branch"),
        (HEAD + "upsample 2 lin^ear\n", "`mode`: Copy or interpolate. Left out: `nearest`.\n\nTakes `nearest`"),
        (HEAD + "linear channels 4 bias o^ff\n", "`bias`: Whether a bias is added. Left out: `on`.\n\nTakes `on`"),
        (HEAD + "no^rm\n", "- **norm batch**: each channel by"),
        (BRANCHES.replace("<=p", "<=^p"), "`p` = `4`, line 5"),
        (BRANCHES.replace("w:", "^w:"), "`w` = `<8|16>`, line 5"),
        (BRANCHES.replace("from stem", "from st^em"), "`stem`: `stem = conv filters <1..3>x3 channels w`, line 7"),
        (BLOCKS.replace("basic(p", "basi^c(p"), "`basic(c, k)`: a block, line 7"),
        (BLOCKS.replace("4*c", "4*^c"), "`c`: a parameter of the block in line 7"),
        (HEAD.replace("input", "inp^ut"), "`input`: The shape of one sample"),
        ("---\nsearch: {gam^ma: 1}\n---\n", "`search.gamma`: The strength of sparsity"),
    ],
)
def test_a_word(text: str, start: str) -> None:
    assert said(text).startswith(start)


@pytest.mark.parametrize(
    "text", [HEAD + "^\nrelu\n", HEAD + "rleu # co^nv\n", "---\n^\n---\nrelu\n", HEAD.replace("a\n", "^a\n")]
)
def test_nothing_to_say(text: str) -> None:
    assert said(text) == ""


def test_a_problem_is_explained() -> None:
    assert "**E050**: A line begins with the word of a statement" in said(HEAD + "rl^eu\n")


def test_the_place_is_the_word() -> None:
    found = hover(*marked(BRANCHES.replace("from stem", "from st^em")), None)
    assert found is not None
    assert (found.span.line, found.span.column, found.span.end_column) == (10, 15, 19)


@pytest.mark.parametrize("words", sorted(statements()))
def test_every_statement_has_a_page(words: str) -> None:
    assert said(f"{HEAD}{words}^\n").startswith(f"**{words}**: ")
    about = registry()[words].about if words in registry() else ""
    assert about in said(f"{HEAD}{words}^\n")


def test_every_word_of_a_field_has_a_page() -> None:
    for words, table in statements().items():
        for field in table:
            if field.keyword:
                assert said(f"{HEAD}{words} {field.name}^\n").startswith(f"`{field.name}`: "), (words, field.name)
                assert field.name in reserved()


def test_what_stands_above_an_error_is_known() -> None:
    text = BRANCHES.replace("linear channels 10", "linear channels ((")
    assert facts(text.replace("flatten", "fla^tten")) == "16x8x8 → 1024"
    assert "→" not in facts(text.replace("linear", "lin^ear"))
    two = HEAD + "conv filters 3x3 channels 4\nrelu\nlinear channels 4\n"
    assert "3x8x8 → 4x8x8" in facts(two.replace("conv", "co^nv"))


def test_a_line_of_a_block_is_all_its_uses() -> None:
    text = BLOCKS.replace("basic(w, 1)\n", "")
    assert facts(text.replace("inner = conv", "inner = co^nv")) == (
        "3x8x8 → 16x8x8, 16x8x8 → 16x8x8  \n"
        "params 720 to 2,768  \n"
        "MACs 44,032 to 175,104\n\n"
        "open:\n\n- `residual1.basic1.k`: 1 of 2"
    )
    assert facts(text.replace("basic(p", "ba^sic(p")).startswith("3x8x8 → 16x8x8  \nparams 448  \nMACs 27,648")
    assert "→" not in facts(text.replace("block basic", "bl^ock basic"))


def test_of_choices_what_is_left_costs() -> None:
    choice = facts(SHARED.replace("choose:", "cho^ose:"))
    assert choice.startswith("3x8x8 → 16x8x8, 16x8x8 → 16x8x8, 16x8x8 → 8x8x8  \nparams ")
    assert "- `cell.choose1.choice`: 1 of 2" in choice
    assert " to 0  \n" in facts(SHARED.replace("path: conv filters 1x1", "pa^th: conv filters 1x1"))
    assert "- `cell.optional1.present`: 1 of 2" in facts(SHARED.replace("optional:", "opti^onal:"))
    depth = facts(SHARED.replace("repeat <", "rep^eat <"))
    assert "- `repeat1.count`: 1 of 3" in depth or "- `repeat2.count`: 1 of 3" in depth
