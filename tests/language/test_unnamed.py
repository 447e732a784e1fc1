"""A value without the word of its field: one problem, which says what it was likely meant to be."""

from __future__ import annotations

import pytest

from dasdsl.language.reading import examine

HEAD = "---\ndas: 1\nspace: a\ninput: 3x8x8\n---\n"


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("conv 3x3 channels 4", ["filters 3x3"]),
        ("conv <1..3>x3 channels<=4", ["filters <1..3>x3"]),
        ("conv 3x3 4", ["filters 3x3", "channels 4"]),
        ("conv 4 3x3", ["channels 4", "filters 3x3"]),
        ("conv 16 filters 3x3", ["channels 16"]),
        ("conv 5 channels 3", ["filters 5"]),
        ("linear 10", ["channels 10"]),
    ],
)
def test_it_is_what_has_to_be_there(line: str, meant: list[str]) -> None:
    _, problems = examine(HEAD + line + "\n")
    assert [problem.code for problem in problems] == ["E056"] * len(meant)
    assert [problem.help for problem in problems] == [f"did you mean `{one}`?" for one in meant]


def test_where_all_is_there_it_may_be_any_other() -> None:
    _, (problem,) = examine(HEAD + "conv filters 3x3 channels 4 stride 2 2\n")
    assert problem.help.startswith("say which field it is: `dilation`")
