"""The way back: a little more of everything, to see whether something is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from dasdsl.ir.program import Node
from dasdsl.layers.gated import GatedKernel
from dasdsl.lowering.composite import CompositeModel
from dasdsl.lowering.settling import decide_
from dasdsl.operations.core.axes import Unit
from dasdsl.operations.core.decisions import OneOf, Outcome, Outcomes, Subset
from dasdsl.search.loop import Trainer
from dasdsl.search.moves.move import tidy_
from dasdsl.search.moves.reviving import revive_
from dasdsl.search.polishing.polish import number_of

SEEN = 256
"""Training samples that the pull of the loss is measured on."""


def grow_(model: CompositeModel, trainer: Trainer, name: str, channels: int) -> bool:
    """Let filters and counts be one size larger, and channels come back where the loss pulls at them most.

    At most `channels` come back of what one layer makes. The network computes what it did: new taps are zero, and
    channels that nobody read are made at random, and read with zeros. False where it is the largest already.
    """
    torch.manual_seed(number_of(f"{trainer.settings.seed}/{name}"))
    tidy_(model)
    before = model.outcomes()
    larger = _larger(model, before)
    revive_(model, [*_unread(model, before), *_uncounted(model, before, larger)])
    pulls = _pulls(model, trainer)
    decide_(model, before)
    changes = {**larger, **_more(model, before, pulls, channels)}
    decide_(model, changes)
    return bool(changes)


def _larger(model: CompositeModel, before: Outcomes) -> dict[str, Outcome]:
    """The next larger size of every side, and the next larger of every count."""
    out: dict[str, Outcome] = {}
    for decision in model.program.decisions:
        if isinstance(decision, OneOf) and decision.nested:
            index = _index(before, decision.name)
            sizes = [option for option in decision.options if isinstance(option, int)]
            larger = [other for other, size in enumerate(sizes) if size > sizes[index]]
            if larger:
                out[decision.name] = min(larger, key=lambda other, sizes=sizes: sizes[other])
    return out


def _index(outcomes: Mapping[str, Outcome], name: str) -> int:
    index = outcomes[name]
    assert isinstance(index, int), index
    return index


def _uncounted(model: CompositeModel, before: Outcomes, larger: Mapping[str, Outcome]) -> list[Unit]:
    """The channels that larger counts add."""
    out: set[Unit] = set()
    for node in model.program.nodes:
        for part in node.site.counted if node.kernel is not None else ():
            if part.decision in larger:
                now, more = (part.options[_index(outcomes, part.decision)] for outcomes in (before, larger))
                added = [p for p, c in zip(part.positions, part.channels, strict=True) if now <= c < more]
                out.update(unit for p in added for unit in model.program.ties.of(node.site.axis.units[p]))
    return sorted(out)


def _subsets(model: CompositeModel) -> Iterator[tuple[Node, Subset]]:
    for node in model.program.nodes:
        for decision in node.decisions:
            if isinstance(decision, Subset):
                yield node, decision


def _chosen(outcomes: Outcomes, decision: Subset) -> frozenset[int]:
    outcome = outcomes[decision.name]
    assert isinstance(outcome, tuple), outcome
    return frozenset(one for one in outcome if isinstance(one, int))


def _unread(model: CompositeModel, before: Outcomes) -> list[Unit]:
    """The channels that someone might read and nobody does."""
    program = model.program
    read: set[Unit] = set()
    offered: set[Unit] = set()
    for node, decision in _subsets(model):
        units = node.site.axis.units
        chosen = _chosen(before, decision)
        for position in decision.positions:
            tied = program.ties.of(units[position])
            offered.update(tied)
            if position in chosen:
                read.update(tied)
    return sorted(offered - read)


def _pulls(model: CompositeModel, trainer: Trainer) -> dict[str, Tensor]:
    """For each choice of what is read, the squared gradient of the weights on each of its positions."""
    decide_(model, {decision.name: decision.positions for _, decision in _subsets(model)})
    model.zero_grad(set_to_none=True)
    for part in torch.arange(min(len(trainer.train), SEEN)).split(64):
        x, y = trainer.data.batch(trainer.train, part)
        trainer.task.loss(model(x), y).backward()
    out: dict[str, Tensor] = {}
    for node, decision in _subsets(model):
        module = model.layer(node.name)
        grad = module.weight.grad if isinstance(module, GatedKernel) else None
        if grad is None or sum(node.site.axis.spreads) != grad.shape[1]:
            out[decision.name] = torch.zeros(len(decision.positions))
            continue
        squares = grad.flatten(2).square().sum(dim=(0, 2)) if grad.dim() > 2 else grad.square().sum(dim=0)
        parts = torch.stack([part.sum() for part in squares.split(list(node.site.axis.spreads))])
        out[decision.name] = parts[list(decision.positions)]
    model.zero_grad(set_to_none=True)
    return out


def _more(model: CompositeModel, before: Outcomes, pulls: dict[str, Tensor], channels: int) -> dict[str, Outcome]:
    """What comes back, to all who might read it; of one source at most so many channels."""
    places: dict[tuple[Unit, ...], list[tuple[str, int]]] = {}
    strength: dict[tuple[Unit, ...], float] = {}
    for node, decision in _subsets(model):
        units, chosen = node.site.axis.units, _chosen(before, decision)
        for index, position in enumerate(decision.positions):
            if position not in chosen:
                key = model.program.ties.of(units[position])
                places.setdefault(key, []).append((decision.name, position))
                strength[key] = strength.get(key, 0.0) + float(pulls[decision.name][index])
    out: dict[str, Outcome] = {}
    count: dict[str, int] = {}
    for key in sorted(places, key=lambda key: -strength[key]):
        source = key[0][0]
        count[source] = count.get(source, 0) + 1
        if count[source] <= channels:
            for name, position in places[key]:
                known = out.get(name, before[name])
                assert isinstance(known, tuple), known
                out[name] = tuple(sorted({*(one for one in known if isinstance(one, int)), position}))
    return out
