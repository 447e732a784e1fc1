"""Prints written values in their one spelling."""

from __future__ import annotations

from typing import assert_never

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
    Written,
)


def spell(value: Written) -> str:
    """The text of a value, as the parser reads it back."""
    match value:
        case AtMost(limit=limit):
            return f"<={expression(limit)}"
        case Dims(sides=sides):
            return dims(sides)
        case Choice(options=options):
            return f"<{'|'.join(option(item) for item in options)}>"
        case Bracket(groups=groups):
            return f"[{'; '.join(group(item) for item in groups)}]"
        case Call(name=name, arguments=arguments):
            return f"{name}({', '.join(side(argument) for argument in arguments)})"
        case Number() | Name() | Binary() | Parenthesised():
            return expression(value)
        case _:
            assert_never(value)


def expression(value: Expression) -> str:
    """Numbers, names and arithmetic, without spaces."""
    match value:
        case Number(value=number, text=text):
            return text or str(number)
        case Name(name=name):
            return name
        case Binary(operator=operator, left=left, right=right):
            return f"{expression(left)}{operator}{expression(right)}"
        case Parenthesised(inner=inner):
            return f"({expression(inner)})"
        case _:
            assert_never(value)


def side(value: Expression | Choice) -> str:
    """A side of dimensions, or an argument."""
    return spell(value)


def dims(sides: tuple[Expression | Choice, ...]) -> str:
    """`3x3`, `3xk`, `<1..5>x3`; with spaces where `x` would stick to a name, or sides have operators: `2/1 x 0/-1`."""
    tight = all(isinstance(item, Number | Choice | Parenthesised) for item in sides[:-1])
    spaced = not tight or any(isinstance(item, Binary) for item in sides)
    return (" x " if spaced else "x").join(side(item) for item in sides)


def option(value: Expression | Range | Dims) -> str:
    """An option of a choice."""
    match value:
        case Range(first=first, last=last, step=step):
            by = "" if step is None else f" by {expression(step)}"
            return f"{expression(first)}..{expression(last)}{by}"
        case Dims(sides=sides):
            return dims(sides)
        case expr:
            return expression(expr)


def group(value: Group) -> str:
    """`0-5,8 -> 0-11`, or positions alone."""
    inputs = positions(value.inputs)
    return inputs if value.outputs is None else f"{inputs} -> {positions(value.outputs)}"


def positions(ranges: tuple[tuple[int, int], ...]) -> str:
    """`0-5,8`, or `none`."""
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges) or "none"
