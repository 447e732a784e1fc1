"""Goldens of the formatter: input, a line `# output`, result; without that line nothing changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from dasdsl.language import format as formatted
from dasdsl.language import loads, print_space
from dasdsl.operations.core.operation import Operation, registry

FOLDER = Path(__file__).parent.parent / "golden" / "format"
MARK = "# output\n"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.das")), ids=lambda path: path.stem)
def test_golden(path: Path, pytestconfig: pytest.Config) -> None:
    before, mark, expected = path.read_text(encoding="utf-8").partition(MARK)
    after = formatted(before)
    if pytestconfig.getoption("--update-golden") and after != (expected if mark else before):
        path.write_text(before + MARK + after, encoding="utf-8")
    else:
        assert after == (expected if mark else before)
    assert formatted(after) == after
    assert loads(print_space(loads(before))) == loads(before)


def test_line_ends_and_a_byte_order_mark_are_made_uniform() -> None:
    assert formatted("\ufeff---\r\ndas: 1\r\nspace: a\r\ninput: 3\r\n---\r\nrelu") == (
        "---\ndas: 1\nspace: a\ninput: 3\n---\nrelu\n"
    )


@pytest.mark.parametrize("operation", registry().values(), ids=registry())
def test_the_example_of_every_statement_can_be_formatted(operation: type[Operation]) -> None:
    text = f"---\ndas: 1\nspace: a\ninput: 4x8x8\n---\n{operation.example}\n"
    assert formatted(formatted(text)) == formatted(text)
    assert loads(text).body[0].words == operation.words
