"""The uses of a block share what they say alike, and nothing else."""

from __future__ import annotations

import pytest

from dasdsl.ir.examining import examined
from dasdsl.ir.resolving import Resolving
from dasdsl.language import limits
from tests.ir.texts import program

BLOCK = "block layer(c):\n    conv filters 3x3 channels c\n    relu\n"


def test_uses_with_equal_arguments_share_an_operation_and_others_do_not() -> None:
    found = program(BLOCK + "layer(4)\nlayer(4)\nlayer(5)\nflatten\nlinear channels 2\n")
    first, second, third = (found[f"layer{number}.conv1"].op for number in (1, 2, 3))
    assert first is second
    assert (first.produces, third.produces) == (4, 5)
    # nothing in it says a number
    assert found["layer1.relu1"].op is found["layer3.relu1"].op


def test_shared_operations_have_the_shapes_of_where_they_stand() -> None:
    found = program(BLOCK + "layer(4)\npool max 2\nlayer(4)\nflatten\nlinear channels 2\n")
    assert found["layer1.conv1"].op is found["layer2.conv1"].op
    assert found["layer1.conv1"].shape == (4, 8, 8)
    assert found["layer2.conv1"].shape == (4, 4, 4)
    assert found["layer1.conv1"].cost.macs == 4 * found["layer2.conv1"].cost.macs


def test_open_arguments_are_decisions_of_each_use() -> None:
    found = program(BLOCK + "layer(<2|4>)\nlayer(<2|4>)\nflatten\nlinear channels 2\n")
    assert [decision.name for decision in found.decisions] == ["layer1.c", "layer2.c"]


def test_a_problem_is_told_with_the_use_that_has_it() -> None:
    text = "---\ndas: 1\nspace: a\ninput: 4x8x8\n---\n" + "block layer(c):\n    conv filters 3x3 channels 12/c\n"
    found = examined(text + "layer(4)\nlayer(5)\nflatten\nlinear channels 2\n", "a.das")
    assert [(one.code, one.line, one.notes) for one in found] == [("E071", 7, ("in `layer(5)` on line 9",))]


@pytest.mark.parametrize(("uses", "codes"), [(0.99, []), (1.0, ["E082"])])
def test_what_uses_expand_to_is_counted_for_each_of_them(uses: float, codes: list[str]) -> None:
    """The work is done once, but a text that is refused for its size still is."""
    number = int(uses * limits.EXPANSION / 512)
    body = "block layer(c):\n    conv filters <1..256>x<1..256> channels c\n" + f"repeat {number}: layer(1)\n"
    found = examined(f"---\ndas: 1\nspace: a\ninput: 1x1x1\n---\n{body}flatten\nlinear channels 2\n", "a.das")
    assert [one.code for one in found] == codes


def test_names_that_a_statement_does_not_mention_are_no_part_of_what_it_is() -> None:
    statement = program("conv filters 3x3 channels 4\nflatten\nlinear channels 2\n").nodes[0].statement
    resolving = Resolving()
    assert resolving.of(statement, {"c": 1}) is resolving.of(statement, {"c": 2})
