"""What differs between two networks."""

from __future__ import annotations

import pytest

import dasdsl
from dasdsl.diagnostics import DasError
from dasdsl.ir.diff import Change, diff
from tests.ir.texts import closed, program, space

BODY = "conv filters 3x3 channels 8\nrelu\nflatten\nlinear channels 2"


def changes(other: str, shape: str = "4x8x8", define: str = "") -> tuple[Change, ...]:
    return diff(space(BODY), space(other, shape, define)).changes


def test_equal_networks() -> None:
    found = dasdsl.diff(space(BODY), space(BODY))
    assert found.equal
    assert found.a == found.b


def test_labels_comments_and_names_of_numbers_take_no_part() -> None:
    other = "stem = conv filters 3x3 channels c*2 pad same stride 1  # the same\nrelu\nflatten\nlinear channels 2"
    assert changes(other, define="{c: 4}") == ()


def test_a_field() -> None:
    other = BODY.replace("3x3 channels 8", "1x3 channels 8 stride 2")
    found = diff(space(BODY), space(other))
    assert found.changes == (
        Change("conv1", "filters", "3x3", "1x3"),
        Change("conv1", "stride", "", "2"),
    )
    # 8·4·9 + 8 and 64 positions, 2·512 + 2; 8·4·3 + 8 and 16 positions, 2·128 + 2
    assert (found.a.params, found.a.macs) == (296 + 1026, 288 * 64 + 1024)
    assert (found.b.params, found.b.macs) == (104 + 258, 96 * 16 + 256)


def test_what_is_open_differs_from_what_is_closed() -> None:
    assert changes(BODY.replace("channels 8", "channels<=8")) == (Change("conv1", "channels", "8", "<=8"),)


def test_added_and_removed() -> None:
    assert changes("conv filters 3x3 channels 8\nnorm batch\nrelu\nflatten\nlinear channels 2") == (
        Change("norm1", "added", "", "norm batch"),
    )
    assert changes("conv filters 3x3 channels 8\nflatten\nlinear channels 2") == (
        Change("relu1", "removed", "relu", ""),
    )


def test_another_operation() -> None:
    assert changes(BODY.replace("relu", "tanh")) == (Change("tanh1", "statement", "relu", "tanh"),)
    assert changes(BODY.replace("relu", "pool max 2")) == (
        Change("relu1", "removed", "relu", ""),
        Change("pool1", "added", "", "pool max 2"),
    )


def test_a_layer_more_does_not_shift_the_others() -> None:
    other = "conv filters 3x3 channels 8\nrelu\nconv filters 3x3 channels 8\nrelu\nflatten\nlinear channels 2"
    assert {change.what for change in changes(other)} == {"added"}


def test_another_input() -> None:
    assert changes(BODY, shape="3x8x8") == (Change("input", "input", "4x8x8", "3x8x8"),)


def test_what_is_wrong_with_either_is_told() -> None:
    with pytest.raises(DasError):
        changes("linear channels 2")
    with pytest.raises(DasError) as raised:
        diff(space("linear channels 2"), space("flatten\nconv filters 3x3 channels 2"))
    assert [problem.code for problem in raised.value.diagnostics] == ["E104", "E102"]


# ---- what is only written in another way -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("conv filters 3x3 channels 8", "conv filters 3x3 channels 8 pad 1 stride 1x1"),
        ("conv filters 5x3 channels 8 stride 2", "conv channels 4*2 stride 2x2 filters 5x3 pad 2 x 1"),
        ("conv filters <1..3>x3 channels <4|8|12>", "conv filters <1|2|3>x3 channels <4..12 by 4>"),
        ("pool max 2", "pool max 2x2 stride 2"),
        ("relu\ntanh", "identity\nrelu\na = identity\ntanh\nidentity"),
        ("a = relu\ntanh\nadd:\n    path: elu\n    path from a: gelu",
         "relu\na = identity\ntanh\nadd:\n    path: elu\n    path from a: gelu"),
        ("conv filters 3x3 channels 8\nconv filters 1x1 channels 2 groups 2",
         "conv filters 3x3 channels 8\nconv filters 1x1 channels 2 groups [0-3 -> 0; 4-7 -> 1]"),
        ("conv filters 3x3 channels 8\nconv filters 1x1 channels 2 reads all",
         "conv filters 3x3 channels 8\nconv filters 1x1 channels 2 reads [0-7]"),
        ("conv filters 3x3 channels<=8\nconv filters 1x1 channels 2",
         "conv filters 3x3 channels<=8\nconv filters 1x1 channels 2 reads any"),
        ("add:\n    path: relu\n    path: conv filters 3x3 channels 4",
         "add:\n    path: conv filters 3x3 channels 4\n    path: relu"),
        ("concat:\n    path: relu\n    path: tanh\nconv filters 3x3 channels 4",
         "concat:\n    path: tanh\n    path: relu\nconv filters 3x3 channels 4"),
        ("stem = relu\ntanh\nadd:\n    path: elu\n    path from stem: gelu",
         "root = relu\ntanh\nadd:\n    path: elu\n    path from root: gelu"),
        ("stem = relu\nadd:\n    path: elu\n    path from stem: gelu",
         "relu\nsum = add:\n    path: elu\n    path: gelu"),
        ("conv filters 3x3 channels w\nconv filters k x k channels w",
         "conv filters 3x3 channels v\nconv filters l x l channels v"),
    ],
)  # fmt: skip
def test_the_same_in_other_words(one: str, other: str) -> None:
    define = "{w: <16|32>, v: <16|32>, k: <1|3>, l: <1|3>}"
    for pair in ((one, other), (other, one)):
        found = diff(*(space(text, define=define) for text in pair))
        assert found.changes == ()
        assert (found.a, found.smallest_a) == (found.b, found.smallest_b)


@pytest.mark.parametrize(
    ("one", "other", "what"),
    [
        ("conv filters 3x3 channels 8", "conv filters 3x3 channels 8 pad valid", "pad"),
        ("conv filters 3x3 channels 8", "conv filters 5x5 channels 8 pad 1", "filters pad"),
        ("pool max 2", "pool max 2 stride 1", "stride"),
        ("conv filters k x k channels w", "conv filters <1|3>x<1|3> channels w", "filters"),
        ("conv filters 3x3 channels w\nconv filters 3x3 channels w",
         "conv filters 3x3 channels w\nconv filters 3x3 channels v", "channels"),
        ("conv filters 3x3 channels<=8\nconv filters 1x1 channels 2",
         "conv filters 3x3 channels<=8\nconv filters 1x1 channels 2 reads all", "reads"),
        ("concat:\n    path: relu\n    path: tanh", "concat:\n    path: tanh\n    path: relu", "channels"),
        ("concat:\n    path: relu\n    path: conv filters 3x3 channels 4\nshuffle 2",
         "concat:\n    path: conv filters 3x3 channels 4\n    path: relu\nshuffle 2", "channels"),
        ("a = relu\nb = tanh\nadd:\n    path: elu\n    path from a: gelu",
         "a = relu\nb = tanh\nadd:\n    path: elu\n    path from b: gelu", "from"),
        ("a = relu\nb = tanh\nadd:\n    path: elu\n    path from a: gelu",
         "a = relu\nb = tanh\nadd:\n    path: elu\n    path: gelu", "from"),
    ],
)  # fmt: skip
def test_not_the_same(one: str, other: str, what: str) -> None:
    define = "{w: <16|32>, v: <16|32>, k: <1|3>}"
    for pair in ((one, other), (other, one)):
        found = diff(*(space(text, define=define) for text in pair))
        assert [change.what for change in found.changes] == what.split()


# ---- what became of what is open -------------------------------------------------------------------------------------


def told(one: str, other: str) -> list[tuple[str, str, str, str]]:
    """What changed, in words."""
    found = diff(space(one, define="{p: 4}"), space(other, define="{p: 4}"))
    return [(change.what, change.said_a, change.said_b, change.verdict) for change in found.changes]


@pytest.mark.parametrize(
    ("a", "b", "said_a", "said_b", "verdict"),
    [
        ("channels<=48", "channels 31", "at most 48", "31", "closed"),
        ("channels<=48", "channels 64", "at most 48", "64", "closed elsewhere"),
        ("channels 31", "channels<=48", "31", "at most 48", "opened"),
        ("channels 31", "channels<=16", "31", "at most 16", "opened elsewhere"),
        ("channels <16|32|48>", "channels 32", "16 to 48 by 16", "32", "closed"),
        ("channels <16|32>", "channels <16|32|64>", "16 or 32", "16, 32 or 64", "widened"),
        ("channels <16|32>", "channels <32|64>", "16 or 32", "32 or 64", "changed"),
        ("channels<=48", "channels <16|32>", "at most 48", "16 or 32", "narrowed"),
        ("channels<=48", "channels<=64", "at most 48", "at most 64", "widened"),
    ],
)
def test_counts(a: str, b: str, said_a: str, said_b: str, verdict: str) -> None:
    one, other = (f"conv filters 3x3 {count}\nflatten\nlinear channels 2 reads all" for count in (a, b))
    assert told(one, other) == [("channels", said_a, said_b, verdict)]


@pytest.mark.parametrize(
    ("a", "b", "verdict"),
    [
        ("<1..5>x3", "<1..3>x3", "narrowed"),
        ("<1..3>x<1..3>", "<1x3|3x1>", "narrowed"),
        ("<1x3|3x1>", "1x3", "closed"),
        ("<1x3|3x1>", "3x3", "closed elsewhere"),
        ("3x3", "<1..5>x<1..5>", "opened"),
        ("<1..200>x<1..200>", "<1x3|3x1>", "narrowed"),
        ("<1..200>x<1..200>", "<100..300>x<1..200>", "changed"),
    ],
)
def test_filters(a: str, b: str, verdict: str) -> None:
    one, other = (f"conv filters {filters} channels 2" for filters in (a, b))
    assert told(one, other) == [("filters", a, b, verdict)]


def test_dilation_and_groups() -> None:
    assert told("conv filters 3x3 channels 4 dilation <1|2>", "conv filters 3x3 channels 4 dilation 2") == [
        ("dilation", "1 or 2", "2", "closed")
    ]
    assert told("conv filters 3x3 channels 4 groups <1|2|4>", "conv filters 3x3 channels 4 groups 2") == [
        ("groups", "1, 2 or 4 groups", "2 groups", "closed")
    ]
    assert told(
        "conv filters 3x3 channels 4 groups<=p", "conv filters 3x3 channels 4 groups [0-2 -> 0-1; 3 -> 2-3]"
    ) == [("groups", "up to 4 patterns", "2 patterns: 3 → 2, 1 → 2", "closed")]
    assert told("conv filters 3x3 channels 4 groups 2", "conv filters 3x3 channels 4 groups<=p") == [
        ("groups", "2 groups", "up to 4 patterns", "opened")
    ]
    five = "; ".join(f"{','.join(map(str, range(number)))} -> {number}" for number in range(1, 4)) + "; 0,3 -> 0,4"
    assert told("conv filters 3x3 channels 5", f"conv filters 3x3 channels 5 groups [{five}]") == [
        ("groups", "1 group", "4 patterns of 1 to 3 inputs", "")
    ]


def test_what_is_read() -> None:
    head = "conv filters 3x3 channels<=8\nrelu\nconv filters 1x1 channels 2"
    assert told(head, f"{head} reads all") == [("reads", "any of 8", "all 8", "closed")]
    fixed = "conv filters 3x3 channels 6\nrelu\nconv filters 1x1 channels 2"
    assert told(head, f"{fixed} reads [0-3]") == [
        ("channels", "at most 8", "6", "closed"),
        ("reads", "any of 8", "4 of 6", "closed"),
    ]
    assert told(fixed, f"{fixed} reads [0-3]") == [("reads", "all 6", "4 of 6", "")]
    assert told(f"{fixed} reads [0-2]", f"{fixed} reads any") == [("reads", "3 of 6", "any of 6", "opened")]
    both = "concat:\n    path: identity\n    path: conv filters 3x3 channels<=8\nconv filters 1x1 channels 2"
    assert told(both, f"{both} reads any") == [("reads", "any of 8, and 4 more", "any of 12", "widened")]


def test_a_pad_that_follows_from_the_filter_is_no_change() -> None:
    a = "conv filters <1..5>x<1..5> channels<=24 stride 2 pad valid"
    assert [what for what, *_ in told(a, "conv filters 1x2 channels 6 stride 2 pad -2 x -1/-2")] == [
        "filters",
        "channels",
    ]
    assert [what for what, *_ in told(a, "conv filters 1x2 channels 6 stride 2 pad valid")] == ["filters", "channels"]
    assert [what for what, *_ in told(a, "conv filters 1x2 channels 6 stride 2 pad -1")] == [
        "filters",
        "channels",
        "pad",
    ]
    d = "conv filters <1..3>x3 channels 4 pad 4 dilation <1|2>"
    assert [what for what, *_ in told(d, "conv filters 1x3 channels 4 pad 2 x 3")] == ["filters", "dilation"]


def test_a_space_against_what_was_found_in_it() -> None:
    a = program(
        "conv filters <1..5>x3 channels<=8\nrelu\nconv filters 1x1 channels 4 groups<=2\nflatten\nlinear channels 2"
    )
    b = closed(
        a,
        conv1_filters_height=1,
        conv1_reads=(0, 1, 2, 3),
        conv2_groups=((0, 2), (0, 2), (1,), (1, 2)[:1]),
        linear1_reads=(0, 1, 2, 3),
    ).space
    found = diff(a.space, b)
    assert {(change.what, change.verdict) for change in found.changes} <= {
        ("filters", "closed"), ("channels", "closed"), ("groups", "closed"), ("reads", "closed"),
    }  # fmt: skip


# ---- structure -------------------------------------------------------------------------------------------------------


def test_moved() -> None:
    one, other = "relu\nnorm batch\ntanh\nelu", "norm batch\ntanh\nrelu\nelu"
    assert changes_of(one, other) == (Change("relu1", "moved", "first", "after tanh1"),)
    assert changes_of(other, one) == (Change("relu1", "moved", "after tanh1", "first"),)


def changes_of(one: str, other: str) -> tuple[Change, ...]:
    return diff(space(one), space(other)).changes


def test_a_block_that_came_or_went() -> None:
    one = "relu\nresidual:\n    conv filters 3x3 channels 4\n    norm batch\ntanh"
    text = "residual:\n    conv filters 3x3 channels 4\n    norm batch"
    assert changes_of(one, "relu\ntanh") == (Change("residual1", "removed", text, ""),)
    found = diff(space("relu\ntanh"), space(one))
    assert found.changes == (Change("residual1", "added", "", text),)
    assert found.changes[0].said_b == "residual: 2 statements"
    assert found.layers[0].cost_b.most == found.b


def test_a_block_around_what_was_there() -> None:
    one = "relu\nconv filters 3x3 channels 4\nnorm batch\ntanh"
    other = "relu\nresidual:\n    conv filters 3x3 channels 4\n    norm batch\ntanh"
    assert changes_of(one, other) == (Change("residual1", "added", "", "residual"),)
    assert changes_of(other, one) == (Change("residual1", "removed", "residual", ""),)
    assert changes_of(one, other.replace("3x3", "1x1"))[1:] == (Change("residual1.conv1", "filters", "3x3", "1x1"),)


def test_a_block_that_became_another() -> None:
    one = "residual:\n    conv filters 3x3 channels 4\n    norm batch"
    path = "    path:\n        conv filters 5x5 channels 4\n        norm batch"
    other = f"add:\n{path}\n    path: conv filters 1x1 channels 4"
    assert changes_of(one, other) == (
        Change("add1", "statement", "residual", "add"),
        Change("add1.path1", "added", "", "path"),
        Change("add1.path1.conv1", "filters", "3x3", "5x5"),
        Change("add1.path2", "added", "", "path:\n    conv filters 1x1 channels 4"),
    )
    assert [change.what for change in changes_of(other, one)] == ["statement", "removed", "filters", "removed"]


def test_a_defined_name() -> None:
    body = "conv filters 3x3 channels 2*c\nconv filters 1x1 channels 2"
    found = diff(space(body, define="{c: 4, d: 1}"), space(body, define="{d: 2, c: <4|8>}"))
    assert found.changes == (Change("define", "c", "4", "<4|8>"), Change("conv1", "channels", "8", "c"))
    assert [change.verdict for change in found.changes] == ["opened", "opened"]


def test_what_follows_from_other_layers_is_told_by_its_cost() -> None:
    found = diff(space(BODY), space(BODY.replace("channels 8", "channels 4")))
    assert [(layer.name, [change.what for change in layer.changes]) for layer in found.layers] == [
        ("conv1", ["channels"]),
        ("linear1", []),
    ]
    facts = found.facts()
    assert [layer["params"] for layer in facts["layers"]] == [{"a": 296, "b": 148}, {"a": 1026, "b": 514}]
    assert facts["layers"][1]["a"] == {"name": "linear1", "line": 9, "reads": "512"}
    assert (
        sum(layer["params"]["a"] - layer["params"]["b"] for layer in facts["layers"]) == found.a.params - found.b.params
    )


def test_smallest_costs() -> None:
    found = diff(space(BODY.replace("3x3", "<1..3>x3")), space(BODY.replace("3x3", "<1..5>x3")))
    assert found.smallest_a == found.smallest_b
    assert found.a.params == found.smallest_a.params + 8 * 4 * 3 * 2
    assert found.facts()["smallest"]["params"] == {"a": found.smallest_a.params, "b": found.smallest_b.params}
