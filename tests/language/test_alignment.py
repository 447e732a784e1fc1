"""Sequences and trees side by side."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import pairwise
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dasdsl.language import Space, loads
from dasdsl.language.alignment.pieces import Match
from dasdsl.language.alignment.sequences import Budget, Pair, Side, align, common, increasing
from dasdsl.language.alignment.statements import align as align_statements
from dasdsl.language.alignment.statements import change, piece
from dasdsl.language.alignment.trees import Trees
from dasdsl.language.alignment.unified import unified
from dasdsl.language.space import Statement

words = st.lists(st.sampled_from("abcd"), max_size=9)


def aligned(a: str, b: str, cells: int = 1000) -> list[Pair]:
    return align(Side(a, [1] * len(a)), Side(b, [1] * len(b)), lambda _i, _j: None, Budget(cells))


def longest(a: list[str], b: list[str]) -> int:
    """The length of the longest common subsequence, by its definition."""
    if not a or not b:
        return 0
    if a[0] == b[0]:
        return 1 + longest(a[1:], b[1:])
    return max(longest(a[1:], b), longest(a, b[1:]))


@given(words, words)
def test_the_longest_common_subsequence(a: list[str], b: list[str]) -> None:
    found = common(a, b)
    assert found is not None
    assert all(a[i] == b[j] for i, j in found)
    assert all(one[0] < other[0] and one[1] < other[1] for one, other in pairwise(found))
    assert len(found) == longest(a, b)


@given(words, words, st.sampled_from([0, 4, 1000]))
def test_every_item_is_there_once_and_in_order(a: list[str], b: list[str], cells: int) -> None:
    pairs = aligned("".join(a), "".join(b), cells)
    assert [i for i, _ in pairs if i is not None] == list(range(len(a)))
    assert [j for _, j in pairs if j is not None] == list(range(len(b)))
    assert all(a[i] == b[j] for i, j in pairs if i is not None and j is not None)


@given(words, words)
def test_as_much_as_possible_is_kept(a: list[str], b: list[str]) -> None:
    def change(i: int, j: int) -> int | None:
        return 0 if a[i] == b[j] else None

    pairs = align(Side(a, [1] * len(a)), Side(b, [1] * len(b)), change, Budget())
    assert sum(None not in pair for pair in pairs) == longest(a, b)


def test_what_can_be_changed_is_not_taken_and_added() -> None:
    side = Side("abc", [10, 10, 10])
    assert align(side, Side("axc", [10] * 3), lambda _i, _j: 15, Budget()) == [(0, 0), (1, 1), (2, 2)]
    assert align(side, Side("axc", [10] * 3), lambda _i, _j: 25, Budget()) == [(0, 0), (1, None), (None, 1), (2, 2)]


def test_long_sequences_are_aligned_by_what_is_unique() -> None:
    a, b = "xxaxxbxxcxx", "yaxybyycyy"
    kept = [(a[i], b[j]) for i, j in aligned(a, b, cells=5) if i is not None and j is not None]
    assert {("a", "a"), ("b", "b"), ("c", "c")} <= set(kept)


def test_very_long_sequences_take_no_time() -> None:
    a = ["relu", "conv"] * 16_000
    b = [*a[5:9000], "tanh", *a[9002:], "relu"]
    start = perf_counter()
    pairs = align(Side(a, [1] * len(a)), Side(b, [1] * len(b)), lambda _i, _j: None, Budget())
    assert perf_counter() - start < 5
    assert sum(None not in pair for pair in pairs) > 25_000


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 9)), max_size=8))
def test_the_longest_increasing_part(pairs: list[tuple[int, int]]) -> None:
    found = increasing(pairs)
    assert all(one[1] < other[1] for one, other in pairwise(found))
    best = max(
        (bits.bit_count() for bits in range(1 << len(pairs)) if _increases(pairs, bits)),
        default=0,
    )
    assert len(found) == best


def _increases(pairs: list[tuple[int, int]], bits: int) -> bool:
    chosen = [second for index, (_, second) in enumerate(pairs) if bits >> index & 1]
    return all(one < other for one, other in pairwise(chosen))


# ---- statements ------------------------------------------------------------------------------------------------------


def body(text: str) -> Space:
    return loads(f"---\ndas: 1\nspace: a\ninput: 4x8x8\ndefine: {{c: 4}}\n---\n{text}\n")


def shown(matches: tuple[Match[Statement], ...]) -> list[object]:
    """Words of both sides, `.` where there is none, with what stands inside."""
    out: list[object] = []
    for match in matches:
        pair = tuple("." if one is None else one.label or one.words for one in (match.a, match.b))
        out += [pair, shown(match.body)] if match.body else [pair]
    return out


def test_statements_are_aligned_within_their_blocks() -> None:
    a = body("conv filters 3x3 channels 4\nadd:\n    path:\n        relu\n        tanh\n    path: identity")
    b = body("norm batch\nconv filters 3x3 channels 4\nadd:\n    path: relu\n    path: identity\nsigmoid")
    assert shown(align_statements(a.body, b.body)) == [
        (".", "norm batch"),
        ("conv", "conv"),
        ("add", "add"),
        [("path", "path"), [("relu", "relu"), ("tanh", ".")], ("path", "path"), [("identity", "identity")]],
        (".", "sigmoid"),
    ]


def test_a_label_holds_statements_together() -> None:
    a = body("a = conv filters 3x3 channels 4\nb = conv filters 3x3 channels 4")
    b = body("b = conv filters 1x1 channels 8 stride 2\nc = conv filters 1x1 channels 8 stride 2")
    assert shown(align_statements(a.body, b.body)) == [("a", "."), ("b", "b"), (".", "c")]


def test_nesting_to_the_limit() -> None:
    deep = "".join(f"{'    ' * depth}residual:\n" for depth in range(60))
    one, other = (body(f"{deep}{'    ' * 60}{inner}") for inner in ("relu", "conv filters 3x3 channels 4"))
    matches = align_statements(one.body, other.body)
    for _ in range(60):
        assert matches[0].a is not None
        assert matches[0].b is not None
        matches = matches[0].body
    assert shown(matches) == [("relu", "."), (".", "conv")]


def test_a_wide_block_costs_no_more_than_the_budget() -> None:
    wide = "\n".join("residual:\n" + "    relu\n    tanh\n" * 40 for _ in range(40))
    other = wide.replace("tanh", "sigmoid")
    trees = Trees[Statement](lambda a, b: 0 if a.words == b.words else None, freely=True, budget=Budget(10_000))
    numbers: dict[Hashable, int] = {}
    a, b = (tuple(piece(one, numbers) for one in body(text).body) for text in (wide, other))
    assert len(trees.align(a, b)) >= 40


# ---- text ------------------------------------------------------------------------------------------------------------


def diffed(a: str, b: str) -> list[str]:
    return list(unified(body(a), body(b), ("one", "two")))


def test_equal_texts_give_nothing() -> None:
    assert diffed("relu  # a comment", "# another\nrelu") == []


def test_a_unified_diff() -> None:
    long = "\n".join(["relu", "tanh"] * 5)
    assert diffed(f"add:\n    path: relu\n    path:\n        tanh\n        elu\n{long}\ngelu", f"{long}\nelu") == [
        "--- one",
        "+++ two",
        "@@ -4,11 +4,6 @@",
        " input: 4x8x8",
        " define: {c: 4}",
        " ---",
        "-add:",
        "-    path: relu",
        "-    path:",
        "-        tanh",
        "-        elu",
        " relu",
        " tanh",
        " relu",
        "@@ -19,4 +14,4 @@",
        " tanh",
        " relu",
        " tanh",
        "-gelu",
        "+elu",
    ]


def test_lines_in_blocks() -> None:
    a = "residual:\n    conv filters 3x3 channels 4\n    relu"
    b = "res = residual:\n    conv filters 5x5 channels 4\n    relu"
    assert diffed(a, b)[6:] == [
        "-residual:",
        "+res = residual:",
        "-    conv filters 3x3 channels 4",
        "+    conv filters 5x5 channels 4",
        "     relu",
    ]
    assert diffed("residual: relu", "residual: tanh")[6:] == ["-residual: relu", "+residual: tanh"]
    assert diffed("residual: relu", a)[5:] == [
        " residual:",
        "+    conv filters 3x3 channels 4",
        "     relu",
    ]


def test_headers() -> None:
    one = loads("---\ndas: 1\nspace: a\ninput: 3x8x8\nsearch: {seed: 1}\n---\nrelu\n")
    other = loads("---\ndas: 1\nspace: a\ninput: 4x8x8\nsearch: {seed: 2}\n---\nrelu\n")
    assert list(unified(one, other, ("one", "two")))[3:] == [
        " ---",
        " das: 1",
        " space: a",
        "-input: 3x8x8",
        "+input: 4x8x8",
        " ---",
        " relu",
    ]


@pytest.mark.parametrize("cells", [0, 10])
def test_without_budget_statements_are_still_aligned(cells: int) -> None:
    a, b = body("conv filters 3x3 channels 4\nrelu\ntanh"), body("elu\nconv filters 3x3 channels 4\ntanh\nrelu")
    trees = Trees(change, freely=True, budget=Budget(cells))
    numbers: dict[Hashable, int] = {}
    mine, theirs = (tuple(piece(one, numbers) for one in side.body) for side in (a, b))
    matches = trees.align(mine, theirs)
    assert ("conv", "conv") in shown(matches)
