"""Normalisations. Ours add 1e-5 to a variance; what another adds to that of a batch goes into the variance itself."""

from __future__ import annotations

import torch
from torch import Tensor

from dasdsl.imports.calls import Call, ones, says
from dasdsl.imports.problems import Unsaid
from dasdsl.imports.steps import Written
from dasdsl.layers import positions

EPSILON = 1e-5
NEAR = 2
"""What is added to a variance may be so many times ours, where it cannot go into the variance: that is rounding."""


@says("batch_norm")
def batch(call: Call) -> Written:
    """`norm batch`, with its running statistics."""
    value, mean, variance = call.value(), call.tensor("running_mean"), call.tensor("running_var")
    if mean is None or variance is None or call.arguments["training"]:
        raise Unsaid("it normalises by the batch in evaluation mode too, and `norm batch` by running statistics")
    meant = variance.double() + call.arguments["eps"]
    kept = (meant - EPSILON).clamp_min(0.0)
    affine = _affine(call, value.shape[0])
    # where there is less than we add, the scale makes up for it
    more = ((kept + EPSILON) / meant).sqrt()
    tensors = {
        **affine,
        "weight": affine["weight"] if bool((more == 1).all()) else (affine["weight"] * more).to(variance.dtype),
        "running_mean": mean,
        "running_var": kept.to(variance.dtype),
        "num_batches_tracked": torch.tensor(0),
    }
    return Written((value,), ("norm batch",), tensors)


@says("group_norm")
def group(call: Call) -> Written:
    """`norm group n`; `norm layer` where there is one group."""
    value, groups = call.value(), call.arguments["num_groups"]
    words = "norm layer" if groups == 1 else f"norm group {groups}"
    return Written((value,), (words,), _affine(_near(call), value.shape[0]))


@says("instance_norm")
def instance(call: Call) -> Written:
    """`norm instance`."""
    if not call.arguments["use_input_stats"]:
        raise Unsaid("it normalises by running statistics, and `norm instance` by those of each input")
    value = call.value()
    return Written((value,), ("norm instance",), _affine(_near(call), value.shape[0]))


@says("layer_norm", anywhere=True)
def layer(call: Call) -> Written:
    """`norm layer`, over all that an input has; `norm position` over channels that are last."""
    value, weight = call.value(), call.tensor("weight")
    channels = value.shape[0]
    if call.last:
        if list(call.arguments["normalized_shape"]) != [channels]:
            raise Unsaid("it normalises over other sides than the channels, and `norm position` over these")
        return Written((value,), ("norm position",), _affine(_near(call, positions.EPSILON), channels))
    if list(call.arguments["normalized_shape"]) != list(value.shape):
        raise Unsaid("it normalises over some sides of its input, and `norm layer` over all of it")
    if len(value.shape) > 1 and weight is not None:
        raise Unsaid("it has a scale for each position, and `norm layer` for each channel")
    return Written((value,), ("norm layer",), _affine(_near(call), channels))


def _affine(call: Call, channels: int) -> dict[str, Tensor]:
    """Scale and shift; those that change nothing where there are none."""
    weight, bias = call.tensor("weight"), call.tensor("bias")
    return {
        "weight": ones(channels) if weight is None else weight,
        "bias": torch.zeros(channels) if bias is None else bias,
    }


def _near(call: Call, ours: float = EPSILON) -> Call:
    if not 0 <= call.arguments["eps"] <= NEAR * ours:
        raise Unsaid(f"it adds {call.arguments['eps']:g} to a variance, and ours {ours:g}")
    return call
