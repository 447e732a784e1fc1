"""Any kernel as one dense weight: what the inverse pass slices from."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dasdsl.layers.convolution import KERNELS
from dasdsl.layers.gated import GatedKernel, Gates
from dasdsl.layers.patterns import PatternKernel


def dense(module: nn.Module, features: int, gates: Gates) -> tuple[Tensor, Tensor | None]:
    """The layer's effective weight over all features of its input, gates multiplied in, and its bias.

    Shapes: weight (C_out, features, …window), bias (C_out,) or None. Connections that are not there are exact zeros.
    """
    if isinstance(module, PatternKernel):
        return _joined(module, features, gates)
    if isinstance(module, GatedKernel):
        weight, bias, groups, chosen = module.effective(gates), module.bias, module.groups, module.features
    elif isinstance(module, KERNELS):
        weight, bias = module.weight, module.bias
        groups = 1 if isinstance(module, nn.Linear) else module.groups
        chosen = getattr(module, "features", None)
    else:
        raise TypeError(f"{type(module).__name__} has no kernel")
    if groups > 1:
        weight = _ungrouped(weight, groups)
    if chosen is None:
        return weight, bias
    wide = weight.new_zeros(weight.shape[0], features, *weight.shape[2:])
    return wide.index_copy(1, chosen, weight), bias


def _ungrouped(weight: Tensor, groups: int) -> Tensor:
    outputs, read = weight.shape[0] // groups, weight.shape[1]
    wide = weight.new_zeros(weight.shape[0], read * groups, *weight.shape[2:])
    for group in range(groups):
        rows = slice(group * outputs, (group + 1) * outputs)
        wide[rows, group * read : (group + 1) * read] = weight[rows]
    return wide


def _joined(module: PatternKernel, features: int, gates: Gates) -> tuple[Tensor, Tensor | None]:
    total = sum(len(made) for made in module.outputs)
    reading = [index for index, chosen in enumerate(module.features) if chosen]
    pieces = {index: dense(module.parts[index], features, gates) for index in reading}
    sample = pieces[reading[0]][0]
    weight = sample.new_zeros(total, features, *sample.shape[2:])
    biases: list[Tensor | None] = [None] * len(module.parts)
    for index, part in enumerate(module.parts):
        made = list(module.outputs[index])
        if index in pieces:
            weight[made] = pieces[index][0]
            biases[index] = pieces[index][1]
        else:
            biases[index] = getattr(part, "bias", None)
    if all(bias is None for bias in biases):
        return weight, None
    bias = torch.zeros(total, dtype=weight.dtype, device=weight.device)
    for made, values in zip(module.outputs, biases, strict=True):
        if values is not None:
            bias[list(made)] = values
    return weight, bias


def fill_(module: nn.Module, weight: Tensor, bias: Tensor | None) -> None:
    """Give a layer the entries of a dense weight (C_out, features, …window) that it has a place for, gates left out."""
    with torch.no_grad():
        for name, value in entries(module, weight, bias).items():
            module.get_parameter(name).copy_(value)


def entries(module: nn.Module, weight: Tensor, bias: Tensor | None) -> dict[str, Tensor]:
    """The parameters of a layer, by name, that make it compute a dense weight (C_out, features, …window) and bias.

    Gradients flow back from them. Entries that it has no place for are left out.
    """
    if isinstance(module, PatternKernel):
        out: dict[str, Tensor] = {}
        for index, features in enumerate(module.features):
            rows, part = list(module.outputs[index]), module.parts[index]
            own = None if bias is None else bias[rows]
            if features:
                found = entries(part, weight[rows], own)
            else:
                found = {} if own is None or getattr(part, "bias", None) is None else {"bias": own}
            out |= {f"parts.{index}.{name}": value for name, value in found.items()}
        return out
    if not isinstance(module, (*KERNELS, GatedKernel)):
        raise TypeError(f"{type(module).__name__} has no kernel")
    chosen = getattr(module, "features", None)
    groups = 1 if isinstance(module, nn.Linear) else module.groups
    read = weight if chosen is None else weight[:, chosen]
    found = {"weight": _grouped(read, groups) if groups > 1 else read}
    if bias is not None and module.bias is not None:
        found["bias"] = bias
    return found


def _grouped(weight: Tensor, groups: int) -> Tensor:
    outputs, read = weight.shape[0] // groups, weight.shape[1] // groups
    blocks = [weight[g * outputs : (g + 1) * outputs, g * read : (g + 1) * read] for g in range(groups)]
    return torch.cat(blocks)
