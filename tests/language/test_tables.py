"""The tables that are kept beside the grammar are those of the grammar; the parser does with them what lark does."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from lark import Lark, Tree
from lark import Token as LarkToken
from lark.exceptions import UnexpectedCharacters, UnexpectedToken
from lark.lark import PostLex

import dasdsl
from dasdsl.language import grammar as room
from dasdsl.language import tables
from dasdsl.language.generating import OPTIONS, generated
from dasdsl.language.grammar import beside, grammar_text, parsed_line, parser
from dasdsl.language.lexing import BRACKETS, NOTHING, Token, UnknownCharacterError, kind_of
from dasdsl.language.parsing import Parser, UnexpectedTokenError
from fuzz.mutation import dice, mutated
from fuzz.seeds import seeds

ROOT = Path(dasdsl.__file__).parent.parent
ANOTHER = 'line: (NAME COLON?)+ | LPAR line RPAR\nNAME: /[a-z]+/\nCOLON: ":"\nLPAR: "("\nRPAR: ")"\n%ignore / +/\n'


class Retyping(PostLex):
    """Lark's tokens, with the types that ours have."""

    always_accept = ()

    def process(self, stream: Iterator[LarkToken]) -> Iterator[LarkToken]:
        before, bracket = NOTHING, ""
        for token in stream:
            token.type = kind_of(token.type, token.value, before, bracket)
            bracket = BRACKETS.get(token.type, bracket)
            before = Token(token.type, token.value, token.column or 0)
            yield token


class Trees:
    """Builds what lark builds without a transformer."""

    def __getattr__(self, name: str) -> Callable[[list[object]], object]:
        return lambda parts: (name, parts)


def plain(part: object) -> object:
    """A tree or token of lark's, as ours are."""
    if isinstance(part, Tree):
        return (str(part.data), [plain(child) for child in part.children])
    assert isinstance(part, LarkToken)
    return Token(part.type, part.value, part.column or 0)


@cache
def peer(grammar: str) -> Lark:
    return Lark(grammar, postlex=Retyping(), **OPTIONS)


def said_by_lark(code: str, grammar: str) -> object:
    """What lark makes of a line, or where it stops and what it waits for."""
    try:
        return plain(peer(grammar).parse(code))
    except UnexpectedToken as error:
        return error.token.type, None if error.token.type == tables.END else error.column, frozenset(error.accepts)
    except UnexpectedCharacters as error:
        return error.pos_in_stream


def said_by_us(code: str, grammar: str) -> object:
    try:
        return Parser(kept(grammar), Trees()).parse(code)
    except UnexpectedTokenError as error:
        return error.token.type, None if error.token.type == tables.END else error.token.column, error.expected
    except UnknownCharacterError as error:
        return error.index


@cache
def kept(grammar: str) -> tables.Tables:
    found = tables.read(tables.written(generated(grammar), grammar), grammar)
    assert found is not None
    return found


def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "grammars" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tables_are_those_of_the_grammar() -> None:
    assert generate().main(["--check"]) == 0, "run: python grammars/generate.py"


def test_equal_grammars_have_equal_tables() -> None:
    assert tables.written(generated(grammar_text()), grammar_text()) == beside("das.json")


def test_lines_are_read_as_lark_reads_them() -> None:
    thrown, grammar = dice("tables"), grammar_text()
    lines = sorted({line.strip() for data in seeds("body") for line in data.decode().split("\n") if line.strip()})
    for line in (*lines, *(mutated(thrown.choice(lines), thrown) for _ in range(3_000))):
        code = line.replace("\n", " ")
        assert said_by_us(code, grammar) == said_by_lark(code, grammar), code


@pytest.mark.parametrize(
    "code", ["a", "a b", "a: b", "(a b: c)", "((a))", "a b:", "", ":", "a (", "(a", "a)", "a1", "a::"]
)
def test_another_grammar_is_read_as_lark_reads_it(code: str) -> None:
    assert said_by_us(code, ANOTHER) == said_by_lark(code, ANOTHER)


def test_tables_of_another_grammar_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    text, changed = beside("das.json"), grammar_text().replace('"<="', '"=<"')
    assert tables.read(text, grammar_text()) is not None
    assert tables.read(text, changed) is None
    expected = parsed_line.__wrapped__("conv channels <=4")
    monkeypatch.setattr(room, "grammar_text", lambda: changed)
    monkeypatch.setattr(room, "parser", parser.__wrapped__)
    assert parsed_line.__wrapped__("conv channels =<4") == expected
