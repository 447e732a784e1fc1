"""Makes the tables of the parser of a grammar, with lark; needed only where the grammar has changed."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, Final

from lark import Lark
from lark.grammar import Rule as LarkRule
from lark.lexer import BasicLexer
from lark.parsers.lalr_analysis import Shift

from dasdsl.language.tables import Rule, Tables

OPTIONS: Final[dict[str, Any]] = {
    "parser": "lalr",
    "lexer": "basic",
    "start": "line",
    "keep_all_tokens": True,
    "maybe_placeholders": False,
}


def generated(grammar: str) -> Tables:
    """The tables of a grammar; lark numbers its states anew each time, here they are numbered as they are met."""
    parser = Lark(grammar, **OPTIONS)
    table = parser.parser.parser._parse_table
    (start,), (end,) = table.start_states.values(), table.end_states.values()
    numbers = order(table.states, start)
    rules = {rule: index for index, rule in enumerate(parser.rules)}
    states = [dict[str, int]()] * len(numbers)
    for state, number in numbers.items():
        states[number] = {
            symbol: numbers[to] if action is Shift else -1 - rules[to]
            for symbol, (action, to) in sorted(table.states[state].items())
        }
    pattern, ignored = lexer(parser)
    return Tables(pattern, ignored, tuple(map(rule_of, parser.rules)), tuple(states), numbers[start], numbers[end])


def order(states: Mapping[int, Mapping[str, tuple[Any, Any]]], start: int) -> dict[int, int]:
    """A number for each state, in the order in which they are met."""
    numbers, waiting = {start: 0}, deque([start])
    while waiting:
        for _, (action, to) in sorted(states[waiting.popleft()].items()):
            if action is Shift and to not in numbers:
                numbers[to] = len(numbers)
                waiting.append(to)
    return numbers


def rule_of(rule: LarkRule) -> Rule:
    """A rule as the parser applies it."""
    symbol = str(rule.origin.name)
    spliced = tuple(place for place, part in enumerate(rule.expansion) if not part.is_term and part.name[0] == "_")
    single = bool(rule.options.expand1) and rule.alias is None
    nothing = symbol.startswith("_") or (single and len(rule.expansion) == 1)
    method = None if nothing else rule.alias or symbol
    return Rule(symbol, method, len(rule.expansion), single, spliced[::-1])


def lexer(parser: Lark) -> tuple[str, tuple[str, ...]]:
    """The expression that finds a token, its alternatives in lark's order, and what is skipped."""
    made = parser.parser.lexer
    assert isinstance(made, BasicLexer)
    pattern = "|".join(f"(?P<{one.name}>{one.pattern.to_regexp()})" for one in made.terminals)
    return pattern, tuple(sorted(made.ignore_types))
