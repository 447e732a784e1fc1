"""The header: scalars mean what they say, and every problem has its exact place."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from dasdsl.diagnostics import DasError, Diagnostic
from dasdsl.language import DataSource, Found, Header, Search, Space, loads
from dasdsl.language.header.scalars import Bad, Wrong
from dasdsl.operations.core.values import Binary, Choice, Name, Number, Options

MINIMAL = "das: 1\nspace: a\ninput: 3x66x200\n"


def header(text: str) -> Header:
    return loads(f"---\n{text}---\nrelu\n").header


def only(text: str) -> Diagnostic:
    """The one problem of a header."""
    with pytest.raises(DasError) as failure:
        header(text)
    (found,) = failure.value.diagnostics
    return found


def place(text: str) -> tuple[str, int | None, int | None, int | None]:
    found = only(text)
    return found.code, found.line, found.column, found.end_column


@pytest.mark.parametrize(
    ("written", "shape"),
    [("16", (16,)), ("1x16000", (1, 16000)), ("3x66x200", (3, 66, 200)), ("1x8x9x10", (1, 8, 9, 10))],
)
def test_shapes(written: str, shape: tuple[int, ...]) -> None:
    assert header(f"das: 1\nspace: a\ninput: {written}\n").input == shape


@pytest.mark.parametrize("written", ["0x3", "3x", "3xT", "3 x 4", "1x2x3x4x5", "1e3", "-1", "[3,4]", "{a: 1}", "07x3"])
def test_shapes_that_are_none(written: str) -> None:
    assert place(f"das: 1\nspace: a\ninput: {written}\n")[:3] == ("E038", 4, 8)


def test_scalars_are_typed_by_the_schema_and_not_by_yaml() -> None:
    found = header(MINIMAL + "search: {gamma: 1e-6, seed: 10, finetune: 5, validation: 0.1, recipe: paper}\ndata: no\n")
    assert found.search == Search(gamma=1e-6, seed=10, finetune=5, validation=0.1, recipe="paper")
    assert found.data == DataSource(source="no")


def test_options_of_the_data_stay_text() -> None:
    found = header(MINIMAL + "data: {from: ../roads, crop: 60..135, cameras: {left: 0.2}, target: [a, b]}\n")
    assert found.data is not None
    assert found.data.mapping == {
        "from": "../roads",
        "crop": "60..135",
        "cameras": {"left": "0.2"},
        "target": ["a", "b"],
    }


def test_found_knows_any_metric() -> None:
    found = header(MINIMAL + "found: {from: a.das, threshold: 1e-3, seed: 0, params: 9, macs: 7, rmse: 0.0889}\n").found
    assert found == Found(source="a.das", threshold=1e-3, seed=0, params=9, macs=7, metrics={"rmse": 0.0889})


def test_definitions() -> None:
    space = loads(
        f"---\n{MINIMAL}define:\n  p: 4\n  w: <16|32..48 by 8>\n  \"q\": '2*w'\n  r: (p+8)/2\n---\nlinear channels p\n"
    )
    assert space.header.define["q"] == Binary("*", Number(2), Name("w"))
    assert isinstance(space.header.define["w"], Choice)
    assert space.names == {
        "p": 4,
        "w": Options((16, 32, 40, 48), "w"),
        "q": Options((32, 64, 80, 96), "w"),
        "r": 6,
    }


def test_a_name_knows_the_names_before_it() -> None:
    found = only(MINIMAL + "define: {b: 2*a, a: 3}\n")
    assert (found.code, found.line, found.column) == ("E070", 5, 15)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("das: 1\nspace: a\ninptu: 3\n", ("E036", 4, 1, 6)),
        ("das: 1\nsapce: a\ninput: 3\n", ("E036", 3, 1, 6)),
        ("space: a\ninput: 3\n", ("E037", 1, 1, 4)),
        ("das: 1\ninput: 3\n", ("E037", 1, 1, 4)),
        ("das: 2\nspace: a\ninput: 3\n", ("E038", 2, 6, 7)),
        ("das: 1\nspace: a b\ninput: 3\n", ("E038", 3, 8, 11)),
        ("das: 1\nspace: 'a b'\ninput: 3\n", ("E038", 3, 9, 12)),
        (MINIMAL + "search:\n  seed: &a 1\n", ("E034", 6, 9, 11)),
        (MINIMAL + "search:\n  seed: !!int 1\n", ("E034", 6, 9, 14)),
        (MINIMAL + "search: *a\n", ("E034", 5, 9, 11)),
        (MINIMAL + "<<: {}\n", ("E034", 5, 1, 3)),
        (MINIMAL + "? [a]\n: 1\n", ("E033", 5, 3, 4)),
        (MINIMAL + "search: [1]\n", ("E038", 5, 9, 10)),
        (MINIMAL + "search: fast\n", ("E038", 5, 9, 13)),
        (MINIMAL + "search: {learning_rat: 1}\n", ("E036", 5, 10, 22)),
        (MINIMAL + "search: {validation: 1}\n", ("E038", 5, 22, 23)),
        (MINIMAL + "data:\n", ("E038", 5, 6, 7)),
        (MINIMAL + "define: 3\n", ("E038", 5, 9, 10)),
        (MINIMAL + "define: {p: '1 + '}\n", ("E021", 5, 18, 19)),
        (MINIMAL + "define: {p: 1 2}\n", ("E020", 5, 15, 16)),
        (MINIMAL + "define: {p: relu}\n", ("E020", 5, 13, 17)),
        (MINIMAL + 'define: {p: "1\\x2B"}\n', ("E021", 5, 14, 19)),
        (MINIMAL + "- a\n", ("E033", 5, 1, 2)),
        (MINIMAL + "\tdata: a\n", ("E033", 5, 1, 2)),
        ("%YAML 1.1\n", ("E033", 2, 10, 11)),
        ("- a\n", ("E033", 2, 1, 2)),
    ],
)
def test_places(text: str, expected: tuple[str, int, int, int]) -> None:
    assert place(text) == expected


@pytest.mark.parametrize(
    ("written", "help_line"),
    [("20%", "write `0.2`"), ("12.5 %", "write `0.125`"), ("much", "write a number, for example `0.5` or `1e-6`")],
)
def test_per_cent_are_told_as_a_part_of_one(written: str, help_line: str) -> None:
    assert only(MINIMAL + f"search: {{validation: {written}}}\n").help == help_line


def test_a_slip_is_one_error_and_hides_no_other() -> None:
    with pytest.raises(DasError) as failure:
        loads("---\ndas: 1\nspace: a\ninptu: 3\nsearch: {gamma: x}\n---\nrleu\n")
    assert [found.code for found in failure.value.diagnostics] == ["E036", "E038", "E050"]


def test_headers_are_frozen_and_checked_when_made() -> None:
    made = Header(space="a", input=(3,), define={"p": 4, "q": "2*p"})
    assert Space(made, ()).names == {"p": 4, "q": 8}
    with pytest.raises(FrozenInstanceError):
        made.space = "b"  # pyright: ignore[reportAttributeAccessIssue]
    for wrong in ({}, {"space": "a", "architecture": "a"}, {"space": "a b"}, {"space": "a", "define": {"p": "1+"}}):
        with pytest.raises(Bad):
            Header(input=(3,), **wrong)
    with pytest.raises(Wrong, match="is -1; write a number of at least 0"):
        Header(space="a", input=(3,), search={"gamma": -1})  # pyright: ignore[reportArgumentType]
