"""Where shaving begins: at what a threshold leaves of the composite, or at more than that where it is too little."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from dasdsl.frozen import frozen
from dasdsl.inverse.discover import clamped
from dasdsl.ir.branching import by_macs, by_params
from dasdsl.ir.counting import count
from dasdsl.ir.extremes import largest
from dasdsl.ir.limit import Limit, most_of
from dasdsl.ir.liveness import Collapsed
from dasdsl.layers.gated import GatedKernel
from dasdsl.lowering.composite import CompositeModel
from dasdsl.lowering.settling import decide_, settled
from dasdsl.operations.core.axes import Unit
from dasdsl.operations.core.decisions import Assignment, Subset
from dasdsl.search.budget.filling import filled
from dasdsl.search.ladder import thresholds
from dasdsl.search.moves.move import tidy_
from dasdsl.search.moves.reviving import revive_
from dasdsl.search.polishing.polish import number_of


@frozen
class Opening:
    """A decided network that costs the limit or more, and the threshold that left it; None where it was filled up."""

    model: CompositeModel
    threshold: float | None


def opening(composite: CompositeModel, limit: Limit, threshold: float, seed: int) -> Opening:
    """The smallest of what `threshold` and those below it leave that costs the limit or more.

    Where all of it costs less, so much comes back of what the threshold 0 left out that it costs somewhat more than the
    limit. It still computes the same: what comes back is read with zeros.
    """
    for one in (threshold, *_below(threshold)):
        model = _left(composite, one)
        if model is not None and _is_enough(model, limit):
            return Opening(model, one)
    model = _left(composite, 0.0) or _left(composite, threshold) or settled(clamped(composite, threshold))
    open_(model, limit, seed)
    return Opening(model, None)


def _below(threshold: float) -> Sequence[float]:
    return [one for one in reversed([0.0, *thresholds()]) if one < threshold]


def _left(composite: CompositeModel, threshold: float) -> CompositeModel | None:
    """What a threshold leaves, everything decided; None where it collapses or leaves several options of a choice."""
    cut = clamped(composite, threshold)
    return None if cut.bank.undecided() else settled(cut)


def _is_enough(model: CompositeModel, limit: Limit) -> bool:
    try:
        cost = count(model.program, model.outcomes())
    except Collapsed:
        return False
    return not limit.met(cost) or limit.near(cost)


def open_(model: CompositeModel, limit: Limit, seed: int) -> None:
    """Let a network be larger, up to somewhat more than the limit; channels without any weight are made at random."""
    program = model.program
    # where params and MACs are most in different branches, the one of which less is allowed has to be reached
    most = most_of(program)
    tighter = min(limit.entries, key=lambda what: limit.entries[what] / most[what])
    most_outcomes = largest(program, by_params if tighter == "params" else by_macs)
    tidy_(model)
    decide_(model, filled(model, limit, most_outcomes))
    torch.manual_seed(number_of(f"{seed}/open"))
    revive_(model, _empty(model))


def _empty(model: CompositeModel) -> list[Unit]:
    """The channels that someone may read, whose kernels are all zero."""
    offered: set[Unit] = set()
    for node in model.program.nodes:
        for decision in node.decisions:
            if isinstance(decision, Subset | Assignment):
                units = node.site.axis.units
                positions = decision.positions if isinstance(decision, Subset) else range(decision.inputs)
                for position in positions:
                    offered.update(model.program.ties.of(units[position]))
    layers = {node.name: module for node, module in model.layers()}
    return sorted(
        unit
        for unit in offered
        if isinstance(module := layers.get(unit[0]), GatedKernel) and not bool(module.weight[unit[1]].any())
    )


def mend_(model: CompositeModel, seed: int) -> None:
    """Make the layers at random of which no weight is left."""
    torch.manual_seed(number_of(f"{seed}/mend"))
    empty = [
        (node.name, output)
        for node, module in model.layers()
        if isinstance(module, GatedKernel) and node.kernel is not None and not bool(module.weight.any())
        for output in range(node.kernel.outputs)
    ]
    revive_(model, empty)
