"""Parts of the channels: which they are once some are gone, and what tells two parts apart."""

from __future__ import annotations

import pytest
import torch

from dasdsl.diagnostics import DasError
from dasdsl.ir.closing import close
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.membership import locate
from dasdsl.ir.narrowing import narrowed
from dasdsl.ir.widening import widen
from dasdsl.language.reading import loads
from dasdsl.lowering.composite import lower
from tests.ir.texts import body_of, closed, program, space

SPLIT = """
conv filters 1x1 channels<=8
concat:
    path: slice 1 of 2
    path:
        slice 2 of 2
        relu
flatten
linear channels 2
"""


def kept(*channels: int) -> dict[str, tuple[int, ...]]:
    return {"linear1_reads": channels}


def test_parts_of_which_channels_are_gone_list_those_that_are_left() -> None:
    text = body_of(closed(program(SPLIT), conv1_reads=(0, 1, 2, 3), **kept(0, 2, 3, 5, 7)))
    assert [line.strip() for line in text] == [
        "conv filters 1x1 channels 5",
        "concat:",
        "path: slice [0-2]",
        "path:",
        "slice [3-4]",
        "relu",
        "flatten",
        "linear channels 2",
    ]


def test_equal_parts_that_stay_equal_say_so() -> None:
    text = body_of(closed(program(SPLIT), conv1_reads=(0, 1, 2, 3), **kept(0, 2, 5, 7)))
    assert "slice 1 of 2" in text[2]
    assert "slice 2 of 2" in text[4]


@pytest.mark.parametrize("reads", [(0, 2, 3, 5, 7), (0, 4, 5, 6, 7), (0, 3, 4, 7)])
def test_what_is_found_is_a_member_by_the_parts_that_its_channels_are_of(reads: tuple[int, ...]) -> None:
    whole = program(SPLIT)
    found = closed(whole, conv1_reads=(0, 1, 2, 3), **kept(*reads)).space
    member = locate(elaborate(loads(str(found))), whole)
    left = [sum(one < 4 for one in channels) for channels in (reads, member.channels["conv1"])]
    assert left[0] == left[1]
    again = str(close(whole, member.outcomes).space).split("---\n")[2]
    assert again == str(found).split("---\n")[2]


def test_more_channels_of_a_part_than_it_has_are_no_member() -> None:
    found = SPLIT.replace("channels<=8", "channels 6").replace("1 of 2", "[0-4]").replace("2 of 2", "[5]")
    with pytest.raises(DasError, match=r"E322.*at most 4 channels here and 5"):
        locate(program(found), program(SPLIT))


def test_a_part_of_which_nothing_is_left_is_none_of_a_sum_of_parts() -> None:
    """The other part of an axis of two sources may be gone; the first is found in its place all the same."""
    text = """
a = conv filters 1x1 channels<=4
concat:
    path: identity
    path from a: conv filters 1x1 channels<=4
slice [2-5]
relu
flatten
linear channels 2
"""
    whole = program(text)
    every = (0, 1, 2, 3)
    closing = closed(whole, a_reads=every, concat1_path2_conv1_reads=(2,), linear1_reads=(0, 1))
    found = elaborate(loads(str(closing.space)))
    with pytest.raises(DasError, match="E322"):
        # a path of a concat is gone with it
        locate(found, whole)
    closing = closed(whole, a_reads=every, concat1_path2_conv1_reads=(2,), linear1_reads=(0, 3))
    found = elaborate(loads(str(closing.space)))
    member = locate(found, whole)
    assert str(close(whole, member.outcomes).space).endswith(str(closing.space).split("---\n")[2])


def test_a_narrowed_part_computes_what_it_did() -> None:
    whole = program(SPLIT)
    less = narrowed(whole, {"conv1.reads": (0, 1, 2, 3), "linear1.reads": (0, 2, 3, 5, 7)})
    assert [less.program[name].shape[0] for name in ("concat1.path1.slice1", "concat1.path2.slice1")] == [3, 2]
    assert less.program["concat1.path2.slice1"].op.part == (3, 4)  # type: ignore[attr-defined]


def test_parts_need_not_be_disjoint_or_stand_together() -> None:
    torch.manual_seed(0)
    model = lower(program("concat:\n    path: slice [0,3]\n    path: slice [1-3]\nflatten\nlinear channels 2")).eval()
    x = torch.randn(2, 4, 8, 8)
    joined = torch.cat([x[:, [0, 3]], x[:, 1:4]], 1)
    torch.testing.assert_close(model(x), model.layer("linear1")(joined.flatten(1)))


def test_widening_keeps_what_is_named_by_number() -> None:
    found = SPLIT.replace("<=8", " 8").replace("flatten", "conv filters 3x3 channels 6\nflatten")
    wider = str(widen(space(found), channels=2))
    assert "channels 8" in wider
    assert "channels<=12" in wider


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("slice 1", "E114.*of how many"),
        ("slice 3 of 2", "E114.*no part 3 of 2"),
        ("slice [0-1] of 2", "E114.*no parts"),
        ("slice [none]", "E114.*no channel"),
        ("slice 1/2", r"E073.*\n(.*\n)*.*`1 of 2`"),
        ("slice [2-4]", "E107.*names channel 4, but there are 4"),
        ("slice 1 of 3", "E113.*4 channels cannot be cut into 3"),
        ("slice <1|2> of 2", "E215|cannot be"),
        ("conv filters 1x1 channels <4|8>\nslice 1 of 2", "E309.*how many `conv1` makes is open"),
    ],
)
def test_what_is_no_part(text: str, words: str) -> None:
    with pytest.raises(DasError, match=words):
        program(text + "\nconv filters 1x1 channels 2")


def test_a_part_of_which_nothing_is_left_is_there_while_it_is_trained() -> None:
    """A narrowed network keeps its statements, also those that give no channel any more."""
    outcomes = {"conv1.reads": (0, 1, 2, 3), "linear1.reads": (4, 5, 7)}
    less = narrowed(program(SPLIT), outcomes)
    assert lower(less.program)(torch.randn(2, 4, 8, 8)).shape == (2, 2)
