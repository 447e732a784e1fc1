"""Everything that is to be said about a text, however broken it is."""

from __future__ import annotations

import pytest

from dasdsl.ir.examining import examined

HEAD = "---\ndas: 1\nspace: a\ninput: 4x8x8\n---\nrelu\n"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("add:\n    pth: relu\n", ["E050"]),
        ("add:\n    path: relu ((\n", ["E022"]),
        ("residual:\n    rleu\n", ["E050"]),
        ("residual: rleu\n", ["E050"]),
        ("concat:\n    path: rleu\nconv filters 3 channels 4\n", ["E050"]),
    ],
)
def test_a_block_with_an_error_in_it_is_not_looked_at(text: str, codes: list[str]) -> None:
    assert [found.code for found in examined(HEAD + text, "a.das")] == codes


def test_what_stands_above_an_error_is() -> None:
    text = "conv filters 3 channels 4\nrelu\nadd:\n    pth: relu\n"
    assert [found.code for found in examined(HEAD + text, "a.das")] == ["E103", "E050"]


@pytest.mark.parametrize(
    "text", ["zero\n", "flatten\nlinear channels 2\nzero\n", "zero\nconv filters 1x1 channels 4\n"]
)
def test_a_network_of_zeros_ignores_its_input(text: str) -> None:
    assert [found.code for found in examined(HEAD + text, "a.das")] == ["E302"]


def test_a_branch_of_zeros_does_not() -> None:
    text = "add:\n    path: conv filters 1x1 channels 4\n    path: zero\n"
    assert examined(HEAD + text, "a.das") == []
