"""A slice of fuzzing in every run of the tests: mutations of valid files, 100,000 inputs in all.

Most of them go where an input costs least (lines of a body, diagnostics); `fuzz/run.py` is for long runs.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dasdsl.language.grammar import parsed_line
from dasdsl.language.syntax import Word
from dasdsl.language.written import spell
from dasdsl.operations.core.problems import Problem
from dasdsl.operations.core.values import Call
from fuzz.mutation import dice, mutated
from fuzz.seeds import seeds
from fuzz.targets import TARGETS

INPUTS = {"text": 500, "body": 1_000, "header": 4_000, "network": 300, "compiled": 1_500, "diagnostics": 42_700}
LINES = 50_000


@pytest.mark.parametrize("target", TARGETS)
def test_mutations_of_valid_inputs(target: str) -> None:
    thrown = dice(f"dasdsl {target}")
    found = [data.decode("utf-8", "surrogateescape")[:800] for data in seeds(target)]
    for _ in range(INPUTS[target]):
        TARGETS[target](mutated(thrown.choice(found), thrown).encode("utf-8", "surrogatepass"))


def test_mutations_of_lines() -> None:
    """A line is refused, or its values are spelt so that they read back as the same."""
    thrown = dice("dasdsl lines")
    lines = sorted({line.strip() for data in seeds("body") for line in data.decode().split("\n") if line.strip()})
    for _ in range(LINES):
        line = parsed_line(mutated(thrown.choice(lines)[:120], thrown))
        if isinstance(line, Problem):
            assert line.message()
            assert line.help()
            continue
        for item in line.clause.items:
            # a word, or the use of a block, is read by what stands before it
            if not isinstance(item, Word | Call):
                again = parsed_line(f"relu {spell(item)}")
                assert not isinstance(again, Problem)
                assert again.clause.items[1] == item


@pytest.mark.parametrize("target", ["text", "body", "header", "compiled", "diagnostics"])
@settings(max_examples=200)
@given(data=st.binary(max_size=400))
def test_any_bytes(target: str, data: bytes) -> None:
    TARGETS[target](data)
