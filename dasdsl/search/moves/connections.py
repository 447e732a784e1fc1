"""Less in the patterns of a grouped layer: an input of one pattern, or a channel that nobody reads any more."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from dasdsl.frozen import frozen
from dasdsl.ir.program import Node, Program
from dasdsl.layers.gated import GatedKernel
from dasdsl.lowering.composite import CompositeModel
from dasdsl.operations.core.axes import Unit
from dasdsl.operations.core.decisions import Assignment, Outcome, Outcomes, Subset
from dasdsl.operations.core.kernel import Sets
from dasdsl.search.moves.moments import Moments
from dasdsl.search.moves.move import Move

Read = tuple[str, int, tuple[int, ...]]
"""A layer, a position that it reads, and the outputs that do not read it any more."""


@frozen
class Disconnect(Move):
    """These outputs of these layers do not read these positions any more; the mean of what they read moves into biases.

    Raises nothing: a layer without a bias, or of which nothing was measured, just loses them.
    """

    reads: tuple[Read, ...]

    def edit_(self, model: CompositeModel, moments: Moments) -> None:
        """Fold the means."""
        for name, position, outputs in self.reads:
            module = model.layer(name)
            if name in moments and isinstance(module, GatedKernel) and module.groups == 1 and module.features is None:
                _fold_(model.program[name], module, position, outputs, moments)


@torch.no_grad()
def _fold_(node: Node, module: GatedKernel, position: int, outputs: tuple[int, ...], moments: Moments) -> None:
    chosen, rows = list(node.site.axis.features((position,))), list(outputs)
    moment = moments[node.name]
    places = moment.places(chosen)
    if places is None:
        return
    block = module.weight[rows][:, chosen]
    if module.bias is not None:
        taps = block.flatten(2).sum(dim=2) if block.dim() > 2 else block
        module.bias[rows] += taps @ moment.mean[places].to(taps.dtype)
    whole = module.weight[rows]
    whole[:, chosen] = 0.0
    module.weight[rows] = whole


def disconnects(program: Program, outcomes: Outcomes) -> Iterator[Disconnect]:
    """Each input of each pattern, and each channel that some pattern reads, by all that read it."""
    readers: dict[tuple[Unit, ...], dict[str, tuple[int, ...]]] = {}
    for node in program.nodes:
        for decision in node.decisions:
            if isinstance(decision, Assignment):
                sets = sets_of(outcomes[decision.name])
                yield from _of_patterns(node, decision, sets)
                for position in sorted({one for chosen in sets for one in chosen}):
                    key = program.ties.of(node.site.axis.units[position])
                    rows = tuple(output for output, chosen in enumerate(sets) if position in chosen)
                    readers.setdefault(key, {})[f"{node.name}/{position}"] = rows
    for key, rows in readers.items():
        found = [(*_place(name), outputs) for name, outputs in (rows | _others(program, outcomes, key)).items()]
        yield _forgotten(program, outcomes, f"channel {key[0][1]} of {key[0][0]}, wherever", tuple(found))


def _of_patterns(node: Node, decision: Assignment, sets: Sets) -> Iterator[Disconnect]:
    rows: dict[tuple[int, ...], list[int]] = {}
    for output, chosen in enumerate(sets):
        rows.setdefault(chosen, []).append(output)
    if len(rows) < 2:
        return
    for chosen, outputs in rows.items():
        for position in chosen:
            after = tuple(tuple(p for p in one if p != position) if one == chosen else one for one in sets)
            label = f"input {position} of {node.name} for outputs from {outputs[0]} on"
            yield Disconnect(label, {decision.name: after}, ((node.name, position, tuple(outputs)),))


def _others(program: Program, outcomes: Outcomes, key: tuple[Unit, ...]) -> dict[str, tuple[int, ...]]:
    """Who else reads a channel by choice: all outputs of the layer do."""
    out: dict[str, tuple[int, ...]] = {}
    for node in program.nodes:
        for decision in node.decisions:
            if isinstance(decision, Subset):
                for position in read_of(outcomes[decision.name]):
                    if node.site.axis.units[position] in key and node.kernel is not None:
                        out[f"{node.name}/{position}"] = tuple(range(node.kernel.outputs))
    return out


def _place(name: str) -> tuple[str, int]:
    node, _, position = name.rpartition("/")
    return node, int(position)


def _forgotten(program: Program, outcomes: Outcomes, label: str, found: tuple[Read, ...]) -> Disconnect:
    return Disconnect(label, changes_of(program, outcomes, found), found)


def changes_of(program: Program, outcomes: Outcomes, found: tuple[Read, ...]) -> dict[str, Outcome]:
    """What the decisions become where these outputs do not read these positions any more."""
    changes: dict[str, Outcome] = {}
    for name, position, outputs in found:
        rows = frozenset(outputs)
        for decision in program[name].decisions:
            before = changes.get(decision.name, outcomes[decision.name])
            match decision:
                case Subset(positions=positions) if position in positions:
                    changes[decision.name] = tuple(one for one in read_of(before) if one != position)
                case Assignment():
                    changes[decision.name] = tuple(
                        tuple(p for p in chosen if p != position) if output in rows else chosen
                        for output, chosen in enumerate(sets_of(before))
                    )
                case _:
                    pass
    return changes


def read_of(outcome: Outcome) -> tuple[int, ...]:
    """The positions that a subset reads."""
    assert isinstance(outcome, tuple), outcome
    return tuple(one for one in outcome if isinstance(one, int))


def sets_of(outcome: Outcome) -> Sets:
    """The positions that each output reads."""
    assert isinstance(outcome, tuple), outcome
    return tuple(one for one in outcome if isinstance(one, tuple))
