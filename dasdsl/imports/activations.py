"""Activations, also those that are written out, and dropout."""

from __future__ import annotations

from functools import partial

from dasdsl.imports.calls import Call, Scaled, Shifted, says
from dasdsl.imports.problems import Unsaid
from dasdsl.imports.steps import Written

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


@says("relu6", "hardtanh", "clamp", "clamp_min", anywhere=True)
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


@says("leaky_relu", anywhere=True)
def leaky(call: Call) -> Written:
    """`leaky n`."""
    return Written((call.value(),), (f"leaky {float(call.arguments['negative_slope'])!r}",))


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


@says("dropout", "feature_dropout", anywhere=True)
def dropout(call: Call) -> Written:
    """`dropout p`."""
    rate = call.arguments["p"]
    if call.arguments["train"]:
        raise Unsaid("it drops values in evaluation mode too, and `dropout` in training only")
    return Written((call.value(),), (f"dropout {rate!r}",) if 0 < rate < 1 else ())
