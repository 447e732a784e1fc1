"""Turns what the grammar reduces into trees; places are relative to the line, whose number is 0 here."""

from __future__ import annotations

from typing import cast

from dasdsl.language import errors, limits
from dasdsl.language.lexing import Token
from dasdsl.language.syntax import Clause, Item, Line, Word
from dasdsl.operations.core.problems import Refused
from dasdsl.operations.core.values import (
    AtMost,
    Binary,
    Bracket,
    Call,
    Choice,
    Dims,
    Expression,
    Group,
    Name,
    Number,
    Parenthesised,
    Range,
    Span,
)

Parts = list[object]


def at(token: Token) -> Span:
    """The place of a token."""
    return Span(0, token.column, token.column + len(token.text))


def between(first: object, last: object) -> Span:
    """From the start of one part to the end of another."""
    return _span(first).to(_span(last))


def _span(part: object) -> Span:
    return at(part) if isinstance(part, Token) else cast("Expression", part).span


def integer(token: Token) -> int:
    """The value of an integer, which must have few digits."""
    if len(token.text) > limits.DIGITS:
        raise Refused(errors.syntax.NumberTooLong(span=at(token), digits=len(token.text)))
    return int(token.text)


def trees(parts: Parts) -> list[object]:
    """The parts that are not punctuation."""
    return [part for part in parts if not isinstance(part, Token)]


class Builder:
    """One method a rule of the grammar; all tokens are kept, so that brackets have places."""

    def line(self, parts: Parts) -> Line:
        """`clause [: [clause]]`."""
        clauses = cast("list[Clause]", trees(parts))
        colon = at(cast("Token", parts[1])) if len(parts) > 1 else None
        return Line(clauses[0], colon, clauses[1] if len(clauses) > 1 else None)

    def clause(self, parts: Parts) -> Clause:
        """`[label =] item …`."""
        if isinstance(parts[0], tuple):
            return Clause(cast("tuple[Word | Name]", parts[0])[0], cast("tuple[Item, ...]", tuple(parts[1:])))
        return Clause(None, cast("tuple[Item, ...]", tuple(parts)))

    def label(self, parts: Parts) -> tuple[Word | Name]:
        """`name =`; alone in a tuple, which tells it from an item."""
        token = cast("Token", parts[0])
        return (Word(token.text, at(token)) if token.type == "WORD" else Name(token.text, at(token)),)

    def word(self, parts: Parts) -> Word:
        """A word of the language."""
        token = cast("Token", parts[0])
        return Word(token.text, at(token))

    def name(self, parts: Parts) -> Name:
        """A name."""
        token = cast("Token", parts[0])
        return Name(token.text, at(token))

    def number(self, parts: Parts) -> Number:
        """A number with its sign."""
        token = cast("Token", parts[-1])
        sign = "-" if len(parts) > 1 else ""
        span = between(parts[0], token)
        if token.type == "INT":
            value = integer(token)
            return Number(-value if sign else value, "", span)
        value = float(token.text)
        if value == float("inf"):
            raise Refused(errors.syntax.TooBig(span=at(token), text=token.text))
        return Number(-value if sign else value, f"{sign}{token.text}", span)

    def binary(self, parts: Parts) -> Binary:
        """`left operator right`."""
        left, right = cast("list[Expression]", trees(parts))
        return Binary(cast("Token", parts[1]).text, left, right, between(left, right))

    def parenthesised(self, parts: Parts) -> Parenthesised:
        """`(inner)`."""
        return Parenthesised(cast("Expression", parts[1]), between(parts[0], parts[2]))

    def dims(self, parts: Parts) -> Dims:
        """`side x side …`."""
        return Dims(tuple(cast("list[Expression | Choice]", trees(parts))), between(parts[0], parts[-1]))

    def at_most(self, parts: Parts) -> AtMost:
        """`<=limit`."""
        return AtMost(cast("Expression", parts[1]), between(parts[0], parts[1]))

    def choice(self, parts: Parts) -> Choice:
        """`<option|…>`."""
        return Choice(tuple(cast("list[Expression | Range | Dims]", trees(parts))), between(parts[0], parts[-1]))

    def range(self, parts: Parts) -> Range:
        """`first..last [by step]`."""
        first, last, *step = cast("list[Expression]", trees(parts))
        return Range(first, last, step[0] if step else None, between(parts[0], parts[-1]))

    def run(self, parts: Parts) -> tuple[Token, Token]:
        """`first[-last]`, as tokens: their place is still needed."""
        return cast("Token", parts[0]), cast("Token", parts[-1])

    def positions(self, parts: Parts) -> tuple[tuple[tuple[int, int], ...], Span]:
        """`first-last,…` or `none`, with the place."""
        runs = cast("list[tuple[Token, Token]]", trees(parts))
        if not runs:
            return (), at(cast("Token", parts[0]))
        span = at(runs[0][0]).to(at(runs[-1][1]))
        return tuple((integer(first), integer(last)) for first, last in runs), span

    def group(self, parts: Parts) -> Group:
        """`inputs [-> outputs]`."""
        (inputs, span), *rest = cast("list[tuple[tuple[tuple[int, int], ...], Span]]", trees(parts))
        if not rest:
            return Group(inputs, None, span)
        return Group(inputs, rest[0][0], span.to(rest[0][1]))

    def bracket(self, parts: Parts) -> Bracket:
        """`[group; …]`."""
        return Bracket(tuple(cast("list[Group]", trees(parts))), between(parts[0], parts[-1]))

    def call(self, parts: Parts) -> Call:
        """`name(argument, …)`."""
        arguments = cast("list[Expression | Choice]", trees(parts))
        return Call(cast("Token", parts[0]).text, tuple(arguments), between(parts[0], parts[-1]))
