"""The grammar of TextMate, run by the library that Visual Studio Code runs it with."""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings

from dasdsl.language import Space
from dasdsl.language.words import reserved, statements, words_of
from dasdsl.operations.core.operation import registry
from tests.strategies import spaces

ROOT = Path(__file__).parents[2]
EXTENSION = ROOT / "editors" / "vscode"
SPACES = [*sorted((ROOT / "spaces").glob("*.das")), ROOT / "docs" / "examples" / "untidy.das"]
HEADER = "---\ndas: 1\n---\n"

Tokens = list[tuple[str, str]]
"""What is coloured, each with its innermost scope without the name of the language."""

MISSING = [
    what
    for what, there in (
        ("node is not installed", shutil.which("node") is not None),
        (
            "the modules are not: npm ci --prefix editors/vscode",
            (EXTENSION / "node_modules" / "vscode-textmate").exists(),
        ),
    )
    if not there
]
needs_node = pytest.mark.skipif(bool(MISSING), reason="; ".join(MISSING))


def tokenised(texts: list[str]) -> list[Tokens]:
    """The texts, each as words with scopes."""
    command = ["node", str(ROOT / "tests" / "editors" / "tokenise.js"), str(EXTENSION)]
    done = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=True)
    found = [[(text, scopes) for text, scopes in tokens if text.strip()] for tokens in json.loads(done.stdout)]
    return [[(text, scopes[-1].removesuffix(".dasdsl") if scopes else "") for text, scopes in one] for one in found]


@cache
def lines() -> tuple[str, ...]:
    """A line for every word that can stand somewhere."""
    found: list[str] = []
    for words, table in statements().items():
        found.append(words)
        for field in table:
            shown = f"{words} {field.name}" if field.keyword else words
            found += [shown, *(f"{shown} {word}" for word in words_of(field))]
    return tuple(found)


@needs_node
@pytest.mark.parametrize("path", SPACES, ids=lambda path: path.stem)
def test_nothing_in_a_file_is_without_a_scope(path: Path) -> None:
    (tokens,) = tokenised([path.read_text(encoding="utf-8")])
    assert [text for text, scope in tokens if not scope] == []


@needs_node
@given(spaces())
@settings(max_examples=5)
def test_nothing_in_a_space_is_without_a_scope(space: Space) -> None:
    (tokens,) = tokenised([str(space).split("\n---\n", 1)[1]])
    assert [text for text, scope in tokens if not scope] == []


@needs_node
def test_every_word_of_the_language_is_coloured() -> None:
    coloured: dict[str, set[str]] = {}
    for line, tokens in zip(lines(), tokenised([f"{line}\n" for line in lines()]), strict=True):
        for text, scope in tokens:
            coloured.setdefault(text, set()).add(scope)
            assert scope in ("keyword.control", "support.type.property-name", "constant.language"), (line, text, scope)
    assert coloured.keys() >= reserved() - {"x", "choose", "optional", "repeat", "block", "shared"}


@needs_node
def test_what_a_part_is() -> None:
    expected = {
        "stem = conv depthwise filters 3xk": [
            ("stem", "entity.name.label"),
            ("=", "keyword.operator.assignment"),
            ("conv", "keyword.control"),
            ("depthwise", "keyword.control"),
            ("filters", "support.type.property-name"),
            ("3", "constant.numeric"),
            ("x", "keyword.operator.word"),
            ("k", "variable.other"),
        ],
        "path from stem: upsample 2 linear # conv": [
            ("path", "keyword.control"),
            ("from", "support.type.property-name"),
            ("stem", "entity.name.label"),
            (":", "punctuation.separator"),
            ("upsample", "keyword.control"),
            ("2", "constant.numeric"),
            ("linear", "constant.language"),
            ("# conv", "comment.line.number-sign"),
        ],
        "    residual: body(4)": [
            ("residual", "keyword.control"),
            (":", "punctuation.separator"),
            ("body", "entity.name.function"),
            ("(", "punctuation.section"),
            ("4", "constant.numeric"),
            (")", "punctuation.section"),
        ],
        "shared block cell(a):": [
            ("shared", "keyword.control"),
            ("block", "keyword.control"),
            ("cell", "entity.name.function"),
            ("(", "punctuation.section"),
            ("a", "variable.other"),
            (")", "punctuation.section"),
            (":", "punctuation.separator"),
        ],
        "linear channels<=4*c groups [0-5 -> 1; none -> 2]": [
            ("linear", "keyword.control"),
            ("channels", "support.type.property-name"),
            ("<=", "keyword.operator"),
            ("4", "constant.numeric"),
            ("*", "keyword.operator"),
            ("c", "variable.other"),
            ("groups", "support.type.property-name"),
            ("[", "punctuation.section"),
            ("0", "constant.numeric"),
            ("-", "keyword.operator"),
            ("5", "constant.numeric"),
            ("->", "keyword.operator"),
            ("1", "constant.numeric"),
            (";", "punctuation.separator"),
            ("none", "keyword.operator.word"),
            ("->", "keyword.operator"),
            ("2", "constant.numeric"),
            ("]", "punctuation.section"),
        ],
    }
    assert dict(zip(expected, tokenised(list(expected)), strict=True)) == expected


@needs_node
def test_the_header_is_yaml_and_ends() -> None:
    (tokens,) = tokenised(["# above\n---\nspace: a\ndata: {from: 'conv'}\n---\nrelu\n"])
    assert [text for text, scope in tokens if scope == "punctuation.definition.header"] == ["---", "---"]
    assert [text for text, scope in tokens if scope == "string.yaml"] == ["space:", "a", "data:", "from:", "'conv'"]
    assert tokens[-1] == ("relu", "keyword.control")
    assert tokens[0] == ("# above", "comment.line.number-sign")


@needs_node
def test_every_example_is_coloured() -> None:
    examples = [operation.example for operation in registry().values()]
    for example, tokens in zip(examples, tokenised(examples), strict=True):
        assert tokens[0] == (example.split()[0].removesuffix(":"), "keyword.control")
        assert [text for text, scope in tokens if not scope] == []
