"""A count `<a|b|c>` one smaller: the channels that matter least go, and those that stay stand in for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Self

import torch
from torch import Tensor

from dasdsl.frozen import frozen
from dasdsl.ir.program import Node, Program
from dasdsl.layers.gated import GatedKernel
from dasdsl.lowering.composite import CompositeModel
from dasdsl.operations.core.decisions import OneOf, Outcomes
from dasdsl.search.moves.channels import RIDGE, reads, stand_in_
from dasdsl.search.moves.moments import Moment, Moments
from dasdsl.search.moves.move import Move
from dasdsl.search.moves.renumbering import is_renumberable, renumber_

Reads = Mapping[int, tuple[tuple[str, int], ...]]
"""Who reads each channel: (layer, position)."""


@frozen
class Fewer(Move):
    """The next smaller count, `few` in the place of `many`; `reads` are those of each group of tied sources."""

    many: int
    few: int
    reads: Mapping[str, Reads]

    @property
    def far(self) -> bool:
        """Whether several channels go at once."""
        return self.many - self.few > 1

    def edit_(self, model: CompositeModel, moments: Moments) -> None:
        """Spread what each reader made of the channels that go over those that stay, and put those that stay first."""
        for source, channels in self.reads.items():
            names = {name for every in channels.values() for name, _ in every if _is_plain(model, moments, name)}
            readers = {name: _Reader.of(model, name, moments[name]) for name in sorted(names)}
            stay = list(range(self.many))
            free = is_renumberable(model, source)
            while len(stay) > self.few:
                gone = _least(readers, channels, stay) if free else stay[-1]
                stay.remove(gone)
                for name, position in channels[gone]:
                    if name in readers:
                        readers[name].drop_(position)
            if free:
                renumber_(model, source, [*stay, *sorted(set(range(model.program.sources[source].size)) - set(stay))])


def _least(readers: Mapping[str, _Reader], channels: Reads, stay: Sequence[int]) -> int:
    """The channel that its readers lose least with."""

    def cost(channel: int) -> float:
        found = ((name, position) for name, position in channels[channel] if name in readers)
        return sum(readers[name].lost(position) for name, position in found)

    return min(stay, key=cost)


def _is_plain(model: CompositeModel, moments: Moments, name: str) -> bool:
    module = model.layer(name)
    return name in moments and isinstance(module, GatedKernel) and module.groups == 1 and module.features is None


@dataclass
class _Reader:
    """A layer whose channels go one by one: what the others cannot stand in for follows from the inverse covariance.

    `features` are those of each position, `places` the rows of those that are left; wide layers have variances only.
    """

    node: Node
    module: GatedKernel
    moment: Moment
    features: tuple[range, ...]
    places: dict[int, int]
    precision: Tensor | None

    @classmethod
    def of(cls, model: CompositeModel, name: str, moment: Moment) -> Self:
        """The layer as it is."""
        node, module = model.program[name], model.layer(name)
        assert isinstance(module, GatedKernel), module
        left = moment.only(reads(module, node.site.axis))
        precision = None
        if left.features and left.covariance.dim() > 1:
            ridge = RIDGE * left.variance.mean().clamp_min(1e-30)
            precision = torch.linalg.inv(left.covariance + torch.diag(ridge.expand(len(left.features))))
        ends = tuple(accumulate(node.site.axis.spreads, initial=0))
        features = tuple(range(*pair) for pair in pairwise(ends))
        return cls(node, module, left, features, {feature: row for row, feature in enumerate(left.features)}, precision)

    @cached_property
    def alone(self) -> tuple[Tensor, list[float]]:
        """The squared weights on each feature, and what each costs by itself; as long as nothing is dropped."""
        weight = self.module.weight.detach()
        strengths = (weight.flatten(2) if weight.dim() > 2 else weight[..., None]).square().sum(dim=(0, 2)).double()
        rest = self.moment.variance if self.precision is None else 1 / self.precision.diagonal()
        return strengths, (strengths[list(self.moment.features)] * rest).tolist()

    def lost(self, position: int) -> float:
        """By how much its outputs vary on account of a channel, beyond what the others that it reads stand in for."""
        features = [one for one in self.features[position] if one in self.places]
        rows = [self.places[one] for one in features]
        strengths, alone = self.alone
        if self.precision is None or len(rows) < 2:
            return sum(alone[row] for row in rows)
        rest = torch.linalg.inv(self.precision[rows][:, rows]).diagonal().clamp_min(0.0)
        return float(strengths[features] @ rest)

    def drop_(self, position: int) -> None:
        """Let the others stand in for a channel."""
        rows = [self.places.pop(one) for one in self.features[position] if one in self.places]
        stand_in_(self.node, self.module, position, self.moment)
        self.__dict__.pop("alone", None)  # the weights are others now
        if rows and self.precision is not None:
            across = self.precision[:, rows]
            self.precision = self.precision - across @ torch.linalg.inv(across[rows]) @ across.T


def fewer(program: Program, outcomes: Outcomes) -> Iterator[Fewer]:
    """Every count one smaller."""
    for decision in program.decisions:
        if not isinstance(decision, OneOf) or decision.role != "count" or not decision.nested:
            continue
        sizes = [option for option in decision.options if isinstance(option, int)]
        index = outcomes[decision.name]
        assert isinstance(index, int), index
        below = [other for other, size in enumerate(sizes) if size < sizes[index]]
        if below:
            best = max(below, key=lambda other, sizes=sizes: sizes[other])
            label = f"{decision.name} {sizes[index]} -> {sizes[best]}"
            reads = _reads(program, decision.name)
            yield Fewer(label, {decision.name: best}, sizes[index], sizes[best], reads)


def _reads(program: Program, decision: str) -> dict[str, Reads]:
    """For one of each group of tied sources that a decision counts, who reads each channel."""
    found: dict[str, dict[int, list[tuple[str, int]]]] = {}
    for source in program.sources.values():
        if source.counted is not None and source.decision == decision:
            found.setdefault(program.ties.group(source.name)[0], {channel: [] for channel in range(source.size)})
    for node in program.nodes:
        units = node.site.axis.units if node.kernel is not None and node.site.counted else ()
        for position, (source, channel) in enumerate(units):
            first = program.ties.group(source)[0]
            if first in found:
                found[first][channel].append((node.name, position))
    return {first: {channel: tuple(reads) for channel, reads in every.items()} for first, every in found.items()}
