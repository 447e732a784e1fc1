"""Another order of the channels that a layer makes, which changes nothing: a count keeps the first, so they matter."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from dasdsl.ir.program import INPUT, Node
from dasdsl.layers.convolution import KERNELS
from dasdsl.layers.gated import GatedKernel
from dasdsl.layers.labelled import own_state
from dasdsl.lowering.composite import CompositeModel


def is_renumberable(model: CompositeModel, source: str) -> bool:
    """Whether all that make or read the channels of a source, and what it is tied to, can take them in any order."""
    program = model.program
    group = frozenset(program.ties.group(source))
    if INPUT in group or group & program.ties.crooked or group & set(program.output.axis.sources):
        return False
    return all(_follows(model, node, group) for node in program.nodes)


def _follows(model: CompositeModel, node: Node, group: frozenset[str]) -> bool:
    units = node.site.axis.units if group & set(node.site.axis.sources) else ()
    if node.name not in group and not units:
        return True
    if len(set(units)) < len(units):
        return False
    if node.kernel is None:
        return True
    module = model.layer(node.name)
    if isinstance(module, GatedKernel) and (module.plan.assign_key or module.plan.groups_key):
        return False
    if not isinstance(module, (GatedKernel, *KERNELS)) or getattr(module, "groups", 1) != 1:
        return False
    # a fixed choice of features is by number; it matters only where these channels are what it chooses from
    return not units or getattr(module, "features", None) is None


@torch.no_grad()
def renumber_(model: CompositeModel, source: str, order: Sequence[int]) -> None:
    """Let channel k be what channel `order[k]` was, in a source that can be renumbered and all that it is tied to."""
    group = frozenset(model.program.ties.group(source))
    for node in model.program.nodes:
        features = _features(node, group, order)
        module = model.layer(node.name)
        if features is None and node.name not in group:
            continue
        if node.kernel is None:
            if features is not None:
                module.load_state_dict(node.op.sliced(own_state(module), features), strict=False)
            continue
        assert isinstance(module, (GatedKernel, *KERNELS)), module
        if features is not None:
            module.weight.copy_(module.weight[:, features])
        if node.name in group:
            module.weight.copy_(module.weight[list(order)])
            if module.bias is not None:
                module.bias.copy_(module.bias[list(order)])


def _features(node: Node, group: frozenset[str], order: Sequence[int]) -> torch.Tensor | None:
    """The features that a node reads, in their new order; None where nothing changes."""
    axis = node.site.axis
    if not group & set(axis.sources):
        return None
    index = {unit: position for position, unit in enumerate(axis.units)}
    places = tuple(index[source, order[channel] if source in group else channel] for source, channel in axis.units)
    return torch.tensor(axis.features(places), dtype=torch.long)
