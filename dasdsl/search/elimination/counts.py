"""A count `<a|b|c>` one smaller: the channels that matter least go, and those that stay stand in for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch

from dasdsl.ir.program import Program
from dasdsl.layers.gated import GatedKernel
from dasdsl.lowering.composite import CompositeModel
from dasdsl.operations.core.decisions import OneOf, Outcomes
from dasdsl.search.elimination.channels import lost, stand_in_
from dasdsl.search.elimination.moments import Moments
from dasdsl.search.elimination.moves import Move
from dasdsl.search.elimination.renumbering import is_renumberable, renumber_

Reads = Mapping[int, tuple[tuple[str, int], ...]]
"""Who reads each channel: (layer, position)."""


@dataclass(frozen=True)
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
        for source, reads in self.reads.items():
            stay = list(range(self.many))
            free = is_renumberable(model, source)
            while len(stay) > self.few:
                gone = min(stay, key=lambda one: _cost(model, moments, reads[one])) if free else stay[-1]
                stay.remove(gone)
                for name, position in reads[gone]:
                    if _is_plain(model, moments, name):
                        stand_in_(model.program[name], _kernel(model, name), position, moments[name])
            if free:
                renumber_(model, source, [*stay, *sorted(set(range(model.program.sources[source].size)) - set(stay))])


def _is_plain(model: CompositeModel, moments: Moments, name: str) -> bool:
    module = model.layer(name)
    return name in moments and isinstance(module, GatedKernel) and module.groups == 1 and module.features is None


def _kernel(model: CompositeModel, name: str) -> GatedKernel:
    module = model.layer(name)
    assert isinstance(module, GatedKernel), module
    return module


@torch.no_grad()
def _cost(model: CompositeModel, moments: Moments, reads: tuple[tuple[str, int], ...]) -> float:
    """What its readers lose with a channel that the others they read stand in for."""
    return sum(
        lost(model.program[name], _kernel(model, name), position, moments[name])
        for name, position in reads
        if _is_plain(model, moments, name)
    )


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
