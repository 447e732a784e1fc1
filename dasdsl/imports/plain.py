"""Layers without weights: activations, what changes space, and what joins paths."""

from __future__ import annotations

from functools import partial
from math import isclose

from dasdsl.imports.calls import Call, Padded, Said, Scaled, Shifted, Spread, plain, says
from dasdsl.imports.problems import Unsaid
from dasdsl.imports.steps import Value, Written

SHIFT = 3
"""What a `hardsigmoid` that is written out adds first."""
ACTIVATIONS = {
    "relu": "relu",
    "silu": "silu",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "hardswish": "hardswish",
    "hardsigmoid": "hardsigmoid",
}


def _activation(words: str, call: Call) -> Written:
    return Written((call.value(),), (words,))


for _name, _words in ACTIVATIONS.items():
    says(_name)(partial(_activation, _words))


@says("relu6", "hardtanh", "clamp", "clamp_min")
def cut(call: Call) -> Written | Scaled:
    """`relu` or `relu6`, by the places where values are cut off; six times a `hardsigmoid` where 3 was added before."""
    of = call.arguments
    ends = {"relu6": (0, 6), "hardtanh": (of.get("min_val"), of.get("max_val"))}
    low, high = ends.get(call.name, (of.get("min"), of.get("max")))
    if low != 0 or high not in {6, None}:
        raise Unsaid("it cuts values off at other places than 0 and 6, where `relu` and `relu6` do")
    if high is None:
        return Written((call.value(),), ("relu",))
    if isinstance(call.operand, Shifted):
        return Scaled(Written((call.operand.value,), ("hardsigmoid",)), 6.0)
    return Written((call.value(),), ("relu6",))


@says("leaky_relu")
def leaky(call: Call) -> Written:
    """`leaky n`."""
    return Written((call.value(),), (f"leaky {float(call.arguments['negative_slope'])!r}",))


@says("elu")
def elu(call: Call) -> Written:
    """`elu`, of the usual scales."""
    if any(call.arguments[name] != 1 for name in ("alpha", "scale", "input_scale")):
        raise Unsaid("it is an `elu` with a scale")
    return Written((call.value(),), ("elu",))


@says("gelu")
def gelu(call: Call) -> Written:
    """`gelu`, exactly."""
    if call.arguments["approximate"] != "none":
        raise Unsaid("it approximates a gelu, and `gelu` computes it")
    return Written((call.value(),), ("gelu",))


@says("softmax")
def softmax(call: Call) -> Written:
    """`softmax`, over the channels."""
    value = call.value()
    if call.arguments["dim"] % (len(value.shape) + 1) != 1:
        raise Unsaid("it is a softmax over another side than the channels")
    return Written((value,), ("softmax",))


@says("log_softmax")
def log_softmax(_: Call) -> Written:
    """Nothing says it: the loss of a classification computes it.

    Raises: Unsaid.
    """
    raise Unsaid(
        "it is a log-softmax, which is part of the loss here",
        help="take it out of its `forward`: a search trains logits by their cross-entropy, the `nll_loss` of it",
    )


@says("dropout", "feature_dropout")
def dropout(call: Call) -> Written:
    """`dropout p`."""
    rate = call.arguments["p"]
    if call.arguments["train"]:
        raise Unsaid("it drops values in evaluation mode too, and `dropout` in training only")
    return Written((call.value(),), (f"dropout {rate!r}",) if 0 < rate < 1 else ())


# ---- space -----------------------------------------------------------------------------------------------------------


@says("constant_pad_nd", "pad")
def pad(call: Call) -> Padded:
    """Zeros around space, which become part of the convolution that reads them."""
    value, numbers = call.value(), list(call.arguments["pad"])
    if call.arguments.get("mode", "constant") != "constant" or (call.arguments.get("value") or 0) != 0:
        raise Unsaid("it pads with something else than zeros")
    rank = len(value.shape) - 1
    if len(numbers) > 2 * rank:
        raise Unsaid("it pads other sides than those of space")
    if min(numbers) < 0:
        raise Unsaid("it crops its input")
    numbers += [0] * (2 * rank - len(numbers))
    pairs = [(numbers[k], numbers[k + 1]) for k in range(0, 2 * rank, 2)]
    return Padded(value, tuple(reversed(pairs)))


@says("upsample_nearest1d", "upsample_nearest2d", "upsample_nearest3d")
def nearest(call: Call) -> Written:
    """`upsample n`."""
    return _upsampled(call, "")


@says("upsample_linear1d", "upsample_bilinear2d", "upsample_trilinear3d")
def linearly(call: Call) -> Written:
    """`upsample n linear`."""
    if call.arguments["align_corners"]:
        raise Unsaid("it interpolates between corners (`align_corners`), and `upsample` between centres")
    return _upsampled(call, " linear")


def _upsampled(call: Call, how: str) -> Written:
    value = call.value()
    factors = {m / n for n, m in zip(value.shape[1:], call.shape[1:], strict=True)}
    factor = factors.pop()
    if factors or factor != int(factor):
        raise Unsaid("it upsamples by something else than one whole number")
    return Written((value,), () if factor == 1 else (f"upsample {int(factor)}{how}",))


# ---- paths -----------------------------------------------------------------------------------------------------------


@says("add")
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


@says("mul")
def multiplied(call: Call) -> Said:
    """`mul`."""
    number = _number(call)
    if number is not None:
        return _times(call, number)
    (one, by), (other, also) = map(_factored, (call.operand, call.arguments["other"]))
    product = Written((_everywhere(one, other), _everywhere(other, one)), ("mul",), joins=True)
    return _scaled(product, by * also)


@says("div")
def divided(call: Call) -> Said:
    """Nothing, where it was multiplied by that number before."""
    number = _number(call)
    if not number or call.arguments.get("rounding_mode") is not None:
        raise Unsaid("it divides, and no statement does")
    return _times(call, 1 / number)


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
