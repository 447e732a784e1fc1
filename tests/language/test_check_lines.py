"""Bad snippets, many in a file: `# error: E103 at 14` beside a line says what is wrong with it, nothing else may be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dasdsl.diagnostics import DasError
from dasdsl.language import loads

FOLDER = Path(__file__).parent.parent / "golden" / "check"
EXPECTATION = re.compile(r"(?:# error:|,) (E\d+) at (\d+)")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.das")), ids=lambda path: path.stem)
def test_check_lines(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    expected = [
        (number, code, int(column))
        for number, line in enumerate(text.split("\n"), 1)
        for code, column in EXPECTATION.findall(line)
    ]
    with pytest.raises(DasError) as failure:
        loads(text)
    found = [(one.line, one.code, one.column) for one in failure.value.diagnostics]
    assert sorted(found) == sorted(expected)
