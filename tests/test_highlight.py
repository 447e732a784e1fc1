"""The lexer of Pygments."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygments.lexers import get_lexer_by_name, get_lexer_for_filename, guess_lexer
from pygments.token import Comment, Error, Keyword, Name, Number, Operator, _TokenType

from dasdsl.highlight import DasLexer
from dasdsl.language import Space
from dasdsl.language.words import SEPARATORS, reserved
from dasdsl.operations.core.operation import registry
from tests.strategies import spaces

FILES = [*sorted(Path("spaces").glob("*.das")), *sorted(Path("docs/examples").glob("*.das"))]
PARTS = [
    *("---\n", "conv ", "norm", " batch", "\n", "    ", "stem = ", "<1..5>", "x", "#", "é", "\r", "[0-5 -> 1]"),
    *(": ", "$", "block b(c):", "define: {w: <1|2>}\n", "🙂"),
]


def lexed(text: str) -> list[tuple[_TokenType, str]]:
    return [(kind, value) for _, kind, value in DasLexer().get_tokens_unprocessed(text) if value]


def kind_of(text: str, word: str) -> _TokenType:
    """The kind of the last token that is this word."""
    return [kind for kind, value in lexed(text) if value == word][-1]


def test_pygments_finds_it() -> None:
    assert isinstance(get_lexer_by_name("dasdsl"), DasLexer)
    assert isinstance(get_lexer_for_filename("a.das"), DasLexer)
    assert isinstance(guess_lexer(Path("spaces/digits.das").read_text(encoding="utf-8")), DasLexer)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_nothing_in_a_file_is_unknown(path: Path) -> None:
    assert [value for kind, value in lexed(path.read_text(encoding="utf-8")) if kind is Error] == []


@given(spaces())
def test_nothing_in_a_space_is_unknown(space: Space) -> None:
    tokens = lexed(str(space))
    assert "".join(value for _, value in tokens) == str(space)
    body = str(space).split("\n---\n", 1)[1]
    assert [value for kind, value in lexed(body) if kind is Error] == []


@given(st.text() | st.lists(st.sampled_from(PARTS)).map("".join))
def test_the_text_stays_as_it_is(text: str) -> None:
    assert "".join(value for _, value in lexed(text)) == text


@pytest.mark.parametrize("words", sorted(registry()))
def test_every_example_is_coloured(words: str) -> None:
    tokens = lexed(registry()[words].example + "\n")
    assert [value for kind, value in tokens if kind is Keyword][: len(words.split())] == words.split()
    assert [value for kind, value in tokens if kind is Error] == []


@pytest.mark.parametrize("word", sorted(reserved() - SEPARATORS))
def test_no_word_of_the_language_is_taken_for_a_name(word: str) -> None:
    start = next((words.split()[0] for words in registry() if words.split()[1:] == [word]), "")
    shown = f"{start} {word}\n" if start else f"{word}\n"
    assert kind_of(shown, word) in (Keyword, Name.Attribute, Keyword.Constant)


@pytest.mark.parametrize(
    ("text", "word", "kind"),
    [
        ("stem = relu\n", "stem", Name.Label),
        ("path from stem: relu\n", "stem", Name.Label),
        ("path from stem: relu\n", "relu", Keyword),
        ("upsample 2 linear\n", "linear", Keyword.Constant),
        ("linear channels 2\n", "linear", Keyword),
        ("block basic(c):\n", "basic", Name.Function),
        ("residual: basic(64)\n", "basic", Name.Function),
        ("conv filters 3x3 channels 4*c\n", "c", Name.Variable),
        ("conv filters 3x3 channels 4\n", "x", Operator.Word),
        ("conv filters k x k channels 4\n", "x", Operator.Word),
        ("conv filters kxk channels 4\n", "kxk", Name.Variable),
        ("conv filters <1..9 by 2>x1 channels 4\n", "by", Operator.Word),
        ("leaky 0.1\n", "0.1", Number),
        ("channels<=4\n", "<=", Operator),
        ("relu # conv\n", "# conv", Comment.Single),
        ("---\nspace: a\n---\nrelu\n", "relu", Keyword),
        ("---\nspace: relu\n---\n", "space", Name.Tag),
    ],
)
def test_what_a_part_is(text: str, word: str, kind: _TokenType) -> None:
    assert kind_of(text, word) is kind
