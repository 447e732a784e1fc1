"""What does not fit together in a network (codes E1xx, W301), at its place, all of it at once."""

from __future__ import annotations

import pytest

from dasdsl.diagnostics import DasError
from dasdsl.ir.cataloguing import catalogue
from dasdsl.ir.elaborate import elaborate
from dasdsl.language.reading import loads
from tests.ir.texts import program

# shape of the input, statement, code, and the column that the caret stands at
FAULTS = [
    ("4x8x8", "dropout 1", "E101", 9),
    ("4x8x8", "pool max 3 pad 3", "E101", 16),
    ("4x8x8", "pool max 3 pad 1/-1", "E101", 16),
    ("4x8x8", "pool avg 3 pad 1x1x1", "E103", 16),
    ("4x8x8", "pool avg 9", "E101", 10),
    ("16", "conv filters 3x3 channels 4", "E102", 1),
    ("16", "pool max 2", "E102", 1),
    ("16", "pool global avg", "E102", 1),
    ("16", "norm instance", "E102", 1),
    ("4x8x8", "conv filters <1..5> channels 4", "E103", 14),
    ("4x8x8", "conv filters 3x3x3 channels 4", "E103", 14),
    ("4x8", "conv filters <3x3|1x1> channels 4", "E103", 14),
    ("4x8x8", "conv filters 3x3 channels 4 stride 2x2x2", "E103", 36),
    ("4x8x8", "conv filters 3x3 channels 4 dilation 1x2x1", "E103", 38),
    ("4x8x8", "conv filters 3x3 channels 4 pad 1/1 x 1/1 x 0/1", "E103", 33),
    ("4x8x8", "pool max 2x2x2", "E103", 10),
    ("4x8x8", "linear channels 2", "E104", 1),
    ("4x3x3", "conv filters 5x5 channels 4 pad valid", "E105", 14),
    ("4x8x8", "conv filters 3x3 channels 4 pad -3", "E105", 14),
    ("4x8x8", "conv filters 3x3 channels 4 dilation 4 pad valid", "E105", 14),
    ("4x8x8", "conv filters 3x3 channels 4 groups 3", "E106", 36),
    ("4x8x8", "conv filters 3x3 channels 6 groups 4", "E106", 36),
    ("4x8x8", "conv filters 3x3 channels <4|6> groups 4", "E106", 40),
    ("4x8x8", "conv filters 3x3 channels 8 groups <1|2|3>", "E106", 36),
    ("4x8x8", "norm group 3", "E106", 12),
    ("4x8x8", "residual: conv filters 3x3 channels 5", "E112", 1),
    ("4x8x8", "add:\n    path: pool max 2\n    path: relu", "E112", 1),
    ("4x8x8", "concat:\n    path: pool max 2\n    path: relu", "E112", 1),
    ("4x8x8", "mul:\n    path: pool max 2\n    path: relu", "E112", 1),
    ("4x8x8", "conv filters 3x3 channels 2 reads [0-4]", "E107", 35),
    ("4x8x8", "conv filters 3x3 channels 2 groups [0-4 -> 0-1]", "E107", 36),
    ("4x8x8", "conv filters 3x3 channels 2 groups [0-3 -> 0-2]", "E107", 36),
    ("4x8x8", "conv filters 3x3 channels 2 groups [0-3 -> 0]", "E108", 36),
    ("4x8x8", "conv filters 3x3 channels 2 groups [0-1 -> 0-1; 2-3 -> 1]", "E108", 36),
    ("4x8x8", "conv filters 3x3 channels 4 groups 2 reads any", "E109", 44),
    ("4x8x8", "conv filters 3x3 channels 4 groups<=2 reads [0]", "E109", 45),
    ("4x1x1", "norm instance", "E110", 1),
    ("1", "norm layer", "E110", 1),
    ("4", "norm position", "E102", 1),
    ("4x8x8", "norm layer eps 0", "E101", 16),
    ("4x8x8", "norm batch eps 1.5", "E101", 16),
    ("4x8x8", "norm group 2 eps -1", "E101", 18),
    ("1x8x8", "norm position", "E110", 1),
    ("4", "norm group 4", "E110", 1),
    ("4x1", "norm group 4", "E110", 1),
    ("4x8x8", "conv filters <3|1>x3 channels 4", "E111", 14),
    ("4x8x8", "slice 1 of 3", "E113", 12),
    ("4x8x8", "slice 3 of 2", "E114", 12),
    ("4x8x8", "slice [none]", "E114", 7),
    ("4x8x8", "slice [2-4]", "E107", 7),
]


@pytest.mark.parametrize(("shape", "statement", "code", "column"), FAULTS)
def test_faults(shape: str, statement: str, code: str, column: int) -> None:
    with pytest.raises(DasError) as caught:
        program(statement, shape)
    found = caught.value.diagnostics[0]
    assert (found.code, found.column, found.line, found.severity) == (code, column, 6, "error")
    assert found.help


def test_a_part_of_flattened_channels() -> None:
    with pytest.raises(DasError) as caught:
        program("flatten\nslice 1 of 2\nlinear channels 2")
    found = caught.value.diagnostics[0]
    assert (found.code, found.column, found.line) == ("E115", 7, 7)


def test_every_code_of_operations_is_among_them() -> None:
    codes = {code for code in catalogue() if code.startswith("E1")}
    assert codes == {code for _, _, code, _ in FAULTS} | {"E115"}


@pytest.mark.parametrize(
    ("shape", "statement"),
    [
        ("2", "norm layer"),
        ("1x2", "norm layer"),
        ("2x1", "norm position"),
        ("4", "norm group 2"),
        ("4x2", "norm group 4"),
        ("4x2x1", "norm instance"),
    ],
)
def test_two_values_can_be_normalised(shape: str, statement: str) -> None:
    assert program(statement, shape)


def test_all_faults_of_values_are_found_at_once() -> None:
    body = "conv filters <1..5> channels 4\nconv filters <3|1>x3 channels q\nlinear channels c/2\n"
    with pytest.raises(DasError) as caught:
        elaborate(loads(f"---\ndas: 1\nspace: a\ninput: 4x8x8\ndefine: {{c: 3}}\n---\n{body}"))
    assert [(found.code, found.line) for found in caught.value.diagnostics] == [("E111", 8), ("E070", 8), ("E071", 9)]


def test_shapes_are_said_in_full() -> None:
    with pytest.raises(DasError) as caught:
        program("conv filters 3x3 channels<=24 stride 2\nconv filters <1..5> channels 8", "3x66x200")
    found = caught.value.diagnostics[0]
    assert found.message == "`filters` has rank 1, but the input of this layer is 2-D (24x33x100)"


def test_names_of_layers_avoid_labels() -> None:
    space = program("conv1 = relu\nconv filters 1x1 channels 4\nrelu\nrelu1 = relu\ninput1 = identity")
    assert [node.name for node in space.nodes] == ["conv1", "conv2", "relu2", "relu1", "input1"]


@pytest.mark.parametrize(
    ("statement", "shape", "said"),
    [
        ("conv filters 5 channels 4", "4x8x8", "`filters 5x5`"),
        ("conv depthwise filters 3", "4x8x8x8", "`filters 3x3x3`"),
        ("conv filters <1..5> channels 4", "4x8x8", "`filters <1..5>x<1..5>`"),
    ],
)
def test_one_number_for_all_sides_is_said_for_each(statement: str, shape: str, said: str) -> None:
    with pytest.raises(DasError) as caught:
        program(statement, shape)
    assert said in str(caught.value.diagnostics[0].help)
