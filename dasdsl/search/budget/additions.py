"""A little more: a side, a count or a channel that comes back. The network computes what it did before."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from dasdsl.frozen import frozen
from dasdsl.ir.program import Program
from dasdsl.lowering.composite import CompositeModel
from dasdsl.operations.core.axes import Unit
from dasdsl.operations.core.decisions import Assignment, OneOf, Outcome, Outcomes, Subset
from dasdsl.search.moves.connections import read_of, sets_of
from dasdsl.search.moves.moments import Moments
from dasdsl.search.moves.move import Move
from dasdsl.search.moves.reviving import revive_
from dasdsl.search.polishing.polish import number_of


@frozen
class Add(Move):
    """More of something, read with zeros; `units` are channels that come back, made at random."""

    units: tuple[Unit, ...] = ()

    def edit_(self, model: CompositeModel, moments: Moments) -> None:
        """Make the channels anew; what is random follows from the name of the move."""
        if self.units:
            torch.manual_seed(number_of(self.label))
            revive_(model, list(self.units))


def additions(program: Program, outcomes: Outcomes) -> Iterator[Add]:
    """Every side and every count one larger, and channels back: for all who may read them, and for each of several.

    Of each source it is the first channel that nobody reads, and the first that not all read.
    """
    for decision in program.decisions:
        if isinstance(decision, OneOf) and decision.nested:
            sizes = [option for option in decision.options if isinstance(option, int)]
            index = outcomes[decision.name]
            assert isinstance(index, int), index
            above = [other for other, size in enumerate(sizes) if size > sizes[index]]
            if above:
                best = min(above, key=lambda other, sizes=sizes: sizes[other])
                yield Add(f"{decision.name} {sizes[index]} -> {sizes[best]}", {decision.name: best})
    yield from _channels(program, outcomes)


def _channels(program: Program, outcomes: Outcomes) -> Iterator[Add]:
    places: dict[tuple[Unit, ...], list[tuple[str, str, int]]] = {}
    read: set[tuple[Unit, ...]] = set()
    for node in program.nodes:
        units = node.site.axis.units
        for decision in node.decisions:
            if isinstance(decision, OneOf):
                continue
            now = outcomes[decision.name]
            there = read_of(now) if isinstance(decision, Subset) else {p for chosen in sets_of(now) for p in chosen}
            offered = decision.positions if isinstance(decision, Subset) else range(decision.inputs)
            for position in offered:
                key = program.ties.of(units[position])
                if position in there:
                    read.add(key)
                else:
                    places.setdefault(key, []).append((decision.name, node.name, position))
    seen: set[tuple[str, bool]] = set()
    for key, found in places.items():
        source, channel = key[0]
        first = (source, key in read)
        if first in seen:
            continue
        seen.add(first)
        fresh = () if key in read else key
        yield Add(f"channel {channel} of {source} back", _given(program, outcomes, found), fresh)
        for one in found if len(found) > 1 else ():
            yield Add(f"channel {channel} of {source} back in {one[1]}", _given(program, outcomes, [one]), fresh)


def _given(program: Program, outcomes: Outcomes, found: list[tuple[str, str, int]]) -> dict[str, Outcome]:
    changes: dict[str, Outcome] = {}
    kinds = {decision.name: decision for decision in program.decisions}
    for name, _, position in found:
        before = changes.get(name, outcomes[name])
        if isinstance(kinds[name], Assignment):
            changes[name] = tuple(tuple(sorted({*chosen, position})) for chosen in sets_of(before))
        else:
            changes[name] = tuple(sorted({*read_of(before), position}))
    return changes
