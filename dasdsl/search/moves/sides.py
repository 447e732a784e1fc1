"""Filters one size smaller; each channel between two filters may move along space, so that less is cut off.

A hidden channel that learnt its kernel a row too low, with a reader that looks a row too high, computes the same as
the one in the middle, but both filters are larger than they need to be (method: translation).
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from dasdsl.frozen import frozen
from dasdsl.ir.program import Program
from dasdsl.layers.gated import GatedKernel
from dasdsl.lowering.composite import CompositeModel
from dasdsl.operations.core.axes import Unit
from dasdsl.operations.core.decisions import OneOf, Outcomes
from dasdsl.operations.core.windowed import Windowed
from dasdsl.search.moves.hidden import Hidden, hidden
from dasdsl.search.moves.moments import Moments
from dasdsl.search.moves.move import Move

STEPS = (0, 1, -1, 2, -2)
"""How many taps a channel may move, the fewest first."""


@frozen
class Shrink(Move):
    """A side of a filter is smaller; hidden channels move to where least is lost.

    `places` are the layers whose side it is, each with the number of the side.
    """

    places: tuple[tuple[str, int], ...]

    def edit_(self, model: CompositeModel, moments: Moments) -> None:
        """Move channels."""
        seen: set[Unit] = set()
        after = self.after(model.outcomes())
        for name, side in self.places:
            for channel in hidden(model.program, name):
                if channel.units[0] not in seen:
                    seen.add(channel.units[0])
                    _centre_(model, channel, side, after)


def shrinks(program: Program, outcomes: Outcomes) -> Iterator[Shrink]:
    """For each side of a filter that nests, the next smaller one."""
    for decision in program.decisions:
        if not isinstance(decision, OneOf) or decision.role != "filter" or not decision.nested:
            continue
        places = tuple(
            (node.name, side)
            for node in program.nodes
            if isinstance(node.op, Windowed)
            for side in node.op.side_indices(node.site, decision.name)
        )
        sizes = [option for option in decision.options if isinstance(option, int)]
        index = outcomes[decision.name]
        assert isinstance(index, int), index
        below = [other for other, size in enumerate(sizes) if size < sizes[index]]
        if places and below:
            best = max(below, key=lambda other, sizes=sizes: sizes[other])
            label = f"{decision.name} {sizes[index]} -> {sizes[best]}"
            yield Shrink(label, {decision.name: best}, places)


@frozen
class _Slice:
    """What one layer has to do with a channel: its weights on it (…, …window), and which way they move with it."""

    weight: Tensor
    left: Tensor
    direction: int

    def lost(self, side: int, step: int) -> float:
        """The share of its energy that the smaller filter cuts off where the channel moves by so many taps."""
        energy = self.weight.square().flatten(0, 1).sum(dim=0)
        whole = float(energy.sum())
        return 1 - float((moved(energy, side, step * self.direction) * self.left).sum()) / whole if whole else 0.0

    def move_(self, side: int, step: int) -> None:
        """Move by so many taps."""
        self.weight.copy_(moved(self.weight, side + 2, step * self.direction))


def _centre_(model: CompositeModel, channel: Hidden, side: int, after: Outcomes) -> None:
    """Move a channel along one side of space to where least of its kernels is cut off."""
    slices = [
        *(_slice(model, name, index, after, made=True) for name, index in channel.producers),
        *(_slice(model, name, index, after, made=False) for name, index in channel.readers),
    ]
    found = [one for one in slices if one is not None]
    if len(found) < len(slices) or any(side >= one.left.dim() for one in found):
        return
    best = min(STEPS, key=lambda step: round(sum(one.lost(side, step) for one in found), 6))
    if best:
        for one in found:
            one.move_(side, best)


def _slice(model: CompositeModel, name: str, index: int, after: Outcomes, *, made: bool) -> _Slice | None:
    """The part of a layer's kernel that makes or reads a channel; None where it is not one dense kernel.

    A kernel that moves to later taps makes a channel that lies further ahead, so those who read it move back.
    """
    module, node = model.layer(name), model.program[name]
    if not isinstance(module, GatedKernel) or module.groups != 1 or module.features is not None:
        return None
    assert isinstance(node.op, Windowed)
    left = torch.zeros(module.weight.shape[2:])
    left[node.op.chosen(node.site, after).region] = 1.0
    weight = module.weight.detach()
    return _Slice(weight[index : index + 1] if made else weight[:, index : index + 1], left, 1 if made else -1)


def moved(x: Tensor, dim: int, step: int) -> Tensor:
    """Moved by so many places along one dimension, zeros behind."""
    out = torch.zeros_like(x)
    length = x.shape[dim] - abs(step)
    if length > 0:
        out.narrow(dim, max(step, 0), length).copy_(x.narrow(dim, max(-step, 0), length))
    return out
