"""What may stand at a place."""

from __future__ import annotations

import pytest

from dasdsl.language import Search
from dasdsl.language.header.model import READERS
from dasdsl.language.words import statements
from dasdsl.lsp.completing import Completions, complete
from dasdsl.operations.core.fields import REQUIRED
from tests.lsp.texts import BLOCKS, BRANCHES, HEAD, marked


def found(text: str) -> Completions:
    return complete(*marked(text))


def labels(text: str) -> list[str]:
    """What may stand, without whole examples."""
    return [item.label for item in found(text).items if item.kind != "snippet"]


PLAIN = [words for words in statements() if words != "path"]


@pytest.mark.parametrize("text", [HEAD + "^", HEAD + "con^", HEAD + "s = ^", BRANCHES + "^"])
def test_statements(text: str) -> None:
    assert set(PLAIN) <= set(labels(text))
    assert "path" not in labels(text)


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "residual: ^",
        HEAD + "block b(c):\n    ^",
        HEAD + "block b(c):\n    add:\n        path:\n            ^",
        HEAD + "repeat 3:\n    re^",
    ],
)
def test_in_a_block_no_block_is_defined(text: str) -> None:
    assert set(labels(text)) == set(PLAIN) - {"block", "shared block"}


@pytest.mark.parametrize(
    "text", [HEAD + "add:\n    ^", HEAD + "add:\n    path: relu\n    pa^\n", HEAD + "add: ^", HEAD + "x = mul:\n  ^"]
)
def test_in_a_block_of_paths_only_paths_stand(text: str) -> None:
    assert labels(text) == ["path"]


@pytest.mark.parametrize(
    "text", [HEAD + "add:\n    path:\n        ^", HEAD + "add:\n    path: ^", HEAD + "add:\n    path: relu\n^"]
)
def test_in_a_path_any_statement_stands(text: str) -> None:
    assert "relu" in labels(text)
    assert "path" not in labels(text)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("norm ^", ["batch", "group", "instance", "layer", "position"]),
        ("norm ba^", ["batch", "group", "instance", "layer", "position"]),
        ("conv ^", ["depthwise", "filters", "channels", "stride", "dilation", "pad", "groups", "bias", "reads"]),
        ("conv filters ^", ["p", "w"]),
        ("conv filters 3x^", ["p", "w"]),
        ("conv filters <1|^", ["p", "w"]),
        ("conv channels 4*^", ["p", "w"]),
        ("conv channels<=^", ["p", "w"]),
        ("conv filters 3x3 channels 4 bias off ^", ["stride", "dilation", "pad", "groups", "reads"]),
        ("conv filters 3x3 channels 4 pad ^", ["same", "valid", "p", "w"]),
        ("linear channels 4 bias ^", ["on", "off"]),
        ("linear channels 4 reads ^", ["all", "any", "p", "w"]),
        ("linear channels 4 reads [^", []),
        ("upsample ^", ["p", "w"]),
        ("upsample 2 ^", ["nearest", "linear"]),
        ("upsample 2 linear ^", []),
        ("pool global ^", ["avg", "max"]),
        ("relu ^", []),
        ("relu # ^", []),
        ("nothing ^", []),
    ],
)
def test_behind_words(line: str, words: list[str]) -> None:
    assert labels(HEAD + line) == words


def test_labels_that_can_be_seen() -> None:
    assert labels(BRANCHES.replace("from stem", "from ^")) == ["stem"]
    assert labels(BRANCHES.replace("path: identity", "path from ^")) == ["stem"]
    assert labels(BLOCKS.replace("from inner", "from ^")) == ["inner"]


def test_names_of_a_block_are_its_parameters_too() -> None:
    assert labels(BLOCKS.replace("4*c", "4*^")) == ["p", "w", "c", "k"]
    assert labels(BLOCKS.replace("basic(p", "basic(^")) == ["p", "w"]


def test_uses_of_blocks() -> None:
    block = next(item for item in found(BLOCKS + "^").items if item.kind == "block")
    assert (block.label, block.text, block.snippet) == ("basic(c, k)", "basic(${1:c}, ${2:k})", True)
    assert not [item for item in found(BLOCKS.replace("    inner", "    ^inner")).items if item.kind == "block"]


def test_what_is_replaced_is_the_part_of_the_word() -> None:
    span = found(HEAD + "    con^v filters").span
    assert (span.line, span.column, span.end_column) == (7, 5, 8)


@pytest.mark.parametrize("words", [words for words in PLAIN if any(f.default is REQUIRED for f in statements()[words])])
def test_every_statement_that_needs_more_than_its_words_has_an_example(words: str) -> None:
    example = next(item for item in found(HEAD + "^").items if item.kind == "snippet" and item.label.startswith(words))
    assert example.snippet
    assert example.page.startswith(f"**{words}**")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("dropout", "dropout ${1:0.2}"),
        ("residual", "residual: conv filters ${1:3x3} channels ${2:4}"),
        ("block", "block ${1:body(c)}:\n    conv filters ${2:3x3} channels ${3:c}\n    relu"),
        ("pool global", "pool global avg"),
    ],
)
def test_examples_have_places_to_fill_in(words: str, text: str) -> None:
    items = [item for item in found(HEAD + "^").items if item.kind == "snippet" and item.label.startswith(words)]
    assert items[0].text == text


def test_documentation_comes_along() -> None:
    items = {item.label: item for item in found(HEAD + "conv ^").items}
    assert items["stride"].page.startswith("`stride`: The step over space")
    assert items["depthwise"].page.startswith("**conv depthwise**")


# ---- header ----------------------------------------------------------------------------------------------------------


def test_an_empty_text_gets_a_header() -> None:
    assert [(item.label, item.snippet) for item in found("^").items] == [("---", True)]
    assert [item.label for item in found("\n\n^").items] == ["---"]


@pytest.mark.parametrize("text", ["---\n^", "---\nda^", "---\n^\n---\nrelu\n"])
def test_keys_of_a_header(text: str) -> None:
    assert labels(text) == list(READERS)


@pytest.mark.parametrize("text", ["---\nsearch: {^}\n---\n", "---\nsearch:\n  ^\n---\n", "---\nsearch: {ga^"])
def test_keys_of_the_settings(text: str) -> None:
    assert labels(text) == list(Search.model_fields)


def test_keys_that_are_written_are_not_offered() -> None:
    assert "seed" not in labels("---\nsearch: {seed: 1, ^}\n---\n")
    assert "gamma" in labels("---\nsearch: {seed: 1, ^}\n---\n")
    assert "das" not in labels("---\ndas: 1\n^\n---\n")


@pytest.mark.parametrize("text", ["---\nspace: ^\n---\n", "---\nsearch: {seed: ^}\n---\n", "---\nnothing:\n  ^\n---\n"])
def test_values_of_keys_are_not_guessed(text: str) -> None:
    assert labels(text) == []
