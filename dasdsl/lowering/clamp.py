"""Thresholds: what is small becomes exactly zero (method: inverse pass, 1, and threshold without a scale)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from dasdsl.ir.program import Node
from dasdsl.layers.dense import dense
from dasdsl.layers.gated import GatedKernel
from dasdsl.lowering.clusters import pattern_sets
from dasdsl.lowering.gates.bank import GateBank
from dasdsl.lowering.gates.default import DefaultChoice, DefaultCount, DefaultPatterns, DefaultSubset
from dasdsl.lowering.gates.gate import Gate
from dasdsl.lowering.gates.paper import PaperChoice, PaperCount, PaperPatterns, PaperSubset
from dasdsl.lowering.importance import connections, taps
from dasdsl.operations.core.decisions import Assignment, OneOf, Outcomes, Subset
from dasdsl.operations.core.windowed import Windowed

if TYPE_CHECKING:
    from dasdsl.lowering.network import Network

Rms = Callable[[str], Tensor]


def clamp_paper_(bank: GateBank, threshold: float) -> None:
    """|α|, |β|, |P|, |S| < t become exactly 0. Source: DAS, thresholding after training."""
    for gate in bank:
        if isinstance(gate, PaperChoice | PaperCount | PaperPatterns | PaperSubset):
            gate.clamp_(threshold)


def clamp_default_(model: Network, bank: GateBank, rms: Rms, threshold: float) -> None:
    """What matters less than τ times the most of its family goes: inputs, filter rows, connections of a layer.

    Importances are those of the effective kernel, weighted by the size of what it reads, so that rescaling V against
    the gates changes nothing. A decision shared by several layers keeps the most that one of them needs.
    """
    gates = dict(bank.items())
    values = bank.values()
    sides: dict[str, int] = {}
    for node, module in model.layers():
        if not node.searched:
            continue
        scale = rms(node.name)
        if node.kernel is not None:
            weight, _ = dense(module, sum(node.site.axis.spreads), values)
            _close_connections(node, gates, connections(weight, node.site.axis.spreads, scale), threshold)
            per_feature = scale.repeat_interleave(torch.tensor(node.site.axis.spreads, device=scale.device))
            weighted = weight * per_feature.view(1, -1, *[1] * (weight.dim() - 2))
        else:
            assert isinstance(module, GatedKernel), module
            weight = module.effective(values)
            weighted = weight * scale.view(-1, *[1] * (weight.dim() - 1))
        for name, kept in _needed_sides(node, gates, weighted, threshold).items():
            sides[name] = max(sides.get(name, 0), kept)
    _close_choices(gates, sides, threshold)


def _close_connections(node: Node, gates: Mapping[str, Gate], strengths: Tensor, threshold: float) -> None:
    """Close what a layer reads, by `strengths` (outputs, positions)."""
    for decision in node.decisions:
        match decision, gates[decision.name]:
            case Subset(positions=positions), DefaultSubset() as gate:
                per_input = strengths.square().sum(dim=0).sqrt()[list(positions)]
                gate.close_((per_input >= threshold * per_input.max()) & (per_input > 0))
            case Assignment(patterns=most), DefaultPatterns() as gate:
                gate.close_(pattern_sets(strengths, most, threshold))
            case _:
                pass


def _needed_sides(node: Node, gates: Mapping[str, Gate], weighted: Tensor, threshold: float) -> dict[str, int]:
    """For each nested side of a filter, the smallest option outside of which every row matters less than τ times most.

    The dilation is the one with the largest gate.
    """
    if not isinstance(node.op, Windowed):
        return {}
    decisions = node.op.filter_decisions(node.site)
    dilation: Outcomes = {d.name: int(gates[d.name].value().argmax()) for d in decisions if d.role == "dilation"}
    region = node.op.dilated(node.site, dilation).region
    at_dilation = weighted[(slice(None), slice(None), *region)]
    needed: dict[str, int] = {}
    for decision in decisions:
        if not decision.nested:
            continue
        used = gates[decision.name].outcomes()[decision.name]
        assert isinstance(used, int), used
        for side in node.op.side_indices(node.site, decision.name):
            kept = _needed(decision, taps(at_dilation, side), used, threshold)
            needed[decision.name] = max(needed.get(decision.name, 0), kept)
    return needed


def _needed(decision: OneOf, strengths: Tensor, used: int, threshold: float) -> int:
    """The smallest option outside of which every row is weaker than τ times the strongest, at most `used`."""
    large, limit = len(strengths), threshold * strengths.max()
    for index, option in enumerate(decision.options[:used]):
        assert isinstance(option, int), option
        start = large // 2 - option // 2
        outside = torch.cat([strengths[:start], strengths[start + option :]])
        if not bool((outside >= limit).logical_and(outside > 0).any()):
            return index
    return used


def _close_choices(gates: Mapping[str, Gate], sides: Mapping[str, int], threshold: float) -> None:
    for name, gate in gates.items():
        if not isinstance(gate, DefaultChoice):
            continue
        value = gate.value()
        if name in sides:
            gate.close_(sides[name])
        elif isinstance(gate, DefaultCount):
            # the gate of the channels that only larger counts have
            beyond = value.flip(0).cumsum(0).flip(0)
            gate.close_(max(int((beyond >= max(threshold, 1e-9)).sum()) - 1, 0))
        else:
            gate.close_(int(value.argmax()))
