"""What is printed reads back as what it was, and formatting changes nothing but the form."""

from __future__ import annotations

import random
import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from dasdsl.language import Comments, Space, Statement, loads, print_space
from dasdsl.language import format as formatted
from dasdsl.language.blocks import parameters_of
from dasdsl.language.checking import flat
from dasdsl.language.mentions import names_in
from dasdsl.language.printer import spelt
from dasdsl.language.resolve import resolve
from dasdsl.language.words import USE, fields_of
from dasdsl.language.writing import written
from dasdsl.operations.core.values import Call, Options, Resolved
from tests.strategies import spaces


@given(spaces())
def test_what_is_printed_reads_back(space: Space) -> None:
    assert loads(print_space(space)) == space


@given(spaces())
def test_printing_is_canonical(space: Space) -> None:
    text = formatted(print_space(space))
    assert formatted(text) == text
    assert str(loads(text)) == text


@given(spaces())
def test_comments_and_blank_lines_stay(space: Space) -> None:
    text = print_space(space)
    assert [one.comments for one in loads(text).body] == [one.comments for one in space.body]


@given(spaces(), st.randoms(use_true_random=False))
def test_spaces_and_the_order_of_fields_mean_nothing(space: Space, chance: random.Random) -> None:
    text = print_space(Space(space.header, tuple(bare(one) for one in space.body)))
    head = print_space(Space(space.header, ()))
    untidy = "\ufeff" + (head + "".join(untidied(one, chance) for one in space.body)).replace("\n", "\r\n")
    assert loads(untidy) == space
    assert code_of(formatted(untidy)) == code_of(text)


def bare(statement: Statement) -> Statement:
    """Without its comments: a block of one statement then stands on its header's line."""
    return replace(statement, comments=Comments(), body=tuple(bare(inner) for inner in statement.body))


def untidied(statement: Statement, chance: random.Random, margin: str = "") -> str:
    """A statement with its fields in any order and any number of spaces where spaces mean nothing."""
    table = {field.name: field for field in fields_of(statement.words)}
    first = [spelt(table[name], value) for name, value in statement.fields if not table[name].keyword]
    rest = [spelt(table[name], value) for name, value in statement.fields if table[name].keyword]
    chance.shuffle(rest)
    label = [] if statement.label is None else [statement.label, "="]
    words = [] if statement.words == USE else [statement.words]
    line = " ".join([*label, *words, *first, *rest])
    wide = re.sub(r"<=|->|\.\.|(?<!E)[|+*,;=]", lambda sign: blank(chance, 0) + sign[0] + blank(chance, 0), line)
    loose = margin + re.sub(" ", lambda _: blank(chance, 1), wide) + blank(chance, 0)
    if not statement.body:
        return loose + "\n"
    deeper = margin + " " * chance.randint(1, 7)
    return f"{loose}:\n" + "".join(untidied(inner, chance, deeper) for inner in statement.body)


def blank(chance: random.Random, least: int) -> str:
    """Some spaces and tabs."""
    return "".join(chance.choice(" \t") for _ in range(chance.randint(least, 2)))


def code_of(text: str) -> list[str]:
    """The lines of a body without comments and blank lines."""
    body = text.partition("\n---\n")[2]
    lines = (line.partition("#")[0].rstrip() for line in body.split("\n"))
    return [line for line in lines if line]


@given(spaces())
def test_resolved_values_can_be_written_again(space: Space) -> None:
    parameters = {name for one in space.body for name in parameters_of(one)}
    for statement in flat(space.body):
        table = {field.name: field for field in fields_of(statement.words)}
        for name, value in statement.fields:
            if isinstance(value, Call) or any(one.name in parameters for one in names_in(value)):
                continue
            meant = resolve(value, table[name], space.names)
            again = written(meant, table[name])
            assert shared(meant) or resolve(again, table[name], space.names) == meant


def shared(value: Resolved) -> bool:
    """Whether a shared decision takes part: of an expression on it only the name comes back."""
    return any(
        isinstance(one, Options) and one.shared is not None for one in (value if isinstance(value, tuple) else (value,))
    )
