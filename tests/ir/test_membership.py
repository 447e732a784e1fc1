"""Where an architecture stands in a space, or which statement it is that says that it does not."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dasdsl.diagnostics import DasError
from dasdsl.ir.closing import close
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.membership import Membership, locate
from dasdsl.language.reading import loads
from tests.ir.members import closed_at_random
from tests.ir.texts import program
from tests.properties.spaces import spaces
from tests.properties.structures import structures

TAIL = "\nflatten\nlinear channels 2"


def located(found: str, space: str, shape: str = "4x8x8", define: str = "") -> Membership:
    return locate(program(found + TAIL, shape), program(space + TAIL, shape, define))


def test_options_and_channels() -> None:
    found = "conv filters 3x2 channels 3\nrelu\nconv filters 1x1 channels 2 reads [0,2]"
    space = "conv filters <1..4>x<2|3> channels<=8\nrelu\nconv filters <1x1|3x3> channels <2|4>"
    member = located(found, space)
    assert member.channels["conv1"] == (0, 1, 2)
    assert member.outcomes == {
        "conv1.filters.height": 2,
        "conv1.filters.width": 0,
        "conv2.filters": 0,
        "conv2.channels": 0,
        "conv2.reads": (0, 2),
    }


def test_the_smallest_count_that_has_all_the_channels() -> None:
    """What is above them nobody reads."""
    found = "conv filters 1x1 channels 3\nconv filters 1x1 channels 2"
    member = located(found, "conv filters 1x1 channels <2|4|6>\nconv filters 1x1 channels 2 reads any")
    assert member.outcomes == {"conv1.channels": 1, "conv2.reads": (0, 1, 2)}


def test_a_fixed_number_may_be_more_where_its_reader_decides() -> None:
    found = "conv filters 1x1 channels 3\nconv filters 1x1 channels 2"
    member = located(found, "conv filters 1x1 channels 8\nconv filters 1x1 channels 2 reads any")
    assert member.outcomes["conv2.reads"] == (0, 1, 2)


def test_patterns_are_assigned() -> None:
    found = "conv filters 1x1 channels 3 groups [0-1 -> 0,2; 3 -> 1]"
    member = located(found, "conv filters 1x1 channels<=4 groups<=3")
    assert member.outcomes["conv1.groups"] == ((0, 1), (3,), (0, 1), ())
    regular = located("conv filters 1x1 channels 4 groups 2", "conv filters 1x1 channels 4 groups <1|2|4>")
    assert regular.outcomes["conv1.groups"] == 1


def test_outputs_of_closed_patterns_are_found_by_what_they_read() -> None:
    found = "conv filters 1x1 channels 2 groups [2-3 -> 0; 0-1 -> 1]"
    space = "conv filters 1x1 channels<=6 groups [0-1 -> 0-2; 2-3 -> 3-5]"
    assert located(found, space).channels["conv1"] == (3, 0)


def test_channels_that_are_tied_to_parts_of_others() -> None:
    """The first two of four are those of the first path, the next those of the second."""
    joined = (
        "add:\n    path:\n        concat:\n            path: conv filters 1x1 channels{}\n"
        "            path: conv filters 1x1 channels{}\n    path: conv filters 1x1 channels{}"
    )
    member = located(joined.format(" 2", " 1", " 3"), joined.format("<=4", "<=3", "<=7"))
    assert member.channels["add1.path2.conv1"] == (0, 1, 4)


def test_equal_places_may_be_written_in_other_ways() -> None:
    found = "conv filters 3x3 channels 2 stride 2x2 dilation 2x2 pad 2"
    located(found, "conv filters <1..3>x3 channels<=4 stride 2 dilation <1|2> pad same")


def test_labels_and_names_do_not_count() -> None:
    found = "stem = conv filters 1x1 channels 4\nadd:\n    path from stem: relu\n    path: identity"
    space = "start = conv filters 1x1 channels<=4\nadd:\n    path from start: relu\n    path: identity"
    assert located(found, space).nodes["stem"] == "start"


CONV = "conv filters 3x3 channels 4"

DIFFERENT = [
    (CONV, "conv filters <1..2>x3 channels 4", "has `filters <1|2>x3` here and `filters 3x3` in the arch"),
    (CONV, "conv filters <1x1|5x5> channels<=4", "has `filters <1x1|5x5>` here and `filters 3x3` in the"),
    (CONV, "conv filters 5x<1..3> channels 4", "has `filters 5x<1..3>` here and `filters 3x3` in the"),
    (CONV, "conv filters w x w channels<=4", "`filters w x w` here"),
    (CONV, "conv filters 3x<1..3> channels<=3", "has at most 3 channels here and 4 in the architecture"),
    (
        CONV,
        "conv filters 3x3 channels <2|3>",
        "has `channels <2|3>` here and `channels 4` in the architecture",
    ),
    (CONV, "conv filters 3x<1..3> channels 6", "cannot read here what it reads in the architecture"),
    (CONV, "conv filters 3x<1..3> channels 4 stride 2", "has `stride 2` here and `stride 1` in the arch"),
    (CONV, "conv filters 3x<1..3> channels 4 bias off", "has `bias off` here and `bias on` in the arch"),
    (CONV, "conv filters 3x<1..3> channels 4 dilation 2", "has `dilation 2` here and `dilation 1` in the"),
    (CONV, "conv filters 3x<1..3> channels 4 dilation <2|4>", "has `dilation <2|4>` here and `dilation 1`"),
    (
        CONV,
        "conv filters <1..5>x3 channels 4 pad 1",
        "becomes `pad 0x1` with that filter, and is `pad same`",
    ),
    (CONV, "conv filters 3x3 channels<=4 groups 2", "has other patterns here than in the architecture"),
    (
        CONV + " groups [0 -> 0-1; 1 -> 2; 2 -> 3]",
        "conv filters 3x3 channels<=8 groups<=2",
        "has at most 2 patterns here and 3 in the architecture",
    ),
    (
        CONV + " groups [0 -> 0-1; 1 -> 2-3]",
        "conv filters 3x3 channels<=8 reads any",
        "reads one set of channels here and has 2 patterns in the architecture",
    ),
    (
        CONV + " groups [0 -> 0-1; 1 -> 2-3]",
        "conv filters 3x3 channels<=8 groups [0 -> 0-3; 2 -> 4-7]",
        "has other patterns here than in the architecture",
    ),
    (CONV + "\nrelu", "conv filters 3x3 channels<=4\ngelu", "`gelu1` is `gelu` here and `relu` in the"),
    (CONV + "\nleaky 0.1", "conv filters 3x3 channels<=4\nleaky 0.2", "has `0.2` here and `0.1` in the"),
    (CONV + "\nrelu", "conv filters 3x3 channels<=4", "`flatten1` is `flatten` here and `relu` in the"),
    (
        CONV + "\nnorm layer",
        "conv filters <1..3>x3 channels 8\nnorm layer",
        "`norm1` reads 8 channels together here and 4 in the architecture",
    ),
    (
        "residual:\n    conv filters 3x3 channels 4\n    relu",
        "residual:\n    conv filters <1..3>x3 channels 4\n    gelu",
        "`residual1.gelu1` is `gelu` here and `relu`",
    ),
    (
        "a = " + CONV + "\nb = relu\nadd:\n    path from a: relu\n    path: relu",
        "a = conv filters 3x3 channels<=4\nb = relu\nadd:\n    path from b: relu\n    path: relu",
        "`add1.path1.relu1` reads `b` here, and others in the architecture",
    ),
]


@pytest.mark.parametrize(("found", "space", "said"), DIFFERENT)
def test_what_differs_is_told_at_its_statement(found: str, space: str, said: str) -> None:
    define = "{w: <1|2>}" if " w " in space else ""
    with pytest.raises(DasError) as caught:
        located(found, space, define=define)
    (one,) = caught.value.diagnostics
    assert one.code == "E322"
    assert one.message.startswith("the architecture is not in this space: `")
    assert said in one.message
    assert one.line is not None
    assert one.help


# ---- branches and depths ---------------------------------------------------------------------------------------------

BRANCHES = """optional: conv filters 1x1 channels<=6
repeat <1..4>:
    conv filters 3x<1..3> channels<=6
    relu
choose:
    path: conv filters 3x3 channels<=6
    path: conv filters 5x5 channels<=6
    path: identity
    path:
        optional: conv filters 1x1 channels<=6
        tanh
conv filters 1x1 channels<=6"""

TAKEN = [
    (
        "conv filters 3x2 channels 4\nrelu\nconv filters 5x5 channels 4",
        {"optional1.present": 1, "repeat1.count": 0, "choose1.choice": 1},
    ),
    (
        "conv filters 1x1 channels 3\nconv filters 3x2 channels 4\nrelu\nconv filters 3x1 channels 4\nrelu",
        {"optional1.present": 0, "repeat1.count": 1, "choose1.choice": 2},
    ),
    (
        "repeat 3:\n    conv filters 3x1 channels 4\n    relu\nconv filters 1x1 channels 3\ntanh",
        {"optional1.present": 1, "repeat1.count": 2, "choose1.choice": 3, "choose1.path4.optional1.present": 0},
    ),
    (
        "repeat 4:\n    conv filters 3x1 channels 4\n    relu\ntanh",
        {"optional1.present": 1, "repeat1.count": 3, "choose1.choice": 3, "choose1.path4.optional1.present": 1},
    ),
]


@pytest.mark.parametrize(("found", "taken"), TAKEN)
def test_branches_and_depths_are_those_that_agree(found: str, taken: dict[str, int]) -> None:
    stem = "conv filters 3x3 channels{}\n"
    found = stem.format(" 6") + found + "\nconv filters 1x1 channels 5"
    member = located(found, stem.format("<=6") + BRANCHES)
    # decisions of branches that are not taken stay open
    structural = {
        name: index for name, index in member.outcomes.items() if name.endswith(("present", "count", "choice"))
    }
    assert structural == taken
    assert not [node for node in member.program.nodes if node.op.words in ("optional", "choose", "repeat")]


def test_without_a_branch_that_agrees_the_statement_is_told() -> None:
    stem = "conv filters 3x3 channels{}\n"
    with pytest.raises(DasError) as caught:
        located(stem.format(" 6") + "conv filters 3x2 channels 4\ngelu", stem.format("<=6") + BRANCHES)
    assert "is `relu` here and `gelu` in the architecture" in caught.value.diagnostics[0].message


def test_a_depth_that_is_a_size_too() -> None:
    """The number of copies decides it."""
    body = "repeat w:\n    conv filters 3x3 channels<=4\n    relu\nconv filters w x w channels<=4"
    found = "conv filters 3x3 channels 4\nrelu\n"
    located(found * 2 + "conv filters 2x2 channels 4", body, define="{w: <1|2>}")
    with pytest.raises(DasError, match="needs another option of `w` than the statements before it"):
        located(found * 2 + "conv filters 1x1 channels 4", body, define="{w: <1|2>}")


# ---- all of it -------------------------------------------------------------------------------------------------------


def test_decisions_that_are_shared_agree() -> None:
    found = "conv filters 3x3 channels 2\nconv filters 1x1 channels 4"
    with pytest.raises(DasError, match="`conv2` needs another option of `w` than the statements before it"):
        located(found, "conv filters w x w channels 2\nconv filters w x w channels 4", define="{w: <1|3>}")
    with pytest.raises(DasError, match="`conv1` would need two options of `w` at once"):
        located("conv filters 3x1 channels 2", "conv filters w x w channels 2", define="{w: <1|3>}")
    # of a count any is good that has all the channels
    member = located(found, "conv filters 3x3 channels w\nconv filters <1|2>x1 channels 2*w", define="{w: <1|2|3>}")
    assert member.outcomes["w"] == 1


def test_the_input_is_the_same() -> None:
    with pytest.raises(DasError, match="its input is 3x8x8, that of the architecture 4x8x8"):
        locate(program(CONV), program("conv filters 3x3 channels<=4\nconv filters 3x3 channels 4", "3x8x8"))


@pytest.mark.parametrize(
    ("found", "space", "said"),
    [
        ("linear channels 2", "linear channels<=4\nrelu", "`relu1` is not in the architecture"),
        ("linear channels 2\nrelu", "linear channels 2", "`linear1` is the last statement here, and `relu1` follows"),
        ("linear channels 2", "linear channels 3", "`linear1` keeps 3 channels here and has 2 in the architecture"),
    ],
)
def test_the_ends_are_the_same(found: str, space: str, said: str) -> None:
    with pytest.raises(DasError, match=said):
        locate(program(found, "4"), program(space, "4"))


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.one_of(spaces(), structures()), st.integers(0, 2**31))
def test_what_was_found_in_a_space_is_found_again(text: str, seed: int) -> None:
    """But where a path is gone, patterns that are closed stand in another order, or something reads nothing."""
    try:
        space = elaborate(loads(text))
        found = closed_at_random(space, seed, idle=False)
    except DasError:
        found = None
    assume(found is not None)
    assert found is not None
    try:
        member = locate(elaborate(found), space)
    except DasError:
        assume("concat" not in text and "groups [" not in text)
        raise
    # a branch may be as good as another that only has other labels
    again = elaborate(close(space, member.outcomes).space)
    assert [node.op for node in again.nodes] == [node.op for node in elaborate(found).nodes]
