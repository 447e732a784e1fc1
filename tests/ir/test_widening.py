"""An architecture opened again: what is opened, what stays, and that the architecture is still in there."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import dasdsl
from dasdsl.diagnostics import DasError
from dasdsl.ir.closing import close
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.examining import examined
from dasdsl.ir.membership import locate
from dasdsl.ir.widening import Growth, widen
from dasdsl.language.formatting import format as formatted
from dasdsl.language.reading import loads
from dasdsl.language.space import Space
from tests.ir.members import closed_at_random
from tests.properties.spaces import spaces
from tests.properties.structures import structures


def architecture(body: str, shape: str = "4x8x8", head: str = "") -> Space:
    return loads(f"---\ndas: 1\narchitecture: small\ninput: {shape}\n{head}---\n{body}\n", "found.das")


def opened(body: str, shape: str = "4x8x8", **options: object) -> list[str]:
    """The statements of the widened space."""
    widened = widen(architecture(body, shape), **options)  # type: ignore[arg-type]
    return str(widened).split("---\n")[2].splitlines()[1:]


TAIL = "flatten\nlinear channels 2"


def test_a_network_is_opened_in_every_way_that_it_can() -> None:
    body = "conv filters 3x1 channels 31\nrelu\nconv filters 5x4 channels 4 reads [0-3,7]\nrelu\n"
    body += "flatten\nlinear channels 10"
    assert opened(body) == [
        "conv filters <1..4>x<1|2> channels<=47",
        "relu",
        "conv filters <1..6>x<1..5> channels<=6 reads any",
        "relu",
        "flatten",
        "linear channels 10",
    ]


def test_the_header_is_that_of_a_space() -> None:
    head = "data: digits\ndefine: {b: 4, c: 2*b, k: 1}\nsearch: {gamma: 0.02}\nfound: {from: a.das, params: 7}\n"
    widened = widen(architecture("conv filters k x 1 channels c  # stem\nflatten\nlinear channels c/4", head=head))
    assert str(widened) == (
        "---\ndas: 1\nspace: small\ninput: 4x8x8\ndata: digits\ndefine: {c: 8}\nsearch: {gamma: 0.02}\n---\n"
        "# Around found.das: filters +1, channels x1.5.\n"
        "conv filters <1|2>x<1|2> channels<=12  # stem\nflatten\nlinear channels c/4\n"
    )
    assert widened.source.path == "found.das (widened)"


@pytest.mark.parametrize(
    ("pad", "there"),
    [
        # the extents that are new stand before for an odd number of sides, behind for an even one
        ("filters 3x3 channels 2 pad valid", "filters <1..4>x<1..4> channels<=3 pad 1/0"),
        ("filters 4x4 channels 2 pad 0", "filters <1..5>x<1..5> channels<=3 pad 0/1"),
        ("filters 3x2 channels 2 pad -1 x 2/1", "filters <1..4>x<1..3> channels<=3 pad 0/-1 x 2"),
        ("filters 3x3 channels 2 dilation 2 pad 2", "filters <1..4>x<1..4> channels<=3 dilation 2 pad 4/2"),
        ("filters 3x3 channels 2 stride 2", "filters <1..4>x<1..4> channels<=3 stride 2"),
        ("filters 2x3 channels 2 pad 0 x 1", "filters <1..3>x<1..4> channels<=3 pad 0/1 x 2/1"),
    ],
)
def test_written_pads_are_those_of_the_largest_filter(pad: str, there: str) -> None:
    assert opened(f"conv {pad}\n{TAIL}")[0] == f"conv {there}"
    # the architecture prints its own pads again
    found = architecture(f"conv {pad}\n{TAIL}")
    program = elaborate(widen(found))
    assert str(close(program, locate(elaborate(found), program).outcomes).space.body) == str(
        close(elaborate(found), {}).space.body
    )
    assert program["conv1"].shape[1:] == elaborate(found)["conv1"].shape[1:]


def test_an_open_dilation_is_one_for_all_sides() -> None:
    """D⌊H/2⌋ − d⌊h/2⌋ = 4 more before, D⌊(H−1)/2⌋ − d⌊(h−1)/2⌋ = 1 more behind; one that differs by side stays."""
    body = f"conv filters 3x3 channels 2 dilation 2 pad 2\nconv filters 1x1 channels 2 dilation 2x1\n{TAIL}"
    assert opened(body, dilation=1, channels=None)[:2] == [
        "conv filters <1..4>x<1..4> channels 2 dilation <1..3> pad 6/3",
        "conv filters <1|2>x<1|2> channels 2 dilation 2x1",
    ]
    # without a second tap there is no distance
    assert "dilation" not in opened("conv filters 1x1 channels 2\n" + TAIL, dilation=1, filters=0)[0]


def test_none_leaves_a_field_as_it_is() -> None:
    body = f"conv filters 3x3 channels 4 pad 0\nrelu\nconv depthwise filters 3x3\n{TAIL}"
    assert opened(body, filters=None)[:3] == [
        "conv filters 3x3 channels<=6 pad 0",
        "relu",
        "conv depthwise filters 3x3",
    ]
    assert opened(body, channels=None)[0] == "conv filters <1..4>x<1..4> channels 4 pad 1/0"
    assert opened(body, filters=0, channels=1)[2] == "conv depthwise filters <1..3>x<1..3>"


@pytest.mark.parametrize(("growth", "most"), [("x1.5", 47), (2, 62), ("+8", 39), (1, 31), ("1.1", 35), (1.1, 35)])
def test_channels_grow_by_a_factor_or_by_a_number(growth: float | str, most: int) -> None:
    assert Growth.of(growth).grown(31) == most
    assert opened(f"conv filters 1x1 channels 31\n{TAIL}", channels=growth)[0].endswith(f"channels<={most}")


def test_a_product_is_exact() -> None:
    assert Growth.of(1.1).grown(20) == 22


# ---- channels --------------------------------------------------------------------------------------------------------

KEPT = [
    ("it is the output", "conv filters 1x1 channels 4", 0),
    ("a norm reads all", f"conv filters 1x1 channels 4\nnorm layer\n{TAIL}", 0),
    ("the order counts", f"conv filters 1x1 channels 4\nshuffle 2\n{TAIL}", 0),
    ("blocks read all", f"conv filters 1x1 channels 4\nconv filters 1x1 channels 8 groups 2\n{TAIL}", 0),
    ("blocks stay whole", f"conv filters 1x1 channels 4 groups 2\n{TAIL}", 0),
    ("it is added to the input", f"residual: conv filters 1x1 channels 4\n{TAIL}", 0),
]


@pytest.mark.parametrize(("body", "line"), [case[1:] for case in KEPT], ids=[case[0] for case in KEPT])
def test_channels_that_something_counts_on_stay(body: str, line: int) -> None:
    assert "channels 4" in opened(body)[line]


def test_channels_that_are_added_have_one_maximum() -> None:
    body = (
        "stem = conv filters 1x1 channels 6\nresidual:\n    conv filters 3x3 channels 5\n    relu\n"
        "    conv filters 1x1 channels 6\nmul:\n    path: identity\n    path:\n        pool global avg\n"
        f"        conv filters 1x1 channels 6\n        sigmoid\n{TAIL}"
    )
    assert [line.strip() for line in opened(body, filters=None) if "conv" in line] == [
        "stem = conv filters 1x1 channels<=9",
        "conv filters 3x3 channels<=8",
        "conv filters 1x1 channels<=9",
        "conv filters 1x1 channels<=9",
    ]


def test_channels_that_are_added_to_parts_of_others_stay() -> None:
    body = (
        "add:\n    path:\n        concat:\n            path: conv filters 1x1 channels 2\n"
        f"            path: conv filters 1x1 channels 3\n    path: conv filters 1x1 channels 5\n{TAIL}"
    )
    assert not [line for line in opened(body) if "<=" in line]


# ---- connections -----------------------------------------------------------------------------------------------------


def test_patterns_are_opened_to_as_many_as_there_are() -> None:
    body = f"conv filters 1x1 channels 4 groups [0-1 -> 0; 2 -> 1-2; none -> 3]\nconv filters 1x1 channels 4\n{TAIL}"
    assert opened(body, filters=None)[:2] == [
        "conv filters 1x1 channels<=6 groups<=3",
        "conv filters 1x1 channels<=6",
    ]
    assert opened(body, filters=None, groups=4)[:2] == [
        "conv filters 1x1 channels<=6 groups<=4",
        "conv filters 1x1 channels<=6 groups<=4",
    ]


def test_blocks_are_patterns_where_patterns_are_wanted() -> None:
    """And then they count on nothing any more."""
    body = f"conv filters 1x1 channels 8\nconv filters 1x1 channels 4 groups 4\n{TAIL}"
    assert opened(body)[:2] == [
        "conv filters <1|2>x<1|2> channels 8",
        "conv filters <1|2>x<1|2> channels 4 groups 4",
    ]
    assert opened(body, filters=None, groups=2)[:2] == [
        "conv filters 1x1 channels<=12 groups<=2",
        "conv filters 1x1 channels<=6 groups<=4",
    ]


def test_written_reads_give_way() -> None:
    body = f"conv filters 1x1 channels 4 reads all\nconv filters 1x1 channels 4 reads [1-2]\n{TAIL}"
    assert opened(body, filters=None)[:2] == [
        "conv filters 1x1 channels<=6",
        "conv filters 1x1 channels<=6 reads any",
    ]
    assert opened(body, filters=None, groups=1)[1] == "conv filters 1x1 channels<=6 groups<=1"


# ---- layers ----------------------------------------------------------------------------------------------------------

CHAIN = (
    "stem = conv filters 1x1 channels 4\nresidual:\n    conv filters 3x3 channels 4\n    relu\n"
    f"    conv filters 3x3 channels 4\n{TAIL}"
)


def test_layers_are_chosen_by_name() -> None:
    assert [line.strip() for line in opened(CHAIN, only=["residual1.conv1"]) if "conv" in line] == [
        "stem = conv filters 1x1 channels 4",
        "conv filters <1..4>x<1..4> channels<=6",
        "conv filters 3x3 channels 4",
    ]
    # what is added to a layer that stays, stays
    assert [line.strip() for line in opened(CHAIN, exclude=["stem"]) if "conv" in line] == [
        "stem = conv filters 1x1 channels 4",
        "conv filters <1..4>x<1..4> channels<=6",
        "conv filters <1..4>x<1..4> channels 4",
    ]


def test_a_block_is_all_that_is_in_it() -> None:
    one = opened(CHAIN, only=["residual1"], channels=None)
    assert one == opened(CHAIN, exclude=["stem", "flatten1", "linear1"], channels=None)
    assert one[0] == "stem = conv filters 1x1 channels 4"
    assert one[2].strip() == "conv filters <1..4>x<1..4> channels 4"


def test_a_layer_that_stays_keeps_what_it_names() -> None:
    body = (
        "conv filters 2x1 channels 4\nconv filters 1x1 channels 4 reads [0,2]\nrelu\n"
        f"conv filters 1x1 channels 4 groups [0 -> 0-1; 1-3 -> 2-3]\n{TAIL}"
    )
    first, *others = opened(body, exclude=["conv2", "conv3"], filters=0)
    assert first == "conv filters <1|2>x1 channels 4"
    assert others == body.split("\n")[1:]


# ---- blocks ----------------------------------------------------------------------------------------------------------

BLOCKS = """block body(n, k):
    conv filters k x k channels n  # in
    relu
    conv filters 1x1 channels 8
shared block cell(n): conv filters 3x3 channels n
stem = conv filters 3x3 channels 8
repeat 3:
    residual: body(6, 3)
residual: body(5, 3)
cell(8)
cell(8)
"""


def test_blocks_and_repeats_are_opened_as_they_stand() -> None:
    """What is a parameter that differs stays one; the uses of a shared block become those of a block."""
    body = BLOCKS + TAIL
    assert (
        "\n".join(opened(body))
        .replace("\nflatten", "\nflatten")
        .startswith(
            "block body(n, k):\n    conv filters <1..4>x<1..4> channels n  # in\n    relu\n"
            "    conv filters <1|2>x<1|2> channels<=12\n"
            "block cell(n): conv filters <1..4>x<1..4> channels<=12\n"
            "stem = conv filters <1..4>x<1..4> channels<=12\nrepeat 3:\n    residual: body(6, 3)\n"
            "residual: body(5, 3)\ncell(8)\ncell(8)\n"
        )
    )
    found = architecture(body)
    program = elaborate(widen(found))
    assert program.warnings == ()
    again = str(close(program, locate(elaborate(found), program).outcomes).space)
    assert elaborate(loads(again)).cost == elaborate(found).cost


def test_copies_are_opened_alike() -> None:
    body = f"conv filters 1x1 channels 4\nrepeat 2:\n    conv filters 3x3 channels 4\n    relu\n{TAIL}"
    assert "    conv filters <1..4>x<1..4> channels<=6" in opened(body)
    # the last of them makes the output, or one of them is not to be opened
    assert opened("repeat 2:\n    conv filters 3x3 channels 4\n    relu")[1].endswith(" channels 4")
    assert opened(body, exclude=["repeat1.2"])[2] == "    conv filters 3x3 channels 4"


def test_a_parameter_that_is_a_filter_stays_where_it_differs() -> None:
    block = "block body(k): conv filters k x k channels 4 pad 1\n"
    assert opened(f"{block}body(3)\nbody(3)\n{TAIL}")[0].endswith("filters <1..4>x<1..4> channels<=6 pad 2/1")
    assert opened(f"{block}body(3)\nbody(1)\n{TAIL}")[0].endswith("filters k x k channels<=6 pad 1")


# ---- depth -----------------------------------------------------------------------------------------------------------

REPEATS = """conv filters 3x3 channels 8
repeat 3:
    residual: conv filters 3x3 channels 8
    relu
repeat 2: conv filters 3x3 channels 8 stride 2
repeat 1: relu
"""


def test_the_depth_is_opened_where_later_copies_keep_the_shape() -> None:
    found = opened(REPEATS + TAIL, depth=2, filters=None)
    assert found == [
        "conv filters 3x3 channels<=12",
        "repeat <1..5>:",
        "    residual: conv filters 3x3 channels<=12",
        "    relu",
        "repeat 2: conv filters 3x3 channels<=12 stride 2",
        "repeat <1..3>: relu",
        *TAIL.split("\n"),
    ]
    # what it is closed to has the copies that it had; one copy is written out
    before = elaborate(architecture(REPEATS + TAIL))
    program = elaborate(widen(architecture(REPEATS + TAIL), depth=2))
    assert str(close(program, locate(before, program).outcomes).space) == str(before.space).replace("repeat 1: ", "")
    assert [program["repeat1"].op.counts, program["repeat3"].op.counts] == [(1, 2, 3, 4, 5), (1, 2, 3)]  # type: ignore[attr-defined]


def test_depths_are_chosen_by_name() -> None:
    assert [line for line in opened(REPEATS + TAIL, depth=1, only=["repeat3"]) if "repeat" in line] == [
        "repeat 3:",
        "repeat 2: conv filters 3x3 channels 8 stride 2",
        "repeat <1|2>: relu",
    ]
    assert [line for line in opened(REPEATS + TAIL, depth=0, exclude=["repeat2"]) if "repeat" in line] == [
        "repeat <1..3>:",
        "repeat 2: conv filters 3x3 channels 8 stride 2",
        "repeat 1: relu",
    ]


def test_a_depth_that_is_a_name_is_opened_and_one_that_is_a_parameter_stays() -> None:
    """The uses of a block may give it different numbers."""
    text = (
        "---\ndas: 1\narchitecture: small\ninput: 4x8x8\ndefine: {n: 2}\n---\nblock body(m):\n    repeat m: relu\n"
        f"repeat n: body(3)\nconv filters 1x1 channels 4\n{TAIL}\n"
    )
    widened = str(widen(loads(text), depth=1))
    assert "repeat <1..3>: body(3)\n" in widened
    assert "repeat m: relu\n" in widened
    assert "define" not in widened


def test_repeats_in_repeats_are_counted_on_their_own() -> None:
    body = f"repeat 2:\n    repeat 3: relu\n    conv filters 1x1 channels 4\nrepeat 2: relu\n{TAIL}"
    assert [line for line in opened(body, depth=1) if "repeat" in line] == [
        "repeat <1..3>:",
        "    repeat <1..4>: relu",
        "repeat <1..3>: relu",
    ]
    # of a repeat in another one every copy has to be chosen
    assert opened(body, depth=1, exclude=["repeat1.2.repeat1"])[1] == "    repeat 3: relu"


@pytest.mark.parametrize(
    ("body", "options", "said"),
    [
        (CHAIN, {}, "there is no `repeat` with a number that could be opened"),
        (f"repeat 1: relu\n{TAIL}", {"depth": 0}, "there is no `repeat` with a number that could be opened"),
        (f"repeat 2: pool max 2\n{TAIL}", {}, "no `repeat` that can be opened keeps the shape in its later copies"),
        (REPEATS + TAIL, {"only": ["conv1"]}, "no `repeat` that can be opened is among the layers"),
        (REPEATS + TAIL, {"depth": -1}, "`depth` is -1"),
    ],
)
def test_where_no_depth_can_be_opened(body: str, options: dict[str, object], said: str) -> None:
    with pytest.raises(DasError) as caught:
        widen(architecture(body), **{"depth": 1, **options})  # type: ignore[arg-type]
    assert [(one.code, one.message) for one in caught.value.diagnostics] == [("E321", said)]


# ---- refused ---------------------------------------------------------------------------------------------------------

REFUSED = [
    ({"channels": "x0.5"}, "`x0.5` leaves fewer channels than there are"),
    ({"channels": "many"}, "`many` does not say how many channels"),
    ({"channels": "+1.5"}, "`+1.5` does not say how many channels"),
    ({"channels": "xinf"}, "`xinf` does not say how many channels"),
    ({"channels": "x1/0"}, "`x1/0` does not say how many channels"),
    ({"channels": float("nan")}, "`nan` does not say how many channels"),
    ({"filters": -1}, "`filters` is -1"),
    ({"filters": 10**9}, "`filters` is 1000000000"),
    ({"groups": 0}, "`groups` is 0"),
    ({"only": ["conv3"]}, "there is no layer `conv3`"),
    ({"exclude": ["residual"]}, "there is no layer `residual`"),
    ({"only": ["flatten1"]}, "nothing is opened"),
]


@pytest.mark.parametrize(("options", "said"), REFUSED)
def test_what_cannot_be_is_refused(options: dict[str, object], said: str) -> None:
    with pytest.raises(DasError) as caught:
        widen(architecture(CHAIN), **options)  # type: ignore[arg-type]
    found = caught.value.diagnostics
    assert [(one.code, one.message) for one in found] == [("E321", said)]
    assert found[0].help


def test_a_space_is_refused() -> None:
    with pytest.raises(DasError, match="E320"):
        dasdsl.widen(dasdsl.load("spaces/digits.das"))


def test_more_than_a_file_may_hold_is_told() -> None:
    with pytest.raises(DasError) as caught:
        widen(architecture(CHAIN), filters=4096)
    assert caught.value.diagnostics[0].path == "found.das (widened)"


# ---- properties ------------------------------------------------------------------------------------------------------


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(
    st.one_of(spaces(), structures()),
    st.integers(0, 2**31),
    st.sampled_from([None, 0, 1, 2]),
    st.sampled_from([None, 1, 1.5, "+3"]),
    st.sampled_from([None, 1, 3]),
    st.sampled_from([None, 0, 1]),
    st.sampled_from([None, None, 0, 1]),
)
def test_the_space_contains_the_architecture(
    text: str,
    seed: int,
    filters: int | None,
    channels: float | str | None,
    groups: int | None,
    dilation: int | None,
    depth: int | None,
) -> None:
    """It checks, is canonical, is read back, and a choice of outcomes closes it to the text that it comes from."""
    try:
        found = closed_at_random(elaborate(loads(text)), seed)
    except DasError:
        found = None
    assume(found is not None)
    assert found is not None
    try:
        space = widen(found, filters=filters, channels=channels, groups=groups, dilation=dilation, depth=depth)
    except DasError as error:
        said = error.diagnostics[0].message
        if said != "nothing is opened" and (depth is None or "`repeat`" not in said):
            raise
        return
    written = str(space)
    assert loads(written) == space
    assert formatted(written) == written
    assert examined(written, "a.das") == []
    program, before = elaborate(space), elaborate(found)
    if depth is None:
        assert [node.shape[1:] for node in program.nodes if len(node.shape) > 1] == [
            node.shape[1:] for node in before.nodes if len(node.shape) > 1
        ]
    again = close(program, locate(before, program).outcomes).space
    if "block" in text:
        # what two uses of a block were widened to may differ, so that the block is written out
        assert [node.op for node in elaborate(again).nodes] == [node.op for node in before.nodes]
    else:
        assert str(again) == str(found)
