"""Activations, also those that are written out, and dropout."""

from __future__ import annotations

from functools import partial

from torch import Tensor

from dasdsl.imports.calls import Call, says
from dasdsl.imports.problems import Unsaid
from dasdsl.imports.steps import Affine, Shape, Value, Written
from dasdsl.language.writing import spelling

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
    says(_name, anywhere=True)(partial(_activation, _words))


@says("relu6", "hardtanh", "clamp", "clip", "clamp_min", "threshold", anywhere=True)
def cut(call: Call) -> Written | Affine:
    """`relu` or `relu6`, by the places where values are cut off; six times a `hardsigmoid` where 3 was added before."""
    of = call.arguments
    ends = {
        "relu6": (0, 6),
        "hardtanh": (of.get("min_val"), of.get("max_val")),
        "threshold": (0 if of.get("threshold") == of.get("value") == 0 else None, None),
    }
    low, high = ends.get(call.name, (of.get("min"), of.get("max")))
    if isinstance(low, Tensor) or isinstance(high, Tensor) or low != 0 or high not in {6, None}:
        raise Unsaid("it cuts values off at other places than 0 and 6, where `relu` and `relu6` do")
    if high is None:
        return Written((call.value(),), ("relu",))
    found = call.operand
    if isinstance(found, Affine) and isinstance(found.value, Value) and _shifted(found):
        return Affine(Written((found.value,), ("hardsigmoid",)), 6.0)
    return Written((call.value(),), ("relu6",))


def _shifted(found: Affine) -> bool:
    numbers = found.factor, found.shift
    return not any(isinstance(one, Tensor) for one in numbers) and numbers == (1.0, SHIFT)


@says("leaky_relu", anywhere=True)
def leaky(call: Call) -> Written:
    """`leaky n`."""
    return Written((call.value(),), (f"leaky {spelling(call.arguments['negative_slope'])}",))


@says("prelu")
def learned(call: Call) -> Written:
    """`leaky n`, with the slope that was learned."""
    slope = call.tensor("weight")
    if slope is None or slope.numel() != 1:
        raise Unsaid("it is a `prelu` with a slope for each channel, and `leaky` has one")
    return Written((call.value(),), (f"leaky {spelling(slope.item())}",))


@says("glu")
def gated(call: Call) -> Written:
    """One half of the channels times the sigmoid of the other."""
    value = call.value()
    if not call.of_channels():
        raise Unsaid("it is a `glu` of another side than the channels")
    shape: Shape = (value.shape[0] // 2, *value.shape[1:])
    one, other = (Written((value,), (f"slice {number} of 2",), shape=shape) for number in (1, 2))
    return Written((one, Written((other,), ("sigmoid",), shape=shape)), ("mul",), joins=True)


@says("elu", anywhere=True)
def elu(call: Call) -> Written:
    """`elu`, of the usual scales."""
    if any(call.arguments[name] != 1 for name in ("alpha", "scale", "input_scale")):
        raise Unsaid("it is an `elu` with a scale")
    return Written((call.value(),), ("elu",))


@says("gelu", anywhere=True)
def gelu(call: Call) -> Written:
    """`gelu`, exactly."""
    if call.arguments["approximate"] != "none":
        raise Unsaid("it approximates a gelu, and `gelu` computes it")
    return Written((call.value(),), ("gelu",))


@says("softmax", anywhere=True)
def softmax(call: Call) -> Written:
    """`softmax`, over the channels."""
    if not call.of_channels():
        raise Unsaid("it is a softmax over another side than the channels")
    return Written((call.value(),), ("softmax",))


@says("log_softmax")
def log_softmax(_: Call) -> Written:
    """Nothing says it: the loss of a classification computes it.

    Raises: Unsaid.
    """
    raise Unsaid(
        "it is a log-softmax, which is part of the loss here",
        help="take it out of its `forward`: a search trains logits by their cross-entropy, the `nll_loss` of it",
    )


@says("dropout", "feature_dropout", anywhere=True)
def dropout(call: Call) -> Written:
    """`dropout p`."""
    rate = call.arguments["p"]
    if call.arguments["train"]:
        raise Unsaid("it drops values in evaluation mode too, and `dropout` in training only")
    return Written((call.value(),), (f"dropout {spelling(rate)}",) if 0 < rate < 1 else ())
