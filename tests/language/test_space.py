"""Spaces and statements made by programs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dasdsl.language import Space, Statement, loads, print_space
from dasdsl.language.unused import warnings_of
from dasdsl.operations.core.values import Options, Pattern, Patterns, Resolved, Shapes, UpTo

HEAD = "---\ndas: 1\nspace: a\ninput: 4x8x8\n---\n"


@pytest.mark.parametrize(
    ("words", "values", "text"),
    [
        ("relu", {}, "relu"),
        ("conv", {"filters": (3, 3), "channels": 8}, "conv filters 3x3 channels 8"),
        ("conv", {"filters": (3,), "channels": UpTo(8)}, "conv filters 3 channels<=8"),
        (
            "conv",
            {"channels": Options((16, 32, 48)), "filters": (Options((1, 2, 3)), Options((1, 5)))},
            "conv filters <1..3>x<1|5> channels <16..48 by 16>",
        ),
        ("conv", {"filters": Shapes(((3, 3), (1, 7))), "channels": 1}, "conv filters <3x3|1x7> channels 1"),
        (
            "conv",
            {"filters": (3, 3), "channels": 8, "stride": (1,), "pad": "same", "groups": 1, "bias": "on", "reads": None},
            "conv filters 3x3 channels 8",
        ),
        (
            "conv",
            {
                "filters": (3, 3),
                "channels": 8,
                "stride": (2, 1),
                "pad": ((2, 1), (0, -1)),
                "bias": "off",
                "reads": "any",
            },
            "conv filters 3x3 channels 8 stride 2x1 pad 2/1 x 0/-1 bias off reads any",
        ),
        (
            "conv",
            {"filters": (3, 3), "channels": 8, "pad": "valid", "reads": (0, 1, 2, 5)},
            "conv filters 3x3 channels 8 pad valid reads [0-2,5]",
        ),
        (
            "conv",
            {
                "filters": (1, 1),
                "channels": 4,
                "pad": ((1, 1),),
                "groups": Patterns((Pattern((0, 1, 3), (0, 1, 2)), Pattern((), (3,)))),
            },
            "conv filters 1x1 channels 4 pad 1 groups [0-1,3 -> 0-2; none -> 3]",
        ),
        ("linear", {"channels": Options((2, 4), shared="w"), "groups": UpTo(2)}, "linear channels w groups<=2"),
        ("leaky", {"slope": 0.01}, "leaky 0.01"),
        ("leaky", {"slope": 1e-06}, "leaky 1e-6"),
        ("dropout", {"probability": 0.0}, "dropout 0"),
        ("pool max", {"window": (2,), "stride": None, "pad": ((0, 0),)}, "pool max 2"),
        ("pool global", {"kind": "avg"}, "pool global avg"),
    ],
)
def test_statements_of_resolved_values(words: str, values: dict[str, Resolved], text: str) -> None:
    made = Statement.of(words, values)
    assert print_space(Space.closed("a", (4, 8, 8), (made,))).split("---\n")[2] == f"{text}\n"
    names = "define: {w: <2|4>}\n" if " w " in text else ""
    assert loads(HEAD.replace("---\n", f"---\n{names}", 1) + text).body == (made,)


def test_statements_need_their_fields() -> None:
    with pytest.raises(ValueError, match="channels"):
        Statement.of("conv", {"filters": (3, 3)})
    with pytest.raises(ValueError, match="size"):
        Statement.of("relu", {"size": 3})


def test_an_architecture_is_printed_as_the_language_page_shows_it() -> None:
    found = {"from": "p.das", "threshold": 1e-3, "seed": 0, "params": 192044, "macs": 25441200, "rmse": 0.0889}
    made = Space.closed("pilotnet", (3, 66, 200), (Statement.of("relu", {}, "stem"),), found)
    assert str(made) == (
        "---\ndas: 1\narchitecture: pilotnet\ninput: 3x66x200\n"
        "found: {from: p.das, threshold: 0.001, seed: 0, params: 192044, macs: 25441200, rmse: 0.0889}\n---\n"
        "stem = relu\n"
    )
    assert not made.open
    assert loads(str(made)) == made


@pytest.mark.parametrize(
    ("line", "is_open"),
    [
        ("linear channels 3", False),
        ("linear channels c", False),
        ("linear channels<=c", True),
        ("linear channels w", True),
        ("linear channels (2*w)+1", True),
        ("linear channels <3|4>", True),
        ("linear channels 3 groups<=2", True),
        ("conv filters 3x<1|2> channels 3", True),
        ("conv filters w x 3 channels 3", True),
        ("conv filters 3x3 channels 3 reads any", False),
    ],
)
def test_openness(line: str, is_open: bool) -> None:
    space = loads(HEAD.replace("input", "define: {c: 3, w: <2|4>}\ninput") + line)
    assert space.open == is_open


def test_equality_is_about_what_is_said() -> None:
    one = loads(HEAD + "conv filters 3x3 channels 4 stride 1  # a comment\n")
    other = loads(HEAD + "\n\nconv  channels 4  filters 3 x 3", "elsewhere.das")
    assert one == other
    assert one.body[0] == other.body[0]
    assert hash(one.body) == hash(other.body)
    assert one != loads(HEAD + "conv filters 3x3 channels 5\n")


def test_places_of_fields() -> None:
    (statement,) = loads(HEAD + "s = conv filters <1..5>x3 channels<=4\n").body
    assert (statement.place("filters").column, statement.place("filters").end_column) == (18, 26)
    assert statement.place("channels").column == 35
    assert statement.place("stride") == statement.place("") == statement.span
    assert statement.get("stride") is None


def test_a_changed_header_is_printed_anew() -> None:
    space = loads("---\ndas:  1\n# why\nspace: a\ninput: 4\n---\nrelu\n")
    assert "# why" in str(space)
    renamed = replace(space, header=replace(space.header, space="b"))
    assert str(renamed) == "---\ndas: 1\nspace: b\ninput: 4\n---\nrelu\n"


def test_names_that_nothing_uses_are_warned_of() -> None:
    space = loads(
        HEAD.replace("input", "define: {a: 1, b: 2, c: b, d: 3, e: 4}\ninput")
        + "conv filters (1+d)x<1..e> channels 4\nlinear channels<=c\n"
    )
    assert [(found.code, found.message, found.column) for found in warnings_of(space)] == [
        ("W043", "nothing uses the name `a`", 10)
    ]
