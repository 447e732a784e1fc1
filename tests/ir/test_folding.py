"""Closed texts as files: a space, the outcomes that are not the largest, and what comes out below `# output`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dasdsl.ir.closing import close
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.extremes import largest
from dasdsl.language.reading import loads
from dasdsl.operations.core.decisions import Outcomes

FOLDER = Path(__file__).parent.parent / "golden" / "close"
OUTPUT = "# output\n"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.das")), ids=lambda path: path.stem)
def test_what_comes_back(path: Path, request: pytest.FixtureRequest) -> None:
    text, _, expected = path.read_text(encoding="utf-8").partition(OUTPUT)
    space = elaborate(loads(text))
    told = json.loads(text.split("\n")[0].removeprefix("# outcomes: "))
    given: Outcomes = {name: tuple(one) if isinstance(one, list) else one for name, one in told.items()}
    outcomes = largest(space) | given
    assert outcomes.keys() == largest(space).keys()
    found = close(space, outcomes).space
    body = str(found).split("---\n", 2)[2]
    if request.config.getoption("--update-golden"):
        path.write_text(text + OUTPUT + body, encoding="utf-8")
    else:
        assert body == expected
    again = close(elaborate(loads(str(found))), {})
    assert again.space.body == found.body
