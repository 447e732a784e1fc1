"""The tables of the parser, kept beside the grammar: making them anew takes longer than checking a file with them.

They are data of the package, made by `grammars/generate.py`, and used only where the grammar is the one that they were
made from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

END = "$END"
"""What stands behind the last token of a line."""


class Rule(NamedTuple):
    """One way to make a symbol of the `size` parts on top of the stack."""

    symbol: str
    method: str | None
    """The builder's method; None where the parts stay as they are, as parts of what the symbol stands in (`item+`)."""
    size: int
    single: bool
    """Whether one part alone stands for itself (`?expression`)."""
    spliced: tuple[int, ...]
    """The parts that are parts of other rules, from the last one on."""


class Tables(NamedTuple):
    """An LALR(1) automaton with its lexer."""

    pattern: str
    """A regular expression with a named group for each terminal."""
    ignored: tuple[str, ...]
    rules: tuple[Rule, ...]
    states: tuple[Mapping[str, int], ...]
    """What to do at a symbol: go to state n, or reduce by rule r where it is -1-r."""
    start: int
    end: int


def written(tables: Tables, grammar: str) -> str:
    """The tables of a grammar as JSON; equal tables are written alike."""
    keys = tables._asdict() | {"grammar": grammar}
    return json.dumps(keys, separators=(",", ":"), sort_keys=True) + "\n"


def read(text: str, grammar: str) -> Tables | None:
    """The tables of a grammar; None where these are of another one."""
    keys: dict[str, Any] = json.loads(text)
    if keys.pop("grammar") != grammar:
        return None
    keys["rules"] = tuple(Rule(*rule) for rule in keys["rules"])
    return Tables(**keys)
