"""The tables of the parser, kept beside the grammar: making them anew takes longer than checking a file with them.

They are data of the package, made by `grammars/generate.py`, and used only where the grammar, the options and lark are
those that they were made from.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any, Final, cast

import lark
from lark import Lark
from lark.grammar import Rule
from lark.lexer import TerminalDef

OPTIONS: Final[dict[str, Any]] = {
    "parser": "lalr",
    "lexer": "basic",
    "start": "line",
    "keep_all_tokens": True,
    "maybe_placeholders": False,
}
OURS: Final = ("transformer", "postlex")
"""The options that are objects of ours; they are handed over again when the tables are loaded."""


class Tabled(Lark):
    """A parser from its tables."""

    def __init__(self, tables: dict[str, Any], **options: object) -> None:
        self._load(tables, **options)


def version(grammar: str) -> list[str]:
    """What the tables depend on: the release of lark, the text of the grammar and the options."""
    return [lark.__version__, sha256(f"{grammar}{OPTIONS}".encode()).hexdigest()]


def written(parser: Lark, grammar: str) -> str:
    """The tables of a parser that was made from a grammar, as JSON."""
    data, memo = parser.memo_serialize([TerminalDef, Rule])
    options = {name: value for name, value in data["options"].items() if name not in OURS}
    tables = {"version": version(grammar), "data": data | {"options": options}, "memo": memo}
    return json.dumps(tables, separators=(",", ":"), sort_keys=True) + "\n"


def read(text: str, grammar: str) -> dict[str, Any] | None:
    """The tables of a grammar; None where these are of another grammar, or of another release of lark."""
    tables = cast("dict[str, Any]", json.loads(text, object_hook=numbered))
    return tables if tables["version"] == version(grammar) else None


def numbered(keys: dict[str, Any]) -> dict[str | int, Any]:
    """A table with the numbers that JSON made texts of."""
    return {int(key) if key.isdigit() else key: value for key, value in keys.items()}
