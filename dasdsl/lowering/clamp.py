"""Thresholds: what is small becomes exactly zero (method: inverse pass, 1, and threshold without a scale)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from dasdsl.ir.program import Node
from dasdsl.layers.dense import dense
from dasdsl.lowering.clusters import pattern_sets
from dasdsl.lowering.gates.bank import GateBank
from dasdsl.lowering.gates.default import DefaultChoice, DefaultCount, DefaultPatterns, DefaultSubset
from dasdsl.lowering.gates.gate import Gate
from dasdsl.lowering.gates.paper import PaperChoice, PaperCount, PaperPatterns, PaperSubset
from dasdsl.lowering.importance import connections, taps
from dasdsl.operations.core.decisions import Assignment, OneOf, Subset
from dasdsl.operations.core.kernel import SIDES

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
        if node.kernel is None or not node.decisions:
            continue
        weight, _ = dense(module, sum(node.site.axis.spreads), values)
        scale = rms(node.name)
        strengths = connections(weight, node.site.axis.spreads, scale)
        for decision in node.decisions:
            match decision, gates[decision.name]:
                case Subset(positions=positions), DefaultSubset() as gate:
                    per_input = strengths.square().sum(dim=0).sqrt()[list(positions)]
                    gate.close_((per_input >= threshold * per_input.max()) & (per_input > 0))
                case Assignment(patterns=most), DefaultPatterns() as gate:
                    gate.close_(pattern_sets(strengths, most, threshold))
                case OneOf(role="filter", nested=True), DefaultChoice():
                    kept = _needed(node, decision, weight, scale, gates[decision.name], threshold)
                    sides[decision.name] = max(sides.get(decision.name, 0), kept)
                case OneOf(), _:
                    pass
                case _:
                    raise TypeError(f"{decision.name} has a gate of another kind")
    _close_choices(gates, sides, threshold)


def _needed(node: Node, decision: OneOf, weight: Tensor, rms: Tensor, gate: Gate, threshold: float) -> int:
    """The smallest option of a side outside of which every row matters less than τ times the most."""
    kernel = node.kernel
    assert kernel is not None
    names = SIDES[len(kernel.window)]
    # a shared decision may set several sides of one filter
    mine = [
        index
        for index, (name, side) in enumerate(zip(names, _sides(node), strict=True))
        if decision.name in (f"{node.name}.filters.{name}", getattr(side, "shared", None))
    ]
    used = gate.outcomes()[decision.name]
    assert isinstance(used, int)
    needed = 0
    for side in mine:
        strengths = taps(weight, side, node.site.axis.spreads, rms)
        large, limit = kernel.window[side], threshold * strengths.max()
        for index, option in enumerate(decision.options[: used + 1]):
            assert isinstance(option, int)
            start = large // 2 - option // 2
            outside = torch.cat([strengths[:start], strengths[start + option :]])
            if not bool((outside >= limit).logical_and(outside > 0).any()):
                needed = max(needed, index)
                break
        else:
            needed = used
    return needed


def _sides(node: Node) -> tuple[object, ...]:
    assert node.kernel is not None
    sides = node.kernel.filter_sides
    return sides if isinstance(sides, tuple) else ()


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
