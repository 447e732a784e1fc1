"""Layers without weights: activations, what changes space, and what joins paths."""

from __future__ import annotations

from functools import partial

from dasdsl.imports.calls import Call, Padded, Spread, plain, says
from dasdsl.imports.problems import Unsaid
from dasdsl.imports.steps import Value, Written

ACTIVATIONS = {
    "relu": "relu",
    "relu6": "relu6",
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


@says("hardtanh")
def hardtanh(call: Call) -> Written:
    """`relu6`, which PyTorch makes of it."""
    if (call.arguments["min_val"], call.arguments["max_val"]) != (0, 6):
        raise Unsaid("it cuts values off at other places than 0 and 6, where `relu6` does")
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
def added(call: Call) -> Written:
    """`add`, or `residual` where one path is nothing."""
    if call.arguments.get("alpha", 1) != 1:
        raise Unsaid("it adds a multiple of a value")
    neutral = _neutral(call, 0)
    if neutral is not None:
        return neutral
    one, other = call.value(), call.value("other")
    if one.shape != other.shape:
        raise Unsaid("it adds values of different shapes")
    return Written((one, other), ("add",), joins=True)


@says("mul")
def multiplied(call: Call) -> Written:
    """`mul`."""
    neutral = _neutral(call, 1)
    if neutral is not None:
        return neutral
    one, other = call.operand, call.arguments["other"]
    return Written((_everywhere(one, other), _everywhere(other, one)), ("mul",), joins=True)


def _everywhere(found: object, beside: object) -> Value:
    """A factor, which may be one pixel everywhere beside a value of that shape."""
    if isinstance(found, Spread) and isinstance(beside, Value) and beside.shape == found.shape:
        return found.value
    return plain(found)


def _neutral(call: Call, number: int) -> Written | None:
    """Its input, where the other operand is a number that changes nothing: `sum` begins with 0."""
    found = call.arguments["other"]
    return Written((call.value(),)) if isinstance(found, int | float) and found == number else None


@says("cat", "concat")
def joined(call: Call) -> Written:
    """`concat`, of channels."""
    values = call.values("tensors")
    if call.arguments["dim"] % (len(call.shape) + 1) != 1:
        raise Unsaid("it joins along another side than the channels")
    return Written(values, ("concat",), joins=True) if len(values) > 1 else Written(values)
