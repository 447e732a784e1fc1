"""Channels that nobody read, made anew: what may come back has to be something."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from dasdsl.layers.gated import GatedKernel
from dasdsl.lowering.composite import CompositeModel
from dasdsl.operations.core.axes import Unit


@torch.no_grad()
def revive_(model: CompositeModel, units: list[Unit]) -> None:
    """Make channels anew, at random, of what their layers read."""
    values = model.bank.values()
    layers = {node.name: module for node, module in model.layers()}
    for source, channel in units:
        module = layers.get(source)
        if not isinstance(module, GatedKernel):
            continue
        live = _live(module, values)[channel]
        spread = math.sqrt(2 / max(float(live.sum()), 1.0))
        module.weight[channel] = torch.randn_like(module.weight[channel]) * spread * live
        if module.bias is not None:
            module.bias[channel] = 0.0


def _live(module: GatedKernel, values: dict[str, Tensor]) -> Tensor:
    """Ones where a kernel is not gated off, of its shape."""
    kept = module.weight.detach().clone()
    module.weight.fill_(1.0)
    live = (module.effective(values) != 0).to(kept).expand_as(kept).clone()
    module.weight.copy_(kept)
    return live
