"""What became of a value: closed, opened, narrowed, widened, or simply another."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Final, Literal

from dasdsl.language import limits
from dasdsl.operations.core.values import Options, Patterns, Resolved, Shapes, UpTo

Verdict = Literal["", "closed", "closed elsewhere", "opened", "opened elsewhere", "narrowed", "widened", "changed"]

MEANINGS: Final[dict[Verdict, str]] = {
    "": "",
    "closed": "closed",
    "closed elsewhere": "closed, was no option",
    "opened": "opened",
    "opened elsewhere": "opened, without the old value",
    "narrowed": "narrowed",
    "widened": "widened",
    "changed": "other options",
}
"""Verdicts as people read them."""


def verdict(a: Resolved, b: Resolved) -> Verdict:
    """What `a` became; "" where neither is open."""
    match is_open(a), is_open(b):
        case True, False:
            return "closed" if covers(a, b) else "closed elsewhere"
        case False, True:
            return "opened" if covers(b, a) else "opened elsewhere"
        case True, True:
            narrower, wider = covers(a, b), covers(b, a)
            return "narrowed" if narrower and not wider else "widened" if wider and not narrower else "changed"
        case _:
            return ""


def is_open(value: object) -> bool:
    """Whether a value leaves something open."""
    if isinstance(value, tuple):
        return any(isinstance(item, Options) for item in value)
    return isinstance(value, Options | UpTo | Shapes)


def covers(a: object, b: object) -> bool:
    """Whether all that `b` may become is among what `a` may become."""
    match a, b:
        case UpTo(limit=most), _:
            return _most(b) <= most
        case tuple(), tuple() if len(a) == len(b):
            return all(covers(mine, theirs) for mine, theirs in zip(a, b, strict=True))
        case tuple(), Shapes(values=shapes):
            return all(len(a) == len(shape) and covers(a, shape) for shape in shapes)
        case Options() | Shapes() | tuple(), _:
            mine, theirs = _all(a), _all(b)
            return mine is not None and theirs is not None and theirs <= mine
        case _:
            return a == b


def _most(value: object) -> float:
    """The largest number that a value may become, or how many patterns it has."""
    match value:
        case int():
            return value
        case UpTo(limit=most):
            return most
        case Options(values=values):
            return max(values)
        case Patterns(patterns=patterns):
            return len(patterns)
        case _:
            return float("inf")


def _all(value: object) -> frozenset[tuple[int, ...]] | None:
    """Everything that a value may become; None where that is too much, or no numbers."""
    match value:
        case int():
            return frozenset({(value,)})
        case Options(values=values):
            return frozenset((item,) for item in values)
        case Shapes(values=shapes):
            return frozenset(shapes)
        case tuple():
            sides = [_side(item) for item in value]
            if None in sides or prod(len(side or ()) for side in sides) > limits.OPTIONS:
                return None
            return frozenset(product(*(side or () for side in sides)))
        case _:
            return None


def _side(value: object) -> tuple[int, ...] | None:
    match value:
        case int():
            return (value,)
        case Options(values=values):
            return values
        case _:
            return None
