"""Outcomes → what is left of each layer, by hand (method: inverse pass, 2 to 6)."""

from __future__ import annotations

import itertools

import pytest

from dasdsl.ir.closing import close, dump
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.extremes import largest
from dasdsl.ir.liveness import Collapsed
from dasdsl.operations.core.decisions import Outcomes
from dasdsl.operations.core.values import Pattern
from tests.ir.texts import body_of, closed, program

THREE = "conv filters 1x1 channels<=4\nrelu\nconv filters 3x3 channels<=4\nrelu\nconv filters 1x1 channels 2"


# ---- liveness --------------------------------------------------------------------------------------------------------


def test_dead_channels_cascade() -> None:
    """conv3 reads one channel of conv2; of conv1 only what that one reads is left."""
    space = program(
        "conv filters 1x1 channels<=4\nrelu\nconv filters 3x3 channels<=4 groups<=2\nrelu\nconv filters 1x1 channels 2"
    )
    found = closed(space, conv2_groups=((0,), (1, 3), (0,), (0, 1, 2)), conv3_reads=(1,))
    assert found.layers["conv3"].inputs == (1,)
    assert found.layers["conv2"].outputs == (1,)
    assert found.layers["conv1"].outputs == (1, 3)
    assert body_of(found) == [
        "conv filters 1x1 channels 2",
        "relu",
        "conv filters 3x3 channels 1",
        "relu",
        "conv filters 1x1 channels 2",
    ]


def test_a_channel_stays_while_one_output_reads_it() -> None:
    space = program("conv filters 1x1 channels<=4\nconv filters 1x1 channels 3 groups<=2")
    found = closed(space, conv2_groups=((0,), (0, 3), (0,)))
    assert found.layers["conv1"].outputs == (0, 3)
    assert body_of(found)[1] == "conv filters 1x1 channels 3 groups [0 -> 0,2; 0-1 -> 1]"


def test_liveness_goes_through_elementwise_operations_and_pools() -> None:
    space = program(
        "conv filters 1x1 channels<=4\nnorm batch\nrelu\npool max 2\ndropout 0.5\nnorm instance\nflatten\n"
        "linear channels 2"
    )
    found = closed(space, linear1_reads=(1, 2))
    assert body_of(found)[0] == "conv filters 1x1 channels 2"
    assert found.kept["norm1"] == (1, 2)
    # a linear layer after `flatten` reads channels, each over all its positions
    assert found.layers["linear1"].inputs == (1, 2)
    # 4·2 + 2, norms 4 + 4, 2·16·2 + 2
    assert found.cost.params == 10 + 8 + 66


@pytest.mark.parametrize("layer", ["norm layer", "norm position", "norm group 2", "softmax"])
def test_what_reads_all_channels_pins_them(layer: str) -> None:
    space = program(f"conv filters 1x1 channels<=4\n{layer}\nconv filters 1x1 channels 3 reads any")
    assert [decision.name for decision in space.decisions] == ["conv2.reads"]
    warning = space.warnings[0]
    assert (warning.code, warning.severity, warning.line) == ("W301", "warning", 6)
    assert "reads all of them together" in warning.message
    assert warning.help == "all 4 stay; write `channels 4` to say so"
    found = closed(space, conv2_reads=(1,))
    assert body_of(found) == [
        "conv filters 1x1 channels 4",
        layer,
        "conv filters 1x1 channels 3 reads [1]",
    ]


def test_the_output_is_pinned() -> None:
    space = program("conv filters 1x1 channels<=4\nrelu")
    assert not space.decisions
    assert [warning.code for warning in space.warnings] == ["W301"]
    assert "the network's output" in space.warnings[0].message
    assert body_of(close(space, {})) == ["conv filters 1x1 channels 4", "relu"]


def test_an_open_count_that_is_pinned_warns_too() -> None:
    space = program("conv filters 1x1 channels <2|4>\nnorm layer\nconv filters 1x1 channels 2")
    assert not space.decisions
    assert [warning.code for warning in space.warnings] == ["W301"]


def test_groups_of_a_number_pin_what_they_read() -> None:
    space = program("conv filters 1x1 channels<=4\nconv filters 1x1 channels 4 groups 2")
    assert not space.decisions
    assert [warning.code for warning in space.warnings] == ["W301"]
    assert body_of(close(space, {})) == ["conv filters 1x1 channels 4", "conv filters 1x1 channels 4 groups 2"]


def test_the_input_is_never_cut() -> None:
    space = program("conv filters 1x1 channels 3 reads any")
    assert body_of(closed(space, conv1_reads=(0, 3))) == ["conv filters 1x1 channels 3 reads [0,3]"]


@pytest.mark.parametrize(
    ("reads", "layer"),
    [({"conv2_reads": (), "conv3_reads": (0,)}, "conv2"), ({"conv2_reads": (0,), "conv3_reads": ()}, "conv3")],
)
def test_a_layer_that_reads_nothing_is_a_collapse(reads: dict[str, tuple[int, ...]], layer: str) -> None:
    with pytest.raises(Collapsed) as caught:
        closed(program(THREE), **reads)
    assert caught.value.layer == layer


def test_a_layer_that_reads_constants_only_is_a_collapse() -> None:
    space = program("conv filters 1x1 channels<=4 groups<=2\nconv filters 1x1 channels 2")
    with pytest.raises(Collapsed) as caught:
        closed(space, conv1_groups=((0,), (), (0,), ()), conv2_reads=(1, 3))
    assert caught.value.layer == "conv1"


# ---- constants -------------------------------------------------------------------------------------------------------

CONSTANT = {"conv1_groups": ((0, 1), (), (0, 1), (0, 1))}


@pytest.mark.parametrize(
    "between",
    [
        "",
        "relu",
        "norm batch",
        "norm instance",
        "tanh",
        "pool max 2",
        "pool avg 3 stride 1 pad 1",
        "pool avg 2 pad 0/1",
        "dropout 0.5",
    ],
)
@pytest.mark.parametrize(
    "reader", ["conv filters 1x1 channels 2", "conv filters 3x3 channels 2 pad valid", "flatten\nlinear channels 2"]
)
def test_constants_fold_into_a_reader_without_padding(between: str, reader: str) -> None:
    body = (
        f"conv filters 3x3 channels 4 groups<=2\n{between}\n{reader}"
        if between
        else f"conv filters 3x3 channels 4 groups<=2\n{reader}"
    )
    found = closed(program(body), **CONSTANT)
    last = found.layers["linear1" if "linear" in reader else "conv2"]
    assert last.folded == (1,)
    assert last.inputs == (0, 2, 3)
    assert found.layers["conv1"].outputs == (0, 2, 3)
    assert body_of(found)[0] == "conv filters 3x3 channels 3 reads [0-1]"


@pytest.mark.parametrize(
    "reader",
    [
        "conv filters 3x3 channels 2",
        "conv filters 3x3 channels 2 pad 1",
        "conv filters 3x3 channels 2 pad 0/1 x 0/0",
        "conv filters 1x1 channels 2 bias off",
        "flatten\nlinear channels 2 bias off",
        "norm group 4\nconv filters 1x1 channels 2",
        "norm layer\nflatten\nlinear channels 2",
        "softmax\nconv filters 1x1 channels 2",
        "pool avg 3 pad 1 counted\nconv filters 1x1 channels 2",
    ],
)
def test_constants_stay_where_folding_would_not_be_exact(reader: str) -> None:
    found = closed(program(f"conv filters 3x3 channels 4 groups<=2\n{reader}"), **CONSTANT)
    assert not any(layer.folded for layer in found.layers.values())
    assert body_of(found)[0] == "conv filters 3x3 channels 4 groups [0-1 -> 0-2; none -> 3]" or (
        # what is pinned keeps its order too
        body_of(found)[0] == "conv filters 3x3 channels 4 groups [0-1 -> 0,2-3; none -> 1]"
    )


def test_the_padding_that_counts_is_that_of_the_filter_found() -> None:
    space = program("conv filters 1x1 channels 4 groups<=2\nconv filters <1|3>x1 channels 2 pad same")
    small = closed(space, conv1_groups=CONSTANT["conv1_groups"], conv2_filters_height=0)
    assert small.layers["conv2"].folded == (1,)
    large = closed(space, conv1_groups=CONSTANT["conv1_groups"], conv2_filters_height=1)
    assert large.layers["conv2"].folded == ()


def test_written_pads_move_with_the_filter() -> None:
    """5 → 3 crops one position on each side; then nothing is padded and constants fold."""
    space = program("conv filters 1x1 channels 4 groups<=2\nconv filters <3|5>x<1..5> channels 2 pad 1/1 x 2/2")
    groups = CONSTANT["conv1_groups"]
    found = closed(space, conv1_groups=groups, conv2_filters_height=0, conv2_filters_width=0)
    assert body_of(found)[1] == "conv filters 3x1 channels 2 pad valid"
    assert found.layers["conv2"].folded == (1,)
    even = closed(space, conv1_groups=groups, conv2_filters_height=1, conv2_filters_width=3)
    assert body_of(even)[1] == "conv filters 5x4 channels 2 pad 1 x 2/1"
    cropped = program("conv filters <3|5>x5 channels 2 pad valid")
    assert body_of(closed(cropped, conv1_filters_height=0)) == ["conv filters 3x5 channels 2 pad -1x0"]


def test_a_constant_folds_through_a_constant() -> None:
    """conv2's first output reads only a constant: folded, it is a constant itself, and goes on to conv3."""
    space = program(
        "conv filters 1x1 channels 2 groups<=2\nrelu\nconv filters 1x1 channels 2 groups<=2\nrelu\n"
        "conv filters 1x1 channels 3"
    )
    found = closed(space, conv1_groups=((), (0, 1)), conv2_groups=((0,), (0, 1)))
    assert found.layers["conv2"].folded == (0,)
    assert found.layers["conv3"].folded == (0,)
    assert body_of(found) == [
        "conv filters 1x1 channels 1 reads [0-1]",
        "relu",
        "conv filters 1x1 channels 1",
        "relu",
        "conv filters 1x1 channels 3",
    ]


def test_constant_outputs_of_the_network_stay() -> None:
    found = closed(program("conv filters 1x1 channels 3 groups<=2"), conv1_groups=((0,), (), (0,)))
    assert body_of(found) == ["conv filters 1x1 channels 3 groups [0 -> 0,2; none -> 1]"]


# ---- order and patterns ----------------------------------------------------------------------------------------------


def test_regular_patterns_become_groups() -> None:
    """Interleaved outputs and inputs are put together, so that an ordinary grouped convolution remains."""
    space = program(
        "conv filters 1x1 channels<=4\nrelu\nconv filters 3x3 channels 4 groups<=2\nrelu\nconv filters 1x1 channels 3"
    )
    found = closed(space, conv2_groups=((0, 2), (1, 3), (0, 2), (1, 3)))
    assert body_of(found)[2] == "conv filters 3x3 channels 4 groups 2"
    assert found.layers["conv1"].outputs == (0, 2, 1, 3)
    assert found.layers["conv2"].outputs == (0, 2, 1, 3)
    assert found.layers["conv2"].patterns == (Pattern((0, 1), (0, 1)), Pattern((2, 3), (2, 3)))
    # the order of what the network gives is fixed, what it reads follows
    assert found.layers["conv3"].outputs == (0, 1, 2)
    assert found.layers["conv3"].inputs == (0, 2, 1, 3)


def test_the_order_of_the_networks_input_is_fixed() -> None:
    space = program("conv filters 3x3 channels 4 groups<=2\nconv filters 1x1 channels 3")
    found = closed(space, conv1_groups=((0, 2), (1, 3), (0, 2), (1, 3)))
    assert body_of(found)[0] == "conv filters 3x3 channels 4 groups [0,2 -> 0-1; 1,3 -> 2-3]"
    blocks = closed(space, conv1_groups=((0, 1), (2, 3), (0, 1), (2, 3)))
    assert body_of(blocks)[0] == "conv filters 3x3 channels 4 groups 2"


def test_the_order_of_the_networks_output_is_fixed() -> None:
    space = program("conv filters 1x1 channels<=4\nconv filters 3x3 channels 4 groups<=2")
    found = closed(space, conv2_groups=((0, 2), (1, 3), (0, 2), (1, 3)))
    assert found.layers["conv2"].outputs == (0, 1, 2, 3)
    assert body_of(found)[1] == "conv filters 3x3 channels 4 groups [0-1 -> 0,2; 2-3 -> 1,3]"


@pytest.mark.parametrize(
    ("sets", "printed"),
    [
        # unequal sizes
        (((0, 1), (0, 1), (2,), (2,)), "groups [0-1 -> 0-1; 2 -> 2-3]"),
        # overlapping
        (((0, 1), (0, 1), (1, 2), (1, 2)), "groups [0-1 -> 0-1; 1-2 -> 2-3]"),
        # unequal outputs
        (((0, 1), (0, 1), (0, 1), (2, 3)), "groups [0-1 -> 0-2; 2-3 -> 3]"),
        # an output without inputs
        (((0, 1), (2, 3), (), (0, 1)), "groups [0-1 -> 0-1; 2-3 -> 2; none -> 3]"),
        # one set for all is no pattern
        (((0, 2),) * 4, "reads [0,2]"),
        (((0, 1, 2, 3),) * 4, ""),
        # a channel each
        (((0,), (1,), (2,), (3,)), "groups 4"),
    ],
)
def test_how_patterns_print(sets: tuple[tuple[int, ...], ...], printed: str) -> None:
    # a padded reader keeps constants
    space = program("conv filters 3x3 channels 4 groups<=4\nrelu\nconv filters 3x3 channels 2")
    assert body_of(closed(space, conv1_groups=sets))[0] == f"conv filters 3x3 channels 4 {printed}".rstrip()


def test_labels_stay_and_decisions_are_told_in_plain_values() -> None:
    space = program("stem = conv filters <1..5>x3 channels <2|4>\nconv filters <3x3|1x5> channels 2 groups<=2")
    outcomes: Outcomes = {
        "stem.filters.height": 3,
        "stem.channels": 1,
        "conv1.filters": 1,
        "conv1.groups": ((0,), (0, 3)),
    }
    found = close(space, outcomes)
    assert body_of(found)[0] == "stem = conv filters 4x3 channels 2"
    assert dump(outcomes, space) == {
        "stem.filters.height": 4,
        "stem.channels": 4,
        "conv1.filters": [1, 5],
        "conv1.groups": [[0], [0, 3]],
    }


def test_counts_keep_the_first_channels() -> None:
    space = program("conv filters 1x1 channels <1|3|4>\nrelu\nconv filters 1x1 channels 2\n")
    found = closed(space, conv1_channels=1)
    assert found.layers["conv1"].outputs == (0, 1, 2)


def test_groups_among_some() -> None:
    space = program("conv filters 1x1 channels 4 groups <1|2|4>\nconv filters 1x1 channels 2")
    lines = [body_of(closed(space, conv1_groups=index))[0] for index in range(3)]
    assert lines == [
        "conv filters 1x1 channels 4",
        "conv filters 1x1 channels 4 groups 2",
        "conv filters 1x1 channels 4 groups 4",
    ]


def test_what_is_found_goes_into_the_header() -> None:
    space = program("conv filters 1x1 channels<=3\nconv filters 1x1 channels 2")
    found = close(space, largest(space), {"from": "a.das", "threshold": 0.25, "seed": 3})
    assert "found: {from: a.das, threshold: 0.25, seed: 3}" in str(found.space)
    assert str(found.space).startswith("---\ndas: 1\narchitecture: small\n")


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("conv filters 3x3 channels 4\nrelu\nflatten\nlinear channels 2", True),
        ("conv filters 3x3 channels 4\nresidual:\n    conv filters 1x1 channels 4", True),
        ("conv filters 3x3 channels<=4\nflatten\nlinear channels 2", False),
        ("conv filters 3x3 channels 4\nconv filters 1x1 channels 2 reads [0,2]", False),
        ("conv filters 3x3 channels 4 groups [none -> 0; 0-2 -> 1-3]\nconv filters 1x1 channels 2", False),
        ("conv filters 3x3 channels 4\nslice 1 of 2\nconv filters 1x1 channels 2", False),
    ],
)
def test_what_is_whole_costs_what_its_program_does(text: str, whole: bool) -> None:
    space = program(text)
    found = close(space, largest(space))
    assert found.whole is whole
    closed = elaborate(found.space)
    assert found.costs == {name: node.cost for name, node in zip(found.nodes, closed.nodes, strict=True)}


def test_an_architecture_that_is_printed_keeps_its_order() -> None:
    """Orders bear upon one another: the reader's patterns are numbered in the order that the reader gets."""
    space = program(
        "conv filters 1x1 channels 4 groups<=2\nrelu\nconv filters 1x1 channels 4 groups<=2\nrelu\n"
        "conv filters 1x1 channels 4 groups<=4\nflatten\nlinear channels 3"
    )
    sets = ((0,), (1,)), ((0, 2), (1, 3)), ((3,), (1,), (0,), (2,))
    for one in itertools.product(sets[0], repeat=4):
        for two in itertools.permutations(((0, 2), (0, 2), (1, 3), (1, 3))):
            try:
                found = closed(space, conv1_groups=one, conv2_groups=two, conv3_groups=sets[2])
            except Collapsed:
                continue
            again = close(elaborate(found.space), {})
            assert again.space.body == found.space.body


def test_what_stands_between_a_label_and_its_reader_goes_with_its_channels() -> None:
    """Of a branch on the main line nothing is read any more, and nobody reads what halved the positions for it."""
    space = program(
        "a = conv filters 1x1 channels<=4\npool max 2\nconv filters 1x1 channels<=4\nrelu\n"
        "concat:\n    path from a: identity\n    path: upsample 2\nconv filters 1x1 channels 3"
    )
    found = closed(space, conv1_reads=(0, 1), conv2_reads=(2, 3))
    assert body_of(found) == [
        "a = conv filters 1x1 channels 2",
        "concat:",
        "    path from a: identity",
        "conv filters 1x1 channels 3",
    ]
    assert elaborate(found.space).cost == found.cost
