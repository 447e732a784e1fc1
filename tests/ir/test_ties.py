"""Branches: channels that are added or multiplied are the same channels."""

from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dasdsl.diagnostics import DasError
from dasdsl.ir.closing import close
from dasdsl.ir.diff import Change, diff
from dasdsl.ir.ties import tie
from dasdsl.language.reading import loads
from dasdsl.operations.core.axes import Axis, Part
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
    assert set(found.ties.group("conv1")) == {"conv1", "residual1.conv2"}
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


@st.composite
def joins(draw: st.DrawFn) -> tuple[list[tuple[Axis, ...]], dict[str, int]]:
    """Axes that are joined, whole sources and pieces of several; and the sizes of the sources."""
    sizes = {name: draw(st.integers(1, 3)) for name in "abcdef"}
    whole = {name: Axis.of(name, size) for name, size in sizes.items()}
    pieces = st.tuples(st.sampled_from("abcdef"), st.integers(0, 2)).map(lambda at: (at[0], at[1] % sizes[at[0]]))
    made: list[tuple[Axis, ...]] = []
    for _ in range(draw(st.integers(0, 5))):
        first = whole[draw(st.sampled_from("abcdef"))]
        fitting = [axis for axis in whole.values() if len(axis) == len(first)]
        units = st.lists(pieces, min_size=len(first), max_size=len(first))
        other = st.one_of(st.sampled_from(fitting), units.map(lambda them: Axis(tuple(Part(n, (c,)) for n, c in them))))
        made.append((first, *draw(st.lists(other, min_size=1, max_size=2))))
    return made, sizes


@given(joins())
def test_ties_of_whole_axes_are_those_of_each_channel(made: tuple[list[tuple[Axis, ...]], dict[str, int]]) -> None:
    joined, sizes = made
    units, sources = nx.Graph(), nx.Graph()
    for first, *others in joined:
        for other in others:
            units.add_edges_from(zip(first.units, other.units, strict=True))
            sources.add_edges_from((one[0], two[0]) for one, two in zip(first.units, other.units, strict=True))
    crooked = {
        name
        for one, two in units.edges
        if one[1] != two[1] or sizes[one[0]] != sizes[two[0]]
        for name in nx.node_connected_component(sources, one[0])
    }
    found = tie(joined, sizes)
    assert found.crooked == crooked
    for source, size in sizes.items():
        alike = nx.node_connected_component(sources, source) if source in sources else {source}
        assert set(found.group(source)) == alike
        for unit in ((source, channel) for channel in range(size)):
            tied = nx.node_connected_component(units, unit) if unit in units else {unit}
            assert set(found.of(unit)) == tied
            assert len(found.of(unit)) == len(tied)
