"""Differences of networks with blocks, repeats and choices."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dasdsl.ir.closing import close
from dasdsl.ir.diff import diff
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.extremes import largest, smallest
from dasdsl.ir.liveness import Collapsed
from dasdsl.operations.core.decisions import OneOf, Outcomes
from tests.ir.texts import space

CONV = "conv filters {} channels 4"


def told(one: str, other: str, define: str = "{w: <4|8>, v: <4|8>}") -> list[tuple[str, ...]]:
    """What changed, in words."""
    found = diff(space(one, define=define), space(other, define=define))
    return [
        (change.layer, change.what, change.said_a or change.a, change.said_b or change.b) for change in found.changes
    ]


# ---- what is only written in another way -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("block cell(c, k):\n    conv filters k x k channels c\n    relu\ncell(4, 3)\ncell(8, 1)",
         "block unit(size, out):\n    conv filters size x size channels out\n    relu\nunit(3, 4)\nunit(1, 8)"),
        ("block cell(c):\n    conv filters 3x3 channels c\n    relu\ncell(4)\ncell(8)",
         "conv filters 3x3 channels 4\nrelu\nconv filters 3x3 channels 8\nrelu"),
        ("repeat 3:\n    conv filters 3x3 channels 4\n    relu",
         "\n".join(["conv filters 3x3 channels 4", "relu"] * 3)),
        ("repeat 2:\n    repeat 2: relu", "repeat 4: relu"),
        ("shared block cell():\n    choose:\n        path: relu\n        path: tanh\ncell()\ncell()",
         "shared block unit():\n    choose:\n        path: tanh\n        path: relu\nunit()\nunit()"),
        ("shared block cell(k):\n    conv filters k x k channels 4\ncell(<1|3>)\ncell(<1|3>)",
         "shared block unit(l):\n    conv filters l x l channels 4\nunit(<1|3>)\nunit(<1|3>)"),
        ("choose:\n    path: relu\n    path: conv filters 3x3 channels 4",
         "pick = choose:\n    path: conv filters 3x3 channels 4\n    path: relu"),
        ("repeat <1..3>: conv filters 3x3 channels 4", "deep = repeat <1|2|3>:\n    conv filters 3x3 channels 4"),
        ("block stem(k):\n    conv filters k x k channels 4\nstem(<1|3|5>)",
         "block stem(q):\n    conv filters q x q channels 4\nstem(<1..5 by 2>)"),
    ],
)  # fmt: skip
def test_the_same_in_other_words(one: str, other: str) -> None:
    assert told(one, other) == []
    assert told(other, one) == []


@pytest.mark.parametrize(
    ("one", "other", "what"),
    [
        ("shared block cell():\n    choose:\n        path: relu\n        path: tanh\ncell()\ncell()",
         "block cell():\n    choose:\n        path: relu\n        path: tanh\ncell()\ncell()", "choice"),
        ("block stem(k):\n    conv filters k x k channels 4\nstem(<1|3>)",
         "conv filters <1|3>x<1|3> channels 4", "filters"),
        ("repeat <1..3>: relu", "repeat <1..4>: relu", "count"),
        ("repeat <1|2>: relu\nconv filters 3x3 channels 4\nrepeat <1|2>: tanh",
         "optional: relu\nconv filters 3x3 channels 4\nrepeat <1|2>: tanh", "statement"),
    ],
)  # fmt: skip
def test_not_the_same(one: str, other: str, what: str) -> None:
    assert told(one, other)[0][1] == what
    assert told(other, one)[0][1] == what


# ---- choices that are made -------------------------------------------------------------------------------------------


def test_a_choice() -> None:
    paths = "    path: conv filters 3x3 channels 4\n    path: identity\n    path:\n        tanh\n        relu"
    open_ = f"relu\nchoose:\n{paths}\ngelu"
    assert told(open_, "relu\nconv filters 3x3 channels 4\ngelu") == [("choose1", "choice", "3 paths", "path1")]
    assert told(open_, "relu\ngelu") == [("choose1", "choice", "3 paths", "path2")]
    assert told(open_, "relu\ntanh\nrelu\ngelu") == [("choose1", "choice", "3 paths", "path3")]
    assert told("relu\ngelu", open_) == [("choose1", "choice", "path2", "3 paths")]
    found = diff(space(open_), space("relu\ngelu"))
    assert found.changes[0].verdict == "closed"
    assert (found.changes[0].a, found.changes[0].b) == ("choose", "path2")
    # the layer of the choice costs what was not chosen
    assert found.layers[0].cost_a.most.params - found.layers[0].cost_b.most.params == found.a.params - found.b.params


def test_an_optional_block() -> None:
    open_ = "relu\noptional:\n    conv filters <1|3>x3 channels 4\n    norm batch\ngelu"
    assert told(open_, "relu\ngelu") == [("optional1", "present", "present or absent", "absent")]
    assert told(open_, "relu\nconv filters 3x3 channels 4\nnorm batch\ngelu") == [
        ("optional1", "present", "present or absent", "present"),
        ("conv1", "filters", "<1|3>x3", "3x3"),
    ]
    assert told("relu\ngelu", open_)[0][1:] == ("present", "absent", "present or absent")


def test_a_parameter_of_a_block() -> None:
    open_ = "block stem(k):\n    conv filters k x k channels 4\n    optional: norm batch\nstem(<1|3>)\nstem(3)"
    one = "conv filters 1x1 channels 4\nidentity\nconv filters 3x3 channels 4\nnorm batch"
    assert told(open_, one) == [
        ("conv1", "filters", "<1|3>x<1|3> (stem1.k)", "1x1"),
        ("stem1.optional1", "present", "present or absent", "absent"),
        ("stem2.optional1", "present", "present or absent", "present"),
    ]


def test_a_depth() -> None:
    open_ = "relu\nrepeat <1..3>:\n    conv filters <1|3>x3 channels 4\n    norm batch\ngelu"
    assert told(open_, "relu\nrepeat 2:\n    conv filters 3x3 channels 4\n    norm batch\ngelu") == [
        ("repeat1", "count", "1 to 3", "2"),
        ("repeat1.1.conv1", "filters", "<1|3>x3", "3x3"),
        ("repeat1.2.conv1", "filters", "<1|3>x3", "3x3"),
    ]
    written_out = "conv filters 3x3 channels 4\nnorm batch\nconv filters 1x3 channels 4\nnorm batch"
    assert [change[:2] for change in told(open_, f"relu\n{written_out}\ngelu")] == [
        ("repeat1", "count"),
        ("conv1", "filters"),
        ("conv2", "filters"),
    ]
    found = diff(space("repeat <1..3>: relu"), space("repeat 2: relu"))
    assert (found.changes[0].a, found.changes[0].b, found.changes[0].verdict) == ("<1..3>", "2", "closed")


def test_blocks_in_an_open_repeat() -> None:
    one = "block cell(c):\n    conv filters 3x3 channels c\n    relu\nrepeat <1..2>: cell(4)\ntanh"
    assert told(one, one) == []
    assert told(one, "repeat 2:\n    conv filters 3x3 channels 4\n    relu\ntanh") == [
        ("repeat1", "count", "1 or 2", "2")
    ]


def test_choices_in_choices() -> None:
    block = "    optional:\n        conv filters 3x3 channels 4\n        relu"
    open_ = f"repeat <1..3>:\n{block}\n    choose:\n        path: norm batch\n        path: identity\ntanh"
    assert told(open_, "conv filters 3x3 channels 4\nrelu\nnorm batch\nconv filters 3x3 channels 4\nrelu\ntanh") == [
        ("repeat1", "count", "1 to 3", "2"),
        ("repeat1.1.optional1", "present", "present or absent", "present"),
        ("repeat1.1.choose1", "choice", "2 paths", "path1"),
        ("repeat1.2.optional1", "present", "present or absent", "present"),
        ("repeat1.2.choose1", "choice", "2 paths", "path2"),
    ]


def test_choices_in_branches() -> None:
    edge = "choose:\n            path: zero\n            path: conv filters 3x3 channels 4\n            path: relu"
    open_ = f"tanh\nadd:\n    path:\n        {edge}\n    path:\n        {edge}\ngelu"
    both = "tanh\nadd:\n    path: conv filters 3x3 channels 4\n    path: relu\ngelu"
    assert told(open_, both) == [
        ("add1.path1.choose1", "choice", "3 paths", "path2"),
        ("add1.path2.choose1", "choice", "3 paths", "path3"),
    ]
    one = told(open_, "tanh\nrelu\ngelu")
    assert ("add1", "removed") in [change[:2] for change in one]


def test_zeros_are_chosen_where_a_term_is_gone() -> None:
    edge = "choose:\n            path: zero\n            path: norm batch\n            path: relu"
    open_ = f"tanh\nadd:\n    path:\n        {edge}\n    path:\n        {edge}\n    path: elu\ngelu"
    assert told(open_, "tanh\nadd:\n    path: norm batch\n    path: elu\ngelu") == [
        ("add1.path1.choose1", "choice", "3 paths", "path2"),
        ("add1.path2.choose1", "choice", "3 paths", "path1"),
    ]
    assert ("choice", "path1", "3 paths") in [
        c[1:] for c in told("tanh\nadd:\n    path: relu\n    path: elu\ngelu", open_)
    ]


def test_paths_that_start_at_a_choice() -> None:
    open_ = "a = optional: norm batch\ntanh\nadd:\n    path: elu\n    path from a: gelu"
    present = "a = norm batch\ntanh\nadd:\n    path: elu\n    path from a: gelu"
    assert told(open_, present) == [("a", "present", "present or absent", "present")]
    absent = "a = identity\ntanh\nadd:\n    path: elu\n    path from a: gelu"
    assert told(open_, absent) == [("a", "present", "present or absent", "absent")]
    deep = "relu\na = repeat <1..3>: norm batch\ntanh\nadd:\n    path: elu\n    path from a: gelu"
    shallow = "relu\nnorm batch\na = norm batch\ntanh\nadd:\n    path: elu\n    path from a: gelu"
    assert told(deep, shallow) == [("a", "count", "1 to 3", "2")]


def test_a_choice_among_others() -> None:
    one = "choose:\n    path: relu\n    path: tanh\n    path: gelu"
    other = "choose:\n    path: elu\n    path: relu\n    path: gelu"
    assert told(one, other) == [("choose1.path1.elu1", "statement", "tanh", "elu")]
    assert told(one, "choose:\n    path: gelu\n    path: relu") == [("choose1.path2", "removed", "path: tanh", "")]


def test_a_depth_that_is_narrowed() -> None:
    body = "    conv filters 3x3 channels 4\n    norm batch"
    found = diff(space(f"repeat <1..3>:\n{body}"), space(f"repeat <1..2>:\n{body}"))
    assert [(change.layer, change.what, change.verdict) for change in found.changes] == [
        ("repeat1", "count", "narrowed"),
        ("repeat1.3", "removed", ""),
    ]
    assert found.changes[1].a == "copy 3:\n    conv filters 3x3 channels 4\n    norm batch"


def test_the_largest_of_branches_that_exclude_one_another() -> None:
    found = diff(
        space("choose:\n    path: conv filters 3x3 channels 4\n    path: conv filters 5x5 channels 4"),
        space("conv filters 5x5 channels 4"),
    )
    assert found.a == found.b
    assert found.smallest_a.params == 4 * 4 * 9 + 4


DEEP = """
conv filters <1..3>x3 channels 6
repeat <1..3>:
    optional:
        conv filters 1x1 channels 6
        relu
    conv filters 3x3 channels 6
flatten
linear channels 2
"""
CELLS = """
block cell(c):
    residual:
        conv filters <1|3>x<1|3> channels c
        norm batch
    choose:
        path: relu
        path: conv filters 3x3 channels c
        path: identity
conv filters 3x3 channels 4
cell(4)
cell(4)
pool global avg
flatten
linear channels 2
"""
EDGES = """
s = conv filters 3x3 channels 4
tanh
add:
    path:
        choose:
            path: zero
            path: conv filters 3x3 channels 4
    path from s: relu
conv filters 1x1 channels 3
"""
KINDS = {"filters", "channels", "reads", "choice", "present", "count", "removed", "statement"}


@settings(max_examples=40)
@given(st.sampled_from([DEEP, CELLS, EDGES]), st.data())
def test_what_was_found_in_a_space_is_told_as_decisions(text: str, data: st.DataObject) -> None:
    """Whatever is decided: nothing is said to be added, and what both cost is told as it is."""
    program = elaborate(space(text))
    outcomes: Outcomes = largest(program)
    for decision in program.decisions:
        if isinstance(decision, OneOf):
            outcomes[decision.name] = data.draw(st.integers(0, decision.size - 1))
    try:
        closing = close(program, outcomes)
    except Collapsed:
        return
    found = diff(program.space, closing.space)
    assert {change.what for change in found.changes} <= KINDS
    assert found.b == closing.cost
    assert found.smallest_a == close(program, smallest(program)).cost
    assert diff(closing.space, closing.space).equal
