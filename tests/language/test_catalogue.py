"""Every code of the catalogue comes out of its own example, at a place, with something to do about it."""

from __future__ import annotations

import pytest

from dasdsl.ir.cataloguing import catalogue
from dasdsl.ir.examining import examined
from dasdsl.language import render
from dasdsl.operations.core.problems import Problem, catalogued

CATALOGUE = catalogue()


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_the_example_provokes_the_code(code: str) -> None:
    kind = CATALOGUE[code]
    found = [one for one in examined(kind.example, "example.das") if one.code == code]
    assert found
    assert kind.__doc__ is not None
    first = found[0]
    assert first.line is not None
    assert first.help
    assert first.message[0].islower() or not first.message[0].isalpha()
    assert not first.message.endswith(".")
    assert f"[{code}]" in render([first], {"example.das": kind.example})


def test_a_code_has_one_meaning() -> None:
    class Another(Problem):
        code = "E001"
        example = ""

    with pytest.raises(ValueError, match="E001"):
        catalogued(Another)
