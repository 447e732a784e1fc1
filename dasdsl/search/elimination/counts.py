"""A count `<a|b|c>` one smaller: the channels that go are stood in for by those that stay, at each reader."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dasdsl.ir.program import Program
from dasdsl.layers.gated import GatedKernel
from dasdsl.lowering.composite import CompositeModel
from dasdsl.operations.core.decisions import OneOf, Outcomes
from dasdsl.search.elimination.channels import stand_in_
from dasdsl.search.elimination.moments import Moments
from dasdsl.search.elimination.moves import Move


@dataclass(frozen=True)
class Fewer(Move):
    """The next smaller count; `reads` are the (layer, position) that go."""

    reads: tuple[tuple[str, int], ...]

    def edit_(self, model: CompositeModel, moments: Moments) -> None:
        """Spread what each reader made of the channels over those that stay."""
        for name, position in self.reads:
            module = model.layer(name)
            if name in moments and isinstance(module, GatedKernel) and module.groups == 1 and module.features is None:
                stand_in_(model.program[name], module, position, moments[name])


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
            gone = range(sizes[best], sizes[index])
            label = f"{decision.name} {sizes[index]} -> {sizes[best]}"
            yield Fewer(label, {decision.name: best}, tuple(_reads(program, decision.name, gone)))


def _reads(program: Program, decision: str, gone: range) -> Iterator[tuple[str, int]]:
    for node in program.nodes:
        for part in node.site.counted if node.kernel is not None else ():
            if part.decision == decision:
                yield from ((node.name, p) for p, c in zip(part.positions, part.channels, strict=True) if c in gone)
