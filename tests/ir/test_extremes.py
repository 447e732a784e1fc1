"""The largest and the smallest architecture of a space, by hand and against random ones."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dasdsl.ir.branching import by_macs, by_params
from dasdsl.ir.closing import close
from dasdsl.ir.extremes import largest, smallest
from dasdsl.ir.program import Program
from dasdsl.operations.core.decisions import Outcomes
from tests.ir.texts import body_of, program


def extremes(body: str, shape: str = "4x8x8") -> tuple[list[str], list[str]]:
    found = program(body, shape)
    return body_of(close(found, smallest(found))), body_of(close(found, largest(found)))


def test_sides_counts_and_subsets() -> None:
    low, high = extremes(
        "conv filters <2..4>x3 channels<=8\nrelu\nconv filters 1x<1|3> channels <2|5>\nflatten\nlinear channels 3"
    )
    assert low == [
        "conv filters 2x3 channels 1",
        "relu",
        "conv filters 1x1 channels 2",
        "flatten",
        "linear channels 3",
    ]
    assert high == [
        "conv filters 4x3 channels 8",
        "relu",
        "conv filters 1x3 channels 5",
        "flatten",
        "linear channels 3",
    ]


def test_shapes_are_compared_by_their_taps() -> None:
    low, high = extremes("conv filters <3x3|1x7|2x2> channels 3")
    assert low == ["conv filters 2x2 channels 3"]
    assert high == ["conv filters 3x3 channels 3"]


def test_more_groups_are_smaller() -> None:
    low, high = extremes("conv filters 1x1 channels 8 groups <1|2|4>")
    assert low == ["conv filters 1x1 channels 8 groups 4"]
    assert high == ["conv filters 1x1 channels 8"]


def test_one_pattern_is_read_by_all_outputs() -> None:
    low, high = extremes("conv filters 1x1 channels 3 groups<=1")
    assert low == ["conv filters 1x1 channels 3 reads [0]"]
    assert high == ["conv filters 1x1 channels 3"]


def test_with_two_patterns_one_may_be_empty() -> None:
    low, high = extremes("conv filters 1x1 channels 3 groups<=2")
    assert low == ["conv filters 1x1 channels 3 groups [0 -> 0; none -> 1-2]"]
    assert high == ["conv filters 1x1 channels 3"]


def test_the_smallest_reads_no_constant() -> None:
    """Of `none -> 0` nothing would be left to read."""
    low, _ = extremes(
        "conv filters 1x1 channels 4 groups [0-2 -> 1; 0 -> 2-3; none -> 0]\nconv filters 1x1 channels 2 reads any"
    )
    assert low == ["conv filters 1x1 channels 1 reads [0]", "conv filters 1x1 channels 2"]


def test_the_smallest_of_patterns_upon_patterns() -> None:
    low, _ = extremes(
        "conv filters 1x1 channels 4 groups<=2\nconv filters 1x1 channels 4 groups<=2\nconv filters 1x1 channels 2"
    )
    assert low == [
        "conv filters 1x1 channels 1 reads [0]",
        "conv filters 1x1 channels 1",
        "conv filters 1x1 channels 2",
    ]


@pytest.mark.parametrize("choose", [smallest, largest])
def test_no_decision_is_left_out(choose: Callable[[Program], Outcomes]) -> None:
    found = program(
        "conv filters <1..3>x<3|5> channels<=6\nrelu\nconv filters <1x3|3x1> channels <2|4>\n"
        "conv filters 1x1 channels 4 groups<=2\nflatten\nlinear channels 2"
    )
    assert choose(found).keys() == {decision.name for decision in found.decisions}


def test_tied_channels_are_one_choice() -> None:
    """What is added is read together: the channel that costs least in both branches, of which one reads anything."""
    low, _ = extremes(
        "add:\n"
        "    path: conv filters 1x1 channels<=3 groups [0-3 -> 0; 0-1 -> 1; 0 -> 2]\n"
        "    path: conv filters 1x1 channels<=3 groups [none -> 2; 0 -> 1; 0-1 -> 0]\n"
        "conv filters 1x1 channels 2\n"
        "residual: conv filters <1|3>x1 channels 2 groups<=2"
    )
    assert low == [
        "add:",
        "    path: conv filters 1x1 channels 1 reads [0]",
        "    path: conv filters 1x1 channels 1 reads [0]",
        "conv filters 1x1 channels 2",
        "residual: conv filters 1x1 channels 2 groups [0 -> 0; none -> 1]",
    ]


def test_a_norm_over_all_channels_leaves_no_constants() -> None:
    low, _ = extremes(
        "conv filters 1x1 channels 4 groups [0 -> 1-2; none -> 0,3]\nnorm layer\n"
        "conv filters 1x1 channels 4 groups [0 -> 1-2; none -> 0,3]\nrelu\nconv filters 1x1 channels 4 reads any"
    )
    assert low[2] == "conv filters 1x1 channels 1 reads [0]"


def test_beside_what_the_output_needs_layers_read_nothing() -> None:
    """One of them keeps one connection, since a layer has at least one."""
    low, _ = extremes(
        "conv filters 1x1 channels 4\nadd:\n    path: identity\n    path: conv filters 3x3 channels 4 reads any\n"
        "conv filters 1x1 channels 2"
    )
    assert low[3] == "    path: conv filters 3x3 channels 4 groups [0 -> 0; none -> 1-3]"


def test_of_two_branches_the_cheaper_one_reads() -> None:
    low, _ = extremes(
        "add:\n    path: conv filters 1x1 channels 4 reads any\n"
        "    path: conv filters 3x3 channels 4 reads any\nconv filters 1x1 channels 2"
    )
    assert low[1:3] == [
        "    path: conv filters 1x1 channels 4 reads [0]",
        "    path: conv filters 3x3 channels 4 groups [0 -> 0; none -> 1-3]",
    ]


def test_what_is_read_anyway_is_enough() -> None:
    low, _ = extremes(
        "concat:\n    path: conv filters 1x1 channels 2\n    path: conv filters 1x1 channels<=3\n"
        "conv filters 1x1 channels 2"
    )
    assert low == ["conv filters 1x1 channels 2", "conv filters 1x1 channels 2"]


# ---- branches and depths ---------------------------------------------------------------------------------------------


def test_an_absent_edge_is_the_smallest_where_another_is_left() -> None:
    edge = "    path:\n        choose:\n            path: zero\n            path: conv filters {0}x{0} channels 4"
    low, high = extremes(f"add:\n{edge.format(1)}\n{edge.format(3)}\nconv filters 1x1 channels 2")
    assert low == ["conv filters 1x1 channels 4", "conv filters 1x1 channels 2"]
    assert high[:3] == ["add:", "    path: conv filters 1x1 channels 4", "    path: conv filters 3x3 channels 4"]


def test_a_choice_in_what_is_absent_does_not_count() -> None:
    """Its zero would cost nothing, but would leave nothing where it stands in what is there."""
    low, _ = extremes(
        "optional:\n    choose:\n        path: conv filters 3x3 channels 4\n        path: zero\n"
        "conv filters 1x1 channels 2"
    )
    assert low == ["conv filters 1x1 channels 2"]


def test_of_branches_that_cost_nothing_one_reads_the_input() -> None:
    low, high = extremes("choose:\n    path: zero\n    path: relu\nconv filters 1x1 channels 2")
    assert low == high == ["relu", "conv filters 1x1 channels 2"]


def test_params_and_macs_may_have_extremes_of_their_own() -> None:
    """A layer behind a pool has more params and fewer MACs."""
    space = program(
        "choose:\n    path: conv filters 1x1 channels 8\n    path:\n        pool max 2\n"
        "        conv filters 3x3 channels 8\n        upsample 2\nconv filters 1x1 channels 2"
    )
    assert close(space, smallest(space, by_params)).cost.params == 4 * 8 + 8 + 18
    assert close(space, smallest(space, by_macs)).cost.macs == min(64 * 32, 16 * 288) + 64 * 16
    assert close(space, largest(space, by_macs)).cost.macs == 16 * 288 + 64 * 16


def test_the_largest_and_the_smallest_depth() -> None:
    low, high = extremes("repeat <2..3>: conv filters 3x3 channels 4\noptional: relu\nconv filters 1x1 channels 2")
    assert low[0] == "repeat 2: conv filters 3x3 channels 4"
    assert high[:2] == ["repeat 3: conv filters 3x3 channels 4", "relu"]
