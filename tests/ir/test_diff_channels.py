"""Networks that only number their hidden channels in another way are equal, and no others."""

from __future__ import annotations

from itertools import pairwise, permutations, product
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dasdsl.ir.diff import Difference, diff
from dasdsl.ir.diffing import webs
from tests.ir.texts import space

Layer = tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]
"""Patterns: inputs and outputs of each."""


def positions(numbers: tuple[int, ...]) -> str:
    return ",".join(map(str, sorted(numbers))) or "none"


def text(layers: list[Layer]) -> str:
    """Grouped convolutions one behind the other."""
    lines: list[str] = []
    for layer in layers:
        outputs = sum(len(made) for _, made in layer)
        groups = "; ".join(f"{positions(read)} -> {positions(made)}" for read, made in layer)
        lines.append(f"conv filters 1x1 channels {outputs} groups [{groups}]")
    return "\n".join(lines)


def compared(one: list[Layer], other: list[Layer], inputs: int = 3) -> Difference:
    return diff(space(text(one), f"{inputs}x4x4"), space(text(other), f"{inputs}x4x4"))


@st.composite
def layers(draw: st.DrawFn, inputs: int, outputs: int) -> Layer:
    """Any patterns; each reads something, so that nothing is a constant."""
    patterns = draw(st.integers(1, min(3, outputs)))
    which = draw(st.lists(st.integers(0, patterns - 1), min_size=outputs, max_size=outputs))
    reads = st.sets(st.integers(0, inputs - 1), min_size=1)
    found: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
    for pattern in sorted(set(which)):
        made = tuple(output for output, chosen in enumerate(which) if chosen == pattern)
        found.append((tuple(sorted(draw(reads))), made))
    return tuple(found)


@st.composite
def chains(draw: st.DrawFn, most: int = 6) -> list[Layer]:
    """Layers one behind the other, the first on three channels."""
    widths = [3, *draw(st.lists(st.integers(1, most), min_size=2, max_size=4))]
    return [draw(layers(*pair)) for pair in pairwise(widths)]


def renumbered(chain: list[Layer], orders: list[tuple[int, ...]]) -> list[Layer]:
    """The same with the outputs of each layer in another order; orders say where each goes."""
    before: tuple[int, ...] = tuple(range(3))
    out: list[Layer] = []
    for layer, order in zip(chain, orders, strict=True):
        out.append(
            tuple(
                (tuple(before[i] for i in read), tuple(order[o] for o in made))
                for read, made in sorted(layer, key=lambda pattern: order[pattern[1][0]])
            )
        )
        before = order
    return out


def width(layer: Layer) -> int:
    return sum(len(made) for _, made in layer)


def canonical(chain: list[Layer]) -> list[frozenset[tuple[frozenset[int], int]]]:
    """Who reads what, whatever the order of patterns."""
    return [
        frozenset((frozenset(read), output) for read, made in layer for output in made)
        for layer in chain
    ]  # fmt: skip


@given(chains(), st.data())
def test_renumbered_channels_are_no_change(chain: list[Layer], data: st.DataObject) -> None:
    orders = [tuple(data.draw(st.permutations(range(width(layer))))) for layer in chain[:-1]]
    found = compared(chain, renumbered(chain, [*orders, tuple(range(width(chain[-1])))]))
    assert found.equal
    assert not found.undecided


@given(st.data())
def test_equal_is_what_some_order_makes_equal(data: st.DataObject) -> None:
    one, other = (
        [data.draw(layers(3, 3)), data.draw(layers(3, 3)), data.draw(layers(3, 2))] for _ in range(2)
    )  # fmt: skip
    orders = product(permutations(range(3)), permutations(range(3)))
    expected = any(canonical(renumbered(one, [*pair, (0, 1)])) == canonical(other) for pair in orders)
    assert compared(one, other).equal == expected


def test_the_first_and_the_last_channels_keep_their_order() -> None:
    one: list[Layer] = [(((0,), (0,)), ((1, 2), (1, 2)))]
    assert not compared(one, [(((0,), (1,)), ((1, 2), (0, 2)))]).equal
    assert not compared(one, [(((1,), (0,)), ((0, 2), (1, 2)))]).equal


def test_what_reads_channels_in_their_order_is_respected() -> None:
    head = "conv filters 1x1 channels 4 groups [0-1 -> 0,1; 2-3 -> 2,3]"
    other = head.replace("0,1;", "0,2;").replace("-> 2,3", "-> 1,3")
    for behind, equal in (("relu", True), ("norm batch", True), ("norm group 2", False), ("shuffle 2", False)):
        texts = (f"{one}\n{behind}\nconv filters 1x1 channels 2" for one in (head, other))
        assert diff(*(space(one) for one in texts)).equal == equal, behind


def test_what_is_added_is_renumbered_alike() -> None:
    conv = "conv filters 1x1 channels 4 groups"
    block = f"residual:\n    relu\n    {conv} [{{2}}]"
    body = f"{conv} [0-1 -> {{0}}; 2-3 -> {{1}}]\n{block}\nconv filters 1x1 channels 1"
    one = body.format("0,1", "2,3", "0-3 -> 0; 0-2 -> 1; 0-1 -> 2; 0 -> 3")
    # channels 1 and 2 change places, in the block and around it
    alike = body.format("0,2", "1,3", "0-3 -> 0; 0-2 -> 2; 0,2 -> 1; 0 -> 3")
    other = body.format("0,2", "1,3", "0-3 -> 0; 0-2 -> 1; 0-1 -> 2; 0 -> 3")
    assert diff(space(one), space(alike)).equal
    assert not diff(space(one), space(other)).equal


def test_concatenated_channels() -> None:
    body = "concat:\n    path: {}\n    path: {}\nconv filters 1x1 channels 2 reads [{}]"
    one = space(body.format("conv filters 3x3 channels 2", "identity", "0-2"))
    assert diff(one, space(body.format("identity", "conv filters 3x3 channels 2", "0,4,5"))).equal
    assert not diff(one, space(body.format("identity", "conv filters 3x3 channels 2", "0-2"))).equal
    two = space(body.format("relu", "tanh", "0-2"))
    assert diff(two, space(body.format("tanh", "relu", "4-6"))).equal
    assert not diff(two, space(body.format("tanh", "relu", "0-2"))).equal


def test_flattened_channels() -> None:
    body = "conv filters 1x1 channels 3 groups [0 -> {}; 1-3 -> {}]\nflatten\nlinear channels 2 reads [{}]"
    one = space(body.format("0", "1,2", "0,1"))
    assert diff(one, space(body.format("2", "0,1", "0,2"))).equal
    assert not diff(one, space(body.format("2", "0,1", "0,1"))).equal


def test_only_the_layer_that_reads_others_is_told() -> None:
    one: list[Layer] = [
        (((0,), (0, 1)), ((1, 2), (2, 3))),
        (((0, 2), (0, 1)), ((1, 3), (2, 3))),
        (((0, 1), (0,)), ((2, 3), (1,))),
    ]
    other = renumbered(one, [(1, 2, 0, 3), (3, 1, 0, 2), (0, 1)])
    assert compared(one, other).equal
    other[2] = (((0, 1, 2), (0,)), ((0, 1, 3), (1,)))
    found = compared(one, other)
    assert [(change.layer, change.what) for change in found.changes] == [("conv3", "groups")]
    assert not found.renumbered


def test_equal_counts_of_other_channels_are_said_to_be_others() -> None:
    one: list[Layer] = [(((0,), (0,)), ((1, 2), (1,)))]
    change = compared(one, [(((1,), (0,)), ((0, 2), (1,)))]).changes[0]
    assert (change.said_a, change.said_b) == ("2 patterns: 2 → 1, 1 → 1", "2 patterns: 2 → 1, 1 → 1, other channels")


# ---- graphs that are hard --------------------------------------------------------------------------------------------


def cycle(*rings: int) -> webs.Web:
    """Rings of vertices, each with two neighbours: refinement alone sees no difference between them."""
    edges: list[list[tuple[object, int]]] = []
    for ring in rings:
        start = len(edges)
        edges += [[("", start + (i - 1) % ring), ("", start + (i + 1) % ring)] for i in range(ring)]
    return webs.Web([0] * len(edges), edges)  # type: ignore[arg-type]


def test_what_refinement_cannot_tell_is_tried() -> None:
    assert webs.alike(cycle(6, 5), cycle(5, 6))
    assert not webs.alike(cycle(6), cycle(3, 3))
    assert not webs.alike(cycle(5, 7), cycle(6, 6))


def test_twins_are_counted() -> None:
    star = webs.Web([0, 1, 1, 1], [[("", 1), ("", 2), ("", 3)], [("", 0)], [("", 0)], [("", 0)]])
    assert len(star.collapsed().colours) == 2
    other = webs.Web([0, 1, 1, 2], star.edges)
    assert webs.alike(star, star)
    assert not webs.alike(star, other)


def test_what_takes_too_long_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(webs.Undecided):
        webs.alike(cycle(*[7] * 200, 9, 5), cycle(*[7] * 201, 7))
    one: list[Layer] = [(((0,), (0,)), ((1, 2), (1, 2))), (((0, 1), (0,)), ((0, 2), (1,)))]
    other = renumbered(one, [(2, 0, 1), (0, 1)])
    assert compared(one, other).renumbered
    monkeypatch.setattr(webs, "EDGES", 3)
    found = compared(one, other)
    assert found.undecided
    assert not found.equal
    assert {change.what for change in found.changes} == {"groups"}


def test_wide_layers_take_no_time() -> None:
    start = perf_counter()
    half = (",".join(map(str, range(start, 1024, 2))) for start in (0, 1))
    wide = "conv filters 1x1 channels 1024 groups"
    tail = "relu\nconv filters 1x1 channels 1"
    body = f"{wide} [0-1 -> {{}}; 2-3 -> {{}}]\nrelu\n{wide} [{{}} -> 0-511; {{}} -> 512-1023]\n{tail}"
    one = body.format("0-511", "512-1023", "0-255,512-767", "256-511,768-1023")
    quarters = (sorted({*range(start, 1024, 4), *range(start + 1, 1024, 4)}) for start in (0, 2))
    other = body.format(*half, *(",".join(map(str, quarter)) for quarter in quarters))
    assert diff(space(one), space(other)).equal
    assert perf_counter() - start < 10


def test_many_equal_groups_are_renumbered_too() -> None:
    head = "conv filters 1x1 channels 64"
    body = f"{head}\n{head} groups 64\nconv filters 1x1 channels 8 groups [{{}} -> 0-3; {{}} -> 4-7]"
    one = space(body.format("0-31", "32-63"))
    odd = ",".join(map(str, range(1, 64, 2)))
    even = ",".join(map(str, range(0, 64, 2)))
    assert diff(one, space(body.format(odd, even))).equal
    assert not diff(one, space(body.format("0-30", "31-63"))).equal
