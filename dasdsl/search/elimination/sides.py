"""Filters one size smaller; each channel between two filters may move a step, so that less is cut off.

A hidden channel that learnt its kernel a row too low, with a reader that looks a row too high, computes the same as
the one in the middle, but both filters are larger than they need to be (method: translation).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from dasdsl.ir.program import Node, Program
from dasdsl.layers.gated import GatedKernel
from dasdsl.lowering.composite import CompositeModel
from dasdsl.operations.core.axes import Unit
from dasdsl.operations.core.decisions import OneOf, Outcomes
from dasdsl.operations.core.pooling import Pool
from dasdsl.operations.core.windowed import Windowed
from dasdsl.search.elimination.moments import Moments
from dasdsl.search.elimination.moves import Move

STEPS = (0, 1, -1, 2, -2)
"""How far a channel may move, the nearest first."""


@dataclass(frozen=True)
class Shrink(Move):
    """A side of a filter is smaller; channels are where least is lost."""

    decision: str
    places: tuple[tuple[str, int], ...]
    """The layers it is a side of, and which."""

    def edit_(self, model: CompositeModel, moments: Moments) -> None:
        """Move channels."""
        done: set[Unit] = set()
        for name, dim in self.places:
            for channel in hidden(model.program, name):
                if channel.units[0] not in done and not done.add(channel.units[0]):
                    _centre_(model, channel, dim, dict(self.changes))


@dataclass(frozen=True)
class Hidden:
    """A channel between layers that can make up for each other: (layer, output) that make it, (layer, position) that
    read it."""

    units: tuple[Unit, ...]
    producers: tuple[tuple[str, int], ...]
    readers: tuple[tuple[str, int], ...]


def shrinks(program: Program, outcomes: Outcomes) -> Iterator[Shrink]:
    """Each nested side of a filter, the next smaller one."""
    for decision in program.decisions:
        if not isinstance(decision, OneOf) or decision.role != "filter" or not decision.nested:
            continue
        places = tuple(
            (node.name, side)
            for node in program.nodes
            if isinstance(node.op, Windowed)
            for side in node.op.side_indices(node.site, decision.name)
        )
        index = outcomes[decision.name]
        assert isinstance(index, int), index
        sizes = [option for option in decision.options if isinstance(option, int)]
        smaller = [other for other, size in enumerate(sizes) if size < sizes[index]]
        if places and smaller:
            best = max(smaller, key=lambda other, sizes=sizes: sizes[other])
            label = f"{decision.name} {sizes[index]} -> {sizes[best]}"
            yield Shrink(label, {decision.name: best}, decision.name, places)


def hidden(program: Program, name: str) -> Iterator[Hidden]:
    """The channels that a layer makes or reads and that can be moved by its neighbours."""
    node = program[name]
    sources = {name} if node.kernel is not None else set[str]()
    for source in sources | set(node.site.axis.sources):
        group = program.ties.group(source)
        if not all(member in _kernels(program) and _movable(program[member]) for member in group):
            continue
        touched = [other for other in program.nodes if group & {s for axis in other.site.axes for s in axis.sources}]
        if not all(_passes(other) for other in touched) or group & set(program.output.axis.sources):
            continue
        readers = [other for other in touched if other.kernel is not None]
        for channel in range(program.sources[source].size):
            units = program.ties.of((source, channel))
            yield Hidden(
                units,
                units,
                tuple(
                    (other.name, position)
                    for other in readers
                    for position, unit in enumerate(other.site.axis.units)
                    if unit in units
                ),
            )


def _kernels(program: Program) -> frozenset[str]:
    return frozenset(node.name for node in program.nodes if node.kernel is not None)


def _movable(node: Node) -> bool:
    """Whether a roll of its kernel moves what it makes."""
    return isinstance(node.op, Windowed) and len(node.shape) > 1 and not set(node.op.stride) - {1}


def _passes(node: Node) -> bool:
    """Whether it reads by a kernel that can be rolled, or leaves everything where it is."""
    if isinstance(node.op, Pool) or set(node.site.axis.spreads) != {1}:
        return False
    if node.kernel is not None:
        return isinstance(node.op, Windowed) and not isinstance(node.op.dilation, int)
    return node.shape[1:] == node.site.shape[1:]


def _centre_(model: CompositeModel, channel: Hidden, dim: int, changes: Outcomes) -> None:
    """Move a channel along one side of space to where least of its kernels is cut off by the new sides."""
    before = model.outcomes()
    rolls: list[tuple[GatedKernel, Tensor, tuple[slice, ...], int]] = []
    windows: list[tuple[Tensor, Tensor]] = []
    for members, direction in ((channel.producers, 1), (channel.readers, -1)):
        for name, index in members:
            module, op = model.layer(name), model.program[name].op
            if not isinstance(module, GatedKernel) or module.groups != 1 or module.features is not None:
                return
            assert isinstance(op, Windowed)
            site = model.program[name].site
            now = _mask(module, op.chosen(site, before).region)
            then = _mask(module, op.chosen(site, {**before, **changes}).region)
            part = module.weight[index] if direction == 1 else module.weight[:, index]
            if dim >= now.dim():
                return
            energy = (part * now).square().sum(dim=0)
            rolls.append((module, now, (slice(index, index + 1),) if direction == 1 else (slice(None), slice(index, index + 1)), direction))
            windows.append((energy, then))
    def lost(step: int) -> float:
        total = 0.0
        for (energy, then), (_, _, _, direction) in zip(windows, rolls, strict=True):
            kept = (_rolled(energy, dim, step * direction) * then).sum()
            whole = energy.sum()
            total += float(1 - kept / whole) if whole > 0 else 0.0
        return total
    best = min(STEPS, key=lambda step: round(lost(step), 6))
    if best:
        for module, now, where, direction in rolls:
            part = module.weight[where] * now
            module.weight[where] = _rolled(part, dim + 2, best * direction)


def _mask(module: GatedKernel, region: tuple[slice, ...]) -> Tensor:
    mask = torch.zeros(module.weight.shape[2:])
    mask[region] = 1.0
    return mask


def _rolled(x: Tensor, dim: int, step: int) -> Tensor:
    """Moved by so many taps, zeros behind."""
    size = x.shape[dim]
    if abs(step) >= size:
        return torch.zeros_like(x)
    out = torch.zeros_like(x)
    length = size - abs(step)
    out.narrow(dim, max(step, 0), length).copy_(x.narrow(dim, max(-step, 0), length))
    return out
