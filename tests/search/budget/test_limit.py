"""What a limit says in numbers, what a network has of it, and limits that no network keeps."""

from __future__ import annotations

import re

import pytest

from dasdsl.diagnostics import DasError
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.examining import examined
from dasdsl.ir.feasible import least, wanted
from dasdsl.ir.limit import Limit
from dasdsl.ir.program import Program
from dasdsl.language.amounts import Amount, limit_text, read_limit
from dasdsl.language.header.printing import print_header
from dasdsl.language.reading import load, loads
from dasdsl.operations.core.operation import Cost

DIGITS = elaborate(load("spaces/digits.das"))


def with_limit(limit: str) -> str:
    head = f"---\ndas: 1\nspace: a\ninput: 4x8x8\nsearch: {{limit: {limit}}}\n---\n"
    return f"{head}conv filters 3x<1..3> channels<=8\nrelu\nflatten\nlinear channels 2\n"


@pytest.mark.parametrize(
    ("text", "number"),
    [("831", 831), ("2.5k", 2500), ("40M", 40_000_000), ("1G", 10**9), ("20%", 200), ("0.15%", 1), ("100%", 1000)],
)
def test_amounts(text: str, number: int) -> None:
    assert Amount.read(text).of(1000) == number


@pytest.mark.parametrize("text", ["", "0", "0%", "-1", "101%", "1e6", "k", "1 k", "1T", "nan", "01", "1.5.2", "٣"])
def test_amounts_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        Amount.read(text)


def test_a_limit_reads_the_same_in_every_order() -> None:
    assert limit_text(read_limit("macs=40M, params=20%")) == limit_text(read_limit("params=20%,macs=40M"))


@pytest.mark.parametrize("text", ["", "40M", "flops=3", "params=1,params=2", "params", "params=", "params=20%;macs=1"])
def test_limits_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="limit"):
        read_limit(text)


def test_percentages_are_of_the_largest() -> None:
    assert Limit.of("params=50%,macs=10%", DIGITS) == Limit(params=13_813, macs=99_737)


def test_what_a_network_has_of_it() -> None:
    limit = Limit(params=100, macs=1000)
    assert limit.near(Cost(params=99, macs=10))
    assert limit.near(Cost(params=1, macs=1000))
    assert not limit.near(Cost(params=97, macs=10))
    assert not limit.met(Cost(params=101, macs=10))
    assert limit.excess(Cost(params=50, macs=10)) == 0
    assert limit.excess(Cost(params=200, macs=2000)) == pytest.approx(2 * 0.6931, rel=1e-3)


def test_rungs_go_down_evenly() -> None:
    limit = Limit(params=100)
    first = limit.rung(Cost(params=800, macs=0), 3)
    assert first == Limit(params=400)
    assert limit.rung(Cost(params=100, macs=0), 3) == limit


def refused(program: Program, text: str) -> DasError:
    with pytest.raises(DasError) as failure:
        wanted(program, text)
    return failure.value


def test_what_no_network_keeps_is_refused_with_the_smallest_that_one_does() -> None:
    found = refused(DIGITS, "params=100").diagnostics
    assert [one.code for one in found] == ["E308"]
    assert "the smallest network has 176" in found[0].message
    assert [one.code for one in refused(DIGITS, "params=100,macs=100").diagnostics] == ["E308", "E308"]
    assert wanted(DIGITS, "params=176") == (Limit(params=176), [])
    assert refused(DIGITS, "params=175").diagnostics[0].help is not None


def test_the_smallest_is_feasible() -> None:
    outcomes = least(DIGITS, Limit(params=176))
    assert outcomes.keys() == {decision.name for decision in DIGITS.decisions}


def test_what_is_above_the_largest_limits_nothing() -> None:
    limit, warnings = wanted(DIGITS, "params=20%,macs=40M")
    assert limit == Limit(params=5525)
    assert "macs" in warnings[0]
    assert wanted(DIGITS, "macs=40M")[0] is None


def test_in_the_header_it_has_a_place() -> None:
    (found,) = examined(with_limit("{macs: 50%, params: 20}"), "a.das")
    assert (found.code, found.line, found.column, found.end_column) == ("E308", 5, 37, 39)


@pytest.mark.parametrize(
    ("limit", "code", "column"),
    [
        ("{params: much}", "E038", 26),
        ("{params: 0}", "E038", 26),
        ("{macs: 120%}", "E038", 24),
        ("{flops: 3M}", "E036", 18),
        ("{}", "E038", 17),
        ("20%", "E038", 17),
        ("[1]", "E038", 17),
    ],
)
def test_limits_of_a_header_that_are_none(limit: str, code: str, column: int) -> None:
    with pytest.raises(DasError) as failure:
        loads(with_limit(limit))
    (found,) = failure.value.diagnostics
    assert (found.code, found.line, found.column) == (code, 5, column)
    assert found.help


def test_a_header_that_is_printed_keeps_it() -> None:
    space = loads(with_limit("{macs: 2.5k, params: 20%}"))
    assert space.header.search is not None
    assert space.header.search.limit is not None
    assert "search: {limit: {params: 20%, macs: 2.5k}}" in print_header(space.header)
