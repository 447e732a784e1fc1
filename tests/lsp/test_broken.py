"""Whatever is written, the answer is an answer: editors ask about texts that are being written."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dasdsl.language import Space
from dasdsl.lsp.completing import complete
from dasdsl.lsp.documents import Document
from dasdsl.lsp.facts import costs_of
from dasdsl.lsp.hovering import hover
from dasdsl.lsp.outlining import outline
from dasdsl.lsp.places import Place
from dasdsl.lsp.renaming import CannotRename, rename
from dasdsl.lsp.symbols import symbols_of
from tests.language.test_hostile import HOSTILE
from tests.lsp.texts import BLOCKS, BRANCHES
from tests.strategies import spaces

SCRAPS = [
    *("", "(", "<", "[", ":", "\n", "    ", "#", "---\n", "\t", "é🙂", "\r\n", "\ufeff"),
    *("=", "block b(", "from ", "x", "<=", "1..", "{"),
]


def ask_all(text: str, place: Place) -> None:
    """Ask everything."""
    document = Document(text)
    outline(document)
    symbols_of(document).at(place)
    for item in complete(document, place).items:
        assert item.label
    hover(document, place, costs_of(document))
    with suppress(CannotRename):
        rename(document, place, "other")


@given(spaces(), st.data())
@settings(max_examples=30)
def test_a_text_with_a_piece_torn_out(space: Space, data: st.DataObject) -> None:
    text = str(space)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 20)))
    torn = text[:start] + data.draw(st.sampled_from(SCRAPS)) + text[end:]
    lines = torn.split("\n")
    line = data.draw(st.integers(1, len(lines)))
    ask_all(torn, Place(line, data.draw(st.integers(1, len(lines[line - 1]) + 1))))


@pytest.mark.parametrize("text", [BRANCHES, BLOCKS])
def test_a_text_as_it_is_typed(text: str) -> None:
    for end in range(len(text)):
        before = text[:end]
        ask_all(before, Place(before.count("\n") + 1, len(before) - before.rfind("\n")))


@given(st.text(), st.integers(-1, 5), st.integers(-1, 30))
def test_any_text(text: str, line: int, column: int) -> None:
    ask_all(text, Place(line, column))


@pytest.mark.parametrize("name", [name for name in sorted(HOSTILE) if len(HOSTILE[name]) < 200_000])
def test_hostile_texts(name: str) -> None:
    ask_all(HOSTILE[name], Place(7, 10))
