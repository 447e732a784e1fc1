"""What joins paths, and what computes with a number in their place."""

from __future__ import annotations

from math import isclose

from torch import Tensor

from dasdsl.imports.calls import Call, Said, Scaled, Shifted, Spread, dimensions, plain, says
from dasdsl.imports.problems import Unsaid
from dasdsl.imports.steps import Value, Written

SHIFT = 3
"""What a `hardsigmoid` that is written out adds first."""


@says("add", anywhere=True)
def added(call: Call) -> Written | Shifted:
    """`add`, or `residual` where one path is nothing."""
    if call.arguments.get("alpha", 1) != 1:
        raise Unsaid("it adds a multiple of a value")
    number = _number(call)
    if number == 0:
        return Written((call.value(),))
    if number == SHIFT:
        return Shifted(call.value())
    one, other = call.value(), call.value("other")
    if one.shape != other.shape:
        raise Unsaid("it adds values of different shapes")
    return Written((one, other), ("add",), joins=True)


@says("mul", anywhere=True)
def multiplied(call: Call) -> Said:
    """`mul`."""
    number = _number(call)
    if number is not None:
        return _times(call, number)
    scale = _scale(call)
    if scale is not None:
        return scale
    (one, by), (other, also) = map(_factored, (call.operand, call.arguments["other"]))
    product = Written((_everywhere(one, other), _everywhere(other, one)), ("mul",), joins=True)
    return _scaled(product, by * also)


@says("div", anywhere=True)
def divided(call: Call) -> Said:
    """Nothing, where it was multiplied by that number before."""
    number = _number(call)
    if not number or call.arguments.get("rounding_mode") is not None:
        raise Unsaid("it divides, and no statement does")
    return _times(call, 1 / number)


def _scale(call: Call) -> Written | None:
    """A parameter for each channel times a value: a depthwise filter of one tap. None where it is no such product."""
    operands = call.operand, call.arguments["other"]
    scale = next((one for one in operands if isinstance(one, Tensor)), None)
    value = next((one for one in operands if isinstance(one, Value)), None)
    if scale is None or value is None or len(value.shape) < 2:
        return None
    ones = tuple(1 for _ in value.shape[1:])
    wanted = (*ones, *value.shape[:1]) if call.last else (*value.shape[:1], *ones)
    if tuple(scale.shape) not in {wanted, (1, *wanted), value.shape[:1] if call.last else wanted}:
        return None
    words = f"conv depthwise filters {dimensions(ones)} bias off"
    return Written((value,), (words,), {"weight": scale.reshape(-1, 1, *ones)})


def _times(call: Call, number: float) -> Said:
    """What a call reads, times a number: said where that makes it what it was."""
    value, by = _factored(call.operand)
    if by == 1 and number != 1:
        raise Unsaid(f"it computes with the number {call.arguments['other']}")
    return _scaled(Written((plain(value),)), by * number)


def _factored(found: object) -> tuple[object, float]:
    """A value, and the number that it is multiplied by."""
    return (found.value, found.factor) if isinstance(found, Scaled) else (found, 1.0)


def _scaled(written: Written, factor: float) -> Written | Scaled:
    return written if isclose(factor, 1.0) else Scaled(written, factor)


def _everywhere(found: object, beside: object) -> Value:
    """A factor, which may be one pixel everywhere beside a value of that shape."""
    if isinstance(found, Spread) and isinstance(beside, Value) and beside.shape == found.shape:
        return found.value
    return plain(found)


def _number(call: Call) -> float | None:
    """The other operand, where that is a number: `sum` begins with 0."""
    found = call.arguments["other"]
    return float(found) if isinstance(found, int | float) else None


@says("cat", "concat")
def joined(call: Call) -> Written:
    """`concat`, of channels."""
    values = call.values("tensors")
    if call.arguments["dim"] % (len(call.shape) + 1) != 1:
        raise Unsaid("it joins along another side than the channels")
    return Written(values, ("concat",), joins=True) if len(values) > 1 else Written(values)
