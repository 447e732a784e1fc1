"""Normalisations, with what they add to a variance."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from dasdsl.imports.calls import Call, ones, says
from dasdsl.imports.problems import Unsaid
from dasdsl.imports.steps import Value, Written
from dasdsl.language.writing import spelling
from dasdsl.operations.core.normalisation import EPSILON
from dasdsl.operations.norm_position import POSITION


@says("batch_norm")
def batch(call: Call) -> Written:
    """`norm batch`, with its running statistics."""
    mean, variance = call.tensor("running_mean"), call.tensor("running_var")
    if mean is None or variance is None or call.arguments["training"]:
        raise Unsaid("it normalises by the batch in evaluation mode too, and `norm batch` by running statistics")
    statistics = {"running_mean": mean, "running_var": variance, "num_batches_tracked": torch.tensor(0)}
    return _norm(call, "norm batch", call.value(), statistics)


@says("group_norm")
def group(call: Call) -> Written:
    """`norm group n`; `norm layer` where there is one group."""
    value, groups = call.value(), call.arguments["num_groups"]
    words = "norm layer" if groups == 1 else f"norm group {groups}"
    return _norm(call, words, value)


@says("instance_norm")
def instance(call: Call) -> Written:
    """`norm instance`."""
    if not call.arguments["use_input_stats"]:
        raise Unsaid("it normalises by running statistics, and `norm instance` by those of each input")
    return _norm(call, "norm instance", call.value())


@says("layer_norm", anywhere=True)
def layer(call: Call) -> Written:
    """`norm layer`, over all that an input has; `norm position` over channels that are last."""
    value, weight = call.value(), call.tensor("weight")
    channels = value.shape[0]
    if call.last:
        if list(call.arguments["normalized_shape"]) != [channels]:
            raise Unsaid("it normalises over other sides than the channels, and `norm position` over these")
        return _norm(call, "norm position", value)
    if list(call.arguments["normalized_shape"]) != list(value.shape):
        raise Unsaid("it normalises over some sides of its input, and `norm layer` over all of it")
    if len(value.shape) > 1 and weight is not None:
        raise Unsaid("it has a scale for each position, and `norm layer` for each channel")
    return _norm(call, "norm layer", value)


def _norm(call: Call, words: str, value: Value, more: Mapping[str, Tensor] | None = None) -> Written:
    """With its scale and shift; those that change nothing where there are none."""
    channels, weight, bias, eps = value.shape[0], call.tensor("weight"), call.tensor("bias"), call.arguments["eps"]
    tensors = {
        "weight": ones(channels) if weight is None else weight,
        "bias": torch.zeros(channels) if bias is None else bias,
        **(more or {}),
    }
    usual = POSITION if words == "norm position" else EPSILON
    return Written((value,), (words if eps == usual else f"{words} eps {spelling(eps)}",), tensors)
