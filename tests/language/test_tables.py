"""The tables that are kept beside the grammar are those of the grammar, and without them all goes on as before."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from lark import Lark
from lark.exceptions import UnexpectedInput

import dasdsl
from dasdsl.language import tables
from dasdsl.language.grammar import beside, grammar_text, made, parser
from dasdsl.operations.core.problems import Refused
from fuzz.mutation import dice, mutated
from fuzz.seeds import seeds

ROOT = Path(dasdsl.__file__).parent.parent


def said(code: str, read: Lark) -> object:
    """What a parser makes of a line, or where it stops and what it waited for."""
    try:
        return read.parse(code)
    except UnexpectedInput as error:
        waited = getattr(error, "accepts", None) or getattr(error, "allowed", None)
        return type(error), error.pos_in_stream, frozenset(waited or ())
    except Refused as refused:
        return refused.problem


def test_the_tables_are_those_of_the_grammar() -> None:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "grammars" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    assert generate.main(["--check"]) == 0, "run: python grammars/generate.py"
    assert isinstance(parser(), tables.Tabled)


def test_both_parsers_say_the_same() -> None:
    thrown, anew = dice("tables"), made(grammar_text())
    lines = sorted({line.strip() for data in seeds("body") for line in data.decode().split("\n") if line.strip()})
    for line in (*lines, *(mutated(thrown.choice(lines), thrown) for _ in range(2_000))):
        assert said(line, parser()) == said(line, anew)


def test_tables_of_another_grammar_or_release_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    text = beside("das.json").read_text(encoding="utf-8")
    assert tables.read(text, grammar_text() + "\n") is None
    monkeypatch.setattr(tables.lark, "__version__", "0.0")
    assert tables.read(text, grammar_text()) is None
    assert not isinstance(parser.__wrapped__(), tables.Tabled)
