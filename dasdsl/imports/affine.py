"""Sums and products: of values, and of a value with numbers or parameters of each channel."""

from __future__ import annotations

from dataclasses import replace
from math import isclose

from torch import Tensor

from dasdsl.imports.calls import Call, Said, Spread, dimensions, plain, says
from dasdsl.imports.problems import Unsaid
from dasdsl.imports.steps import Affine, Value, Written

Number = float | Tensor
"""A number, or one for each channel (C,), or (1,)."""
CLOSE = 1e-12
"""What a shift may be away from none."""


def layer(found: Affine) -> Written:
    """What computes it: a depthwise filter of one tap; of a vector a linear layer in as many groups as features."""
    value, factor, shift = found.value, found.factor, found.shift
    assert isinstance(value, Value)
    if not isinstance(factor, Tensor) and factor == 0 and _none(shift):
        return Written((value,), ("zero",))
    channels, *sides = value.shape
    ones = tuple(1 for _ in sides)
    words = f"conv depthwise filters {dimensions(ones)}" if ones else f"linear channels {channels} groups {channels}"
    tensors = {"weight": _each(factor, channels).reshape(-1, 1, *ones)}
    if _none(shift):
        return Written((value,), (f"{words} bias off",), tensors)
    return Written((value,), (words,), {**tensors, "bias": _each(shift, channels)})


def _each(number: Number, channels: int) -> Tensor:
    """It, for each channel."""
    made = number if isinstance(number, Tensor) else Tensor([number])
    return made if len(made) == channels else made.expand(channels).clone()


def _none(shift: Number) -> bool:
    return isinstance(shift, float) and abs(shift) < CLOSE


@says("add", "sub", "subtract", anywhere=True)
def added(call: Call) -> Said:
    """`add`, or `residual` where one path is nothing; a shift, of a number or a parameter."""
    sign = 1.0 if call.name == "add" else -1.0
    times = sign * float(call.arguments.get("alpha", 1))
    one, other = call.operand, call.arguments["other"]
    if isinstance(one, Tensor):
        return _moved(_scaled(other, times), _number(call, one, other))
    if isinstance(other, Tensor | int | float):
        return _moved(one, _product(_number(call, other, one), times))
    path = plain(other)
    if plain(one).shape != path.shape:
        raise Unsaid("it adds values of different shapes")
    return Written((plain(one), path if times == 1 else Affine(path, times)), ("add",), joins=True)


@says("rsub", anywhere=True)
def taken_from(call: Call) -> Said:
    """A number without a value."""
    turned, other = _scaled(call.operand, -float(call.arguments.get("alpha", 1))), call.arguments["other"]
    if not isinstance(other, Tensor | int | float):
        raise Unsaid("it is an `rsub` of two values", help="write it as a difference, `y - x`")
    return _moved(turned, _number(call, other, call.operand))


@says("neg", "negative", anywhere=True)
def turned(call: Call) -> Said:
    """Times -1."""
    return _simple(_scaled(call.operand, -1.0))


@says("mul", "multiply", anywhere=True)
def multiplied(call: Call) -> Said:
    """`mul`; a factor, of a number or a parameter."""
    one, other = call.operand, call.arguments["other"]
    if isinstance(one, Tensor):
        one, other = other, one
    if isinstance(other, Tensor | int | float):
        return _simple(_scaled(one, _number(call, other, one)))
    (first, by), (second, also) = _factored(one), _factored(other)
    product = Written((_everywhere(first, second), _everywhere(second, first)), ("mul",), joins=True)
    return _simple(Affine(product, by * also))


@says("div", "divide", "true_divide", anywhere=True)
def divided(call: Call) -> Said:
    """A factor."""
    other = call.arguments["other"]
    if call.arguments.get("rounding_mode") is not None or not isinstance(other, Tensor | int | float):
        raise Unsaid("it divides, and no statement does but by numbers and parameters")
    number = _number(call, other, call.operand)
    if not isinstance(number, Tensor) and number == 0:
        raise Unsaid("it divides by nothing")
    return _simple(_scaled(call.operand, 1 / number))


@says("zeros_like", anywhere=True)
def nothing(call: Call) -> Written:
    """`zero`."""
    return Written((call.value(),), ("zero",))


# ---- numbers ---------------------------------------------------------------------------------------------------------


def _number(call: Call, found: object, beside: object) -> Number:
    """A number, or a parameter that has one for each channel of the value beside it.

    Raises: Unsaid.
    """
    if isinstance(found, int | float):
        return float(found)
    value = _of(beside).value
    assert isinstance(value, Value)
    assert isinstance(found, Tensor)
    own = found if found.is_floating_point() else found.float()
    ones = tuple(1 for _ in value.shape[1:])
    wanted = (*ones, *value.shape[:1]) if call.last else (*value.shape[:1], *ones)
    if own.numel() == 1:
        return own.reshape(1)
    if tuple(own.shape) in {wanted, (1, *wanted)} or (call.last and own.shape == value.shape[:1]):
        return own.reshape(-1)
    raise Unsaid("it computes with a parameter or a constant that is not one number for each channel")


def _of(found: object) -> Affine:
    """A value as one that is multiplied and shifted."""
    return found if isinstance(found, Affine) else Affine(plain(found))


def _scaled(found: object, factor: Number) -> Affine:
    one = _of(found)
    return Affine(one.value, _product(one.factor, factor), _product(one.shift, factor))


def _moved(found: object, shift: Number) -> Said:
    one = _of(found)
    return _simple(replace(one, shift=shift if _none(one.shift) else one.shift + shift, settled=None))


def _product(one: Number, other: Number) -> Number:
    """Of a parameter and 1 it is the parameter itself, which may be shared."""
    if not isinstance(one, Tensor) and one == 1:
        return other
    if not isinstance(other, Tensor) and other == 1:
        return one
    return 0.0 if 0.0 in {number for number in (one, other) if isinstance(number, float)} else one * other


def _simple(found: Affine) -> Said:
    """Nothing, where it is what it was."""
    whole = isinstance(found.factor, float) and isclose(found.factor, 1.0) and _none(found.shift)
    if not whole:
        return found
    return found.value if isinstance(found.value, Written) else Written((found.value,))


# ---- values ----------------------------------------------------------------------------------------------------------


def _factored(found: object) -> tuple[object, float]:
    """A value, and the number that it is multiplied by."""
    if isinstance(found, Affine) and isinstance(found.factor, float) and _none(found.shift):
        return found.value, found.factor
    return found, 1.0


def _everywhere(found: object, beside: object) -> Value:
    """A factor, which may be one pixel everywhere beside a value of that shape."""
    if isinstance(found, Spread) and isinstance(beside, Value | Affine) and plain(beside).shape == found.shape:
        return found.value
    return plain(found)
