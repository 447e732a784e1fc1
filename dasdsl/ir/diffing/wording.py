"""Values in a few words, for people who read what changed."""

from __future__ import annotations

import itertools
from dataclasses import replace

from dasdsl.language.writing import written
from dasdsl.language.written import spell
from dasdsl.operations.core.fields import Field, Kind
from dasdsl.operations.core.values import Options, Patterns, Resolved, UpTo


def said(value: Resolved, spec: Field) -> str:
    """`at most 48`, `up to 4 patterns`, `16, 32 or 48`, `1 to 5`, `4 groups`; anything else as it is written."""
    noun = " groups" if spec.kind is Kind.GROUPS else ""
    match value:
        case UpTo(limit=most):
            return f"up to {most} patterns" if noun else f"at most {most}"
        case Options(values=values, shared=shared):
            return f"{options(values)}{noun}{f' ({shared})' if shared else ''}"
        case Patterns(patterns=patterns):
            return f"{len(patterns)} pattern{'' if len(patterns) == 1 else 's'}"
        case int() if noun:
            return f"{value} group{'' if value == 1 else 's'}"
        case tuple() if names := _shared(value):
            plain = tuple(replace(item, shared=None) if isinstance(item, Options) else item for item in value)
            return f"{spell(written(plain, spec))} ({', '.join(names)})"
        case None:
            return ""
        case _:
            return spell(written(value, spec))


def _shared(value: tuple[object, ...]) -> list[str]:
    """The decisions that several places share, each once."""
    names = (item.shared for item in value if isinstance(item, Options) and item.shared is not None)
    return list(dict.fromkeys(names))


def options(values: tuple[int, ...]) -> str:
    """`5`, `16 or 32`, `1 to 5`, `2 to 10 by 2`, `16, 32 or 64`."""
    steps = {b - a for a, b in itertools.pairwise(values)}
    if len(values) > 2 and len(steps) == 1:
        step = steps.pop()
        return f"{values[0]} to {values[-1]}{f' by {step}' if step > 1 else ''}"
    *first, last = [str(value) for value in values]
    return f"{', '.join(first)} or {last}" if first else last
