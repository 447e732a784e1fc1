"""Parses one line by the tables of an LALR(1) automaton. Trees are built while parsing, so nothing recurses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from dasdsl.language.lexing import Token, tokens
from dasdsl.language.tables import END, Rule, Tables

Build = Callable[[list[object]], object]


class UnexpectedTokenError(Exception):
    """A token that does not fit; `expected` are the types of those that would."""

    def __init__(self, token: Token, expected: frozenset[str]) -> None:
        super().__init__(token, expected)
        self.token = token
        self.expected = expected


class Parser:
    """The parser of a grammar; the methods of `builder` have the names of the grammar's rules and take their parts."""

    def __init__(self, tables: Tables, builder: object) -> None:
        self.tables = tables
        self.pattern = re.compile(tables.pattern)
        self.builds: list[Build | None] = [
            None if rule.method is None else getattr(builder, rule.method) for rule in tables.rules
        ]

    def parse(self, code: str) -> object:
        """What the builder makes of a line.

        Raises `UnexpectedTokenError`, `UnknownCharacterError`, and what the builder raises.
        """
        states, parts = [self.tables.start], list[object]()
        for token in self.tokens(code):
            while (action := self.tables.states[states[-1]].get(token.type)) is None or action < 0:
                if action is None:
                    raise UnexpectedTokenError(token, self.expected(states))
                self.reduce(-1 - action, states, parts)
                if states[-1] == self.tables.end and token.type == END:
                    return parts[-1]
            states.append(action)
            parts.append(token)
        raise AssertionError("the last token ends the line")

    def tokens(self, code: str) -> Iterator[Token]:
        """The tokens of a line and what marks its end."""
        yield from tokens(code, self.pattern, self.tables.ignored)
        yield Token(END, "", len(code) + 1)

    def reduce(self, number: int, states: list[int], parts: list[object]) -> None:
        """Make one part of those that a rule is made of."""
        rule = self.tables.rules[number]
        del states[len(states) - rule.size :]
        states.append(self.tables.states[states[-1]][rule.symbol])
        if rule.size == 1 and rule.single:
            return
        taken = parts[len(parts) - rule.size :]
        del parts[len(parts) - rule.size :]
        parts.append(self.built(number, rule, taken))

    def built(self, number: int, rule: Rule, parts: list[object]) -> object:
        """What the builder makes of the parts of a rule."""
        for place in rule.spliced:
            inner = parts[place]
            assert isinstance(inner, list)
            if place:
                parts[place : place + 1] = inner
            else:
                # a list grows at its end, item by item: copied each time, that would take its square
                inner += parts[1:]
                parts = inner
        build = self.builds[number]
        if rule.single and len(parts) == 1:
            return parts[0]
        return parts if build is None else build(parts)

    def expected(self, states: list[int]) -> frozenset[str]:
        """The types of the tokens that may follow."""
        return frozenset(name for name in self.tables.states[states[-1]] if name.isupper() and self.fits(name, states))

    def fits(self, name: str, states: list[int]) -> bool:
        """Whether a token may follow: the automaton takes it, or reduces until it does."""
        tried = list(states)
        while (action := self.tables.states[tried[-1]].get(name)) is not None and action < 0:
            rule = self.tables.rules[-1 - action]
            del tried[len(tried) - rule.size :]
            tried.append(self.tables.states[tried[-1]][rule.symbol])
            if name == END and tried[-1] == self.tables.end:
                return True
        return action is not None
