"""Branches: channels that are added or multiplied are the same channels."""

from __future__ import annotations

import pytest

from dasdsl.diagnostics import DasError
from dasdsl.ir.closing import close
from dasdsl.ir.diff import Change, diff
from dasdsl.language.reading import loads
from dasdsl.operations.core.decisions import Outcomes
from tests.ir.texts import body_of, program

HEAD = "---\ndas: 1\nspace: a\ninput: 4x8x8\n---\n"


def read(**reads: tuple[int, ...]) -> Outcomes:
    """What each layer reads, `conv2=(0, 1)`; `residual1_conv1` for a layer in a block."""
    return {f"{name.replace('_', '.')}.reads": positions for name, positions in reads.items()}


RESIDUAL = (
    "conv filters 3x3 channels<=4\nresidual:\n    conv filters 1x1 channels<=4\n    conv filters 1x1 channels<=4\n"
    "flatten\nlinear channels 2\n"
)


def test_a_residual_block_ties_its_channels_to_what_it_is_added_to() -> None:
    found = program(RESIDUAL)
    assert found.ties.group("conv1") == {"conv1", "residual1.conv2"}
    outcomes = read(residual1_conv1=(0,), residual1_conv2=(2, 3), linear1=(1,))
    # channel 0 lives since the block reads it, channel 1 since the last layer does; both are made by block and stem
    assert body_of(close(found, outcomes)) == [
        "conv filters 3x3 channels 2",
        "residual:",
        "    conv filters 1x1 channels 2 reads [0]",
        "    conv filters 1x1 channels 2",
        "flatten",
        "linear channels 2 reads [1]",
    ]


def test_a_path_of_which_nothing_is_read_is_gone() -> None:
    found = program(
        "concat:\n    path: conv filters 3x3 channels<=2\n    path: conv filters 1x1 channels<=3\n"
        "flatten\nlinear channels 2\n"
    )
    assert body_of(close(found, read(linear1=(3, 4)))) == [
        "conv filters 1x1 channels 2",
        "flatten",
        "linear channels 2",
    ]


def test_a_path_may_start_at_any_label_in_sight() -> None:
    found = program(
        "stem = conv filters 3x3 channels 4\nrelu\nadd:\n    path:\n        inner = tanh\n        add:\n"
        "            path from stem: identity\n            path from inner: identity\n    path: identity\n"
        "flatten\nlinear channels 2\n"
    )
    assert found["add1.path1.add1.path1.identity1"].inputs == ("stem",)
    assert found["add1.path1.add1.path2.identity1"].inputs == ("add1.path1.inner",)
    assert found["add1.path1.inner"].inputs == ("relu1",)


@pytest.mark.parametrize(
    ("body", "code", "line"),
    [
        ("add:\n    path from stem: relu\n    path: relu\n", "E303", 7),
        ("add:\n    path:\n        stem = relu\n    path from stem: relu\n", "E303", 9),
        ("stem = relu\ntanh\nadd:\n    path from stem: relu\n    path from stem: tanh\n", "E304", 7),
        ("add:\n    path: conv filters 1x1 channels<=4\n    path: identity\n", "E305", 6),
        ("add:\n    path: conv filters 1x1 channels <2|4>\n    path: conv filters 1x1 channels <2|4>\n", "E305", 6),
        ("residual: conv filters 3x3 channels 8 stride 2\n", "E112", 6),
    ],
)
def test_what_does_not_fit(body: str, code: str, line: int) -> None:
    with pytest.raises(DasError) as caught:
        program(body + "conv filters 1x1 channels 2\n")
    assert [(found.code, found.line) for found in caught.value.diagnostics] == [(code, line)]


def test_the_help_of_a_residual_shows_the_projection() -> None:
    with pytest.raises(DasError) as caught:
        program("residual: conv filters 3x3 channels 8 stride 2\nconv filters 1x1 channels 2\n")
    assert "`path: conv filters 1x1 channels 8 stride 2`" in (caught.value.diagnostics[0].help or "")


def test_a_shared_decision_may_be_tied() -> None:
    body = "add:\n    path: conv filters 1x1 channels w\n    path: conv filters 3x3 channels w\n"
    found = program(body + "conv filters 1x1 channels 2", define="{w: <2|4>}")
    assert body_of(close(found, {"w": 0}))[:3] == [
        "add:",
        "    path: conv filters 1x1 channels 2",
        "    path: conv filters 3x3 channels 2",
    ]


def test_another_wiring_is_a_difference() -> None:
    body = (
        "a = conv filters 1x1 channels 4\nb = relu\nadd:\n    path from {}: tanh\n    path: identity\n"
        "conv filters 1x1 channels 2\n"
    )
    one, other = (loads(HEAD + body.format(label)) for label in "ab")
    assert diff(one, other).changes == (Change("add1.path1", "from", "a", "b"),)
    assert diff(one, one).equal


def test_a_long_chain_of_residuals_holds_its_group_once() -> None:
    found = program("conv filters 1x1 channels<=4\n" + "residual: conv filters 1x1 channels<=4\n" * 50)
    group = found.ties.group("conv1")
    assert len(group) == 51
    assert all(found.ties.group(name) is group for name in group)
    assert all(found.ties.of((name, 3)) is found.ties.of(("conv1", 3)) for name in group)
