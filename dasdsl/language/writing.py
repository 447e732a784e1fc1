"""From resolved values back to written ones: what the inverse pass prints."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import assert_never, cast

from dasdsl.language.words import fields_of
from dasdsl.operations.core.fields import REQUIRED, Field, Kind
from dasdsl.operations.core.values import (
    AtMost,
    Binary,
    Bracket,
    Choice,
    Dims,
    Expression,
    Group,
    Name,
    Number,
    Options,
    Patterns,
    Range,
    Resolved,
    Shapes,
    UpTo,
    Written,
    ranges,
)


def written_fields(words: str, values: Mapping[str, Resolved]) -> tuple[tuple[str, Written], ...]:
    """The fields of a statement in the order of its table, without those at their default."""
    table = fields_of(words)
    unknown = values.keys() - {field.name for field in table}
    if unknown:
        raise ValueError(f"`{words}` has no field {', '.join(sorted(unknown))}")
    kept = (field for field in table if field.name in values and values[field.name] != field.default)
    missing = [field.name for field in table if field.default is REQUIRED and field.name not in values]
    if missing:
        raise ValueError(f"`{words}` needs {', '.join(missing)}")
    return tuple((field.name, written(values[field.name], field)) for field in kept)


def written(value: Resolved, field: Field) -> Written:
    """A resolved value as a person would write it."""
    match value:
        case str():
            return Name(value)
        case bool() | None:
            return Name(field.name)
        case int() if field.kind is not Kind.DECIMAL:
            return Number(value)
        case int() | float():
            return decimal(float(value))
        case Options():
            return choice(value)
        case UpTo(limit=limit):
            return AtMost(Number(limit))
        case Shapes(values=shapes):
            return Choice(tuple(Dims(tuple(Number(side) for side in shape)) for shape in shapes))
        case Patterns(patterns=patterns):
            return Bracket(tuple(Group(ranges(pattern.inputs), ranges(pattern.outputs)) for pattern in patterns))
        case tuple():
            return several(value, field)
        case _:
            assert_never(value)


def several(value: tuple[object, ...], field: Field) -> Written:
    """Positions, sides or pads."""
    if field.kind in (Kind.READS, Kind.PART):
        return Bracket((Group(ranges(cast("tuple[int, ...]", value))),))
    one = pad if field.kind is Kind.PADS else side
    sides = tuple(one(item) for item in value)
    return sides[0] if len(sides) == 1 else Dims(sides)


def side(value: object) -> Expression | Choice:
    """One side: a number or a choice."""
    return choice(value) if isinstance(value, Options) else Number(cast("int", value))


def pad(value: object) -> Expression:
    """Before and after, as one number where they are equal."""
    before, after = cast("tuple[int, int]", value)
    return Number(before) if before == after else Binary("/", Number(before), Number(after))


def choice(value: Options) -> Choice | Name:
    """The name of a shared decision, else the options: a range where there are three or more in equal steps."""
    if value.shared is not None:
        return Name(value.shared)
    numbers = value.values
    steps = {b - a for a, b in itertools.pairwise(numbers)}
    if len(numbers) > 2 and len(steps) == 1:
        step = steps.pop()
        return Choice((Range(Number(numbers[0]), Number(numbers[-1]), None if step == 1 else Number(step)),))
    return Choice(tuple(Number(number) for number in numbers))


def decimal(value: float) -> Number:
    """A decimal in its shortest spelling."""
    return Number(int(value)) if value == int(value) and abs(value) < 1e6 else Number(value, spelling(value))


def spelling(value: float) -> str:
    """`0.0889`, `1e-6`, `192044`: the shortest text that reads back as this number."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return repr(value).replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")
