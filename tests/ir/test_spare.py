"""Spare channels: which sources get them, and that everything else stays as it was."""

from __future__ import annotations

import pytest

from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.program import Program
from dasdsl.ir.spare import with_spare
from dasdsl.language import loads

HEAD = "---\ndas: 1\narchitecture: one\ninput: 4x8x8\n---\n"


def program(body: str) -> Program:
    return elaborate(loads(HEAD + body))


def sizes(found: Program | None) -> dict[str, int]:
    assert found is not None
    return {name: source.size for name, source in found.sources.items()}


TRIPLE = "conv filters 1x1 channels 6\nconv filters 1x1 channels 6 MORE\nconv filters 1x1 channels 6\n"
BLOCK = "    conv filters 3x3 channels 3\n    conv filters 3x3 channels WIDTH\n"
LAST = "conv filters 1x1 channels 2\n"

CASES = {
    "a chain": (
        TRIPLE.replace(" MORE", "") + "flatten\nlinear channels 5\nrelu\nlinear channels 2\n",
        {"input": 4, "conv1": 12, "conv2": 12, "conv3": 12, "linear1": 10, "linear2": 2},
    ),
    "what is added is as wide as what it is added to": (
        "conv filters 3x3 channels 6\nresidual:\n" + BLOCK.replace("WIDTH", "6") + LAST,
        {"input": 4, "conv1": 12, "residual1.conv1": 6, "residual1.conv2": 12, "conv2": 2},
    ),
    "what is added to the input stays": (
        "residual:\n" + BLOCK.replace("WIDTH", "4") + LAST,
        {"input": 4, "residual1.conv1": 6, "residual1.conv2": 4, "conv1": 2},
    ),
    "what is read by number is read whole": (
        TRIPLE.replace("MORE", "reads [0,3]") + LAST,
        {"input": 4, "conv1": 12, "conv2": 12, "conv3": 12, "conv4": 2},
    ),
    "what is read by number beside what stays, stays": (
        "concat:\n    path: identity\n    path: conv filters 1x1 channels 6\n"
        "conv filters 1x1 channels 6 reads [0,3,5]\n" + LAST,
        {"input": 4, "concat1.path2.conv1": 6, "conv1": 12, "conv2": 2},
    ),
    "blocks stay": (
        TRIPLE.replace("MORE", "groups 2") + LAST,
        {"input": 4, "conv1": 6, "conv2": 6, "conv3": 12, "conv4": 2},
    ),
    "patterns stay": (
        TRIPLE.replace("MORE", "groups [0,2 -> 0-2; 1-5 -> 3-5]") + LAST,
        {"input": 4, "conv1": 6, "conv2": 6, "conv3": 12, "conv4": 2},
    ),
    "what passes channels on passes more on": (
        TRIPLE.replace(" MORE", "") + "norm batch\nconv depthwise filters 3x3\n" + LAST,
        {"input": 4, "conv1": 12, "conv2": 12, "conv3": 12, "conv5": 2},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_inside_gets_more_channels(case: str) -> None:
    body, expected = CASES[case]
    before = program(body)
    after = with_spare(before, 2.0)
    assert sizes(after) == expected
    assert after is not None
    assert [node.name for node in after.nodes] == [node.name for node in before.nodes]
    assert [node.inputs for node in after.nodes] == [node.inputs for node in before.nodes]
    assert after.output.shape == before.output.shape


def test_there_may_be_no_place_for_any() -> None:
    assert with_spare(program("conv filters 3x3 channels 2\n"), 2.0) is None
    assert with_spare(program("residual: conv filters 3x3 channels 4\nflatten\nlinear channels 2\n"), 2.0) is None


@pytest.mark.parametrize("line", ["norm group 4", "shuffle 4"])
def test_what_has_to_divide_the_channels_is_never_broken(line: str) -> None:
    before = program(f"conv filters 1x1 channels 4\n{line}\nconv filters 1x1 channels 6\nconv filters 1x1 channels 2\n")
    after = with_spare(before, 1.5)
    assert after is None or sizes(after)["conv1"] in (4, 8)
    assert with_spare(before, 2.0) is not None
