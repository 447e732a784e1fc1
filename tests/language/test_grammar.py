"""The grammar has no conflicts, and one line becomes the tree that the language page describes."""

from __future__ import annotations

import logging

import lark
import pytest
from lark import Lark

from dasdsl.language.grammar import grammar_text, parsed_line, parsed_value
from dasdsl.language.syntax import Line, Word
from dasdsl.language.written import spell
from dasdsl.operations.core.problems import Problem
from dasdsl.operations.core.values import Binary, Call, Choice, Dims, Name, Number, Parenthesised, Span

AMBIGUOUS = "start: a | b\na: X [Y]\nb: X Y\nX: /x/\nY: /y/\n"


def conflicts(grammar: str, start: list[str], caplog: pytest.LogCaptureFixture) -> list[str]:
    """What lark says about a grammar whose conflicts it resolves on its own, and those it cannot."""
    caplog.set_level(logging.DEBUG, logger=lark.logger.name)
    lark.logger.propagate = True
    try:
        Lark(grammar, parser="lalr", lexer="basic", start=start, debug=True, keep_all_tokens=True)
    except lark.exceptions.GrammarError as error:
        return [str(error)]
    return [record.getMessage() for record in caplog.records if "conflict" in record.getMessage().lower()]


def test_the_grammar_has_no_conflicts(caplog: pytest.LogCaptureFixture) -> None:
    assert conflicts(grammar_text(), ["line"], caplog) == []


@pytest.mark.parametrize("grammar", [AMBIGUOUS, 'start: e\ne: e "+" e | "n"\n'])
def test_the_test_above_can_fail(grammar: str, caplog: pytest.LogCaptureFixture) -> None:
    assert conflicts(grammar, ["start"], caplog)


def line(code: str) -> Line:
    found = parsed_line(code)
    assert isinstance(found, Line)
    return found


def items(code: str) -> list[str]:
    """A line's items as text, words in capitals."""
    found = line(code).clause.items
    return [item.text.upper() if isinstance(item, Word) else spell(item) for item in found]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("conv filters 3x3 channels 4", ["CONV", "FILTERS", "3x3", "CHANNELS", "4"]),
        ("conv filters <1..5> x<1..5>channels<=48", ["CONV", "FILTERS", "<1..5>x<1..5>", "CHANNELS", "<=48"]),
        ("conv pad -1 channels 2", ["CONV", "PAD", "-1", "CHANNELS", "2"]),
        ("conv pad -1x-1", ["CONV", "PAD", "-1x-1"]),
        ("conv channels c-1", ["CONV", "CHANNELS", "c-1"]),
        ("conv channels c - 1 pad 1", ["CONV", "CHANNELS", "c-1", "PAD", "1"]),
        ("conv channels -4", ["CONV", "CHANNELS", "-4"]),
        ("conv filters 3xk", ["CONV", "FILTERS", "3xk"]),
        ("conv filters kxk", ["CONV", "FILTERS", "kxk"]),
        ("conv channels(c+8)/2", ["CONV", "CHANNELS", "(c+8)/2"]),
        ("conv channels by groups none", ["CONV", "CHANNELS", "by", "GROUPS", "none"]),
        ("conv channels <1..by by by>", ["CONV", "CHANNELS", "<1..by by by>"]),
        ("conv groups [none -> 0; 0-5,8->1]", ["CONV", "GROUPS", "[none -> 0; 0-5,8 -> 1]"]),
        ("body(64, <1|3>)", ["body(64, <1|3>)"]),
        ("stride(3)", ["stride(3)"]),
        ("relu(3)", ["RELU", "(3)"]),
        ("basic (64)", ["basic", "(64)"]),
        ("leaky 1e-2", ["LEAKY", "1e-2"]),
        ("conv filtres 3x3", ["CONV", "filtres", "3x3"]),
    ],
)
def test_items(code: str, expected: list[str]) -> None:
    assert items(code) == expected


@pytest.mark.parametrize(
    ("code", "inner"),
    [
        ("residual:", None),
        ("path from stem:", None),
        ("repeat <1..4>:", None),
        ("block bottleneck(a, b):", None),
        ("shared block cell(a):", None),
        ("n2 = add:", None),
        ("path: relu", 1),
        ("repeat 2: basic(64)", 1),
        ("path: a = conv filters 3x3 channels 4", 5),
    ],
)
def test_headers_of_blocks(code: str, inner: int | None) -> None:
    found = line(code)
    assert found.colon is not None
    assert (None if found.inner is None else len(found.inner.items)) == inner


def test_precedence_and_places() -> None:
    found = parsed_value("1 + 2*(c - 3) x <1|2>")
    assert found == Dims(
        (
            Binary("+", Number(1), Binary("*", Number(2), Parenthesised(Binary("-", Name("c"), Number(3))))),
            Choice((Number(1), Number(2))),
        )
    )
    assert isinstance(found, Dims)
    assert found.span == Span(0, 1, 22)
    assert found.sides[1].span == Span(0, 17, 22)


def test_calls() -> None:
    assert parsed_value("f(1, <2|3>)") == Call("f", (Number(1), Choice((Number(2), Number(3)))))


def test_labels_may_not_be_words_but_that_is_said_later() -> None:
    assert line("stem = relu").clause.label == Name("stem")
    assert isinstance(line("conv = relu").clause.label, Word)


def test_a_problem_is_a_value() -> None:
    assert isinstance(parsed_line("conv <"), Problem)
