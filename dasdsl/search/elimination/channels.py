"""Dropping a channel: what is left of those that a layer reads stands in for it, by regression."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from dasdsl.ir.program import Node, Program
from dasdsl.layers.gated import GatedKernel
from dasdsl.lowering.composite import CompositeModel
from dasdsl.operations.core.axes import Unit
from dasdsl.operations.core.decisions import Outcome, Outcomes, Subset
from dasdsl.search.elimination.moments import Moment, Moments
from dasdsl.search.elimination.moves import Move

RIDGE = 1e-4
"""Of a feature's variance: what cannot be told apart is not blown up."""


@dataclass(frozen=True)
class Drop(Move):
    """These positions of what these layers read are not read any more."""

    reads: tuple[tuple[str, int], ...]

    def edit_(self, model: CompositeModel, moments: Moments) -> None:
        """Spread what each layer made of them over what it still reads, and its bias."""
        for name, position in self.reads:
            module = model.layer(name)
            if name in moments and isinstance(module, GatedKernel) and module.groups == 1 and module.features is None:
                stand_in_(model.program[name], module, position, moments[name])


@torch.no_grad()
def stand_in_(node: Node, module: GatedKernel, position: int, moment: Moment) -> None:
    """x_a ≈ Σ_b c_b·x_b + d, so the weights on b gain c_b times those on a, and the bias d times their sum."""
    chosen = list(node.site.axis.features((position,)))
    places = moment.places(chosen)
    if places is None:
        return
    weight = module.weight
    read = (weight.flatten(2).any(dim=2) if weight.dim() > 2 else weight != 0).any(dim=0)
    left = [p for p, feature in enumerate(moment.features) if p not in places and bool(read[feature])]
    factors, rest = regression(moment, places, left)
    dropped = weight[:, chosen].clone()
    if left:
        features = [moment.features[place] for place in left]
        weight[:, features] += torch.einsum("oa...,ab->ob...", dropped, factors.to(weight.dtype))
    if module.bias is not None:
        taps = dropped.flatten(2).sum(dim=2) if dropped.dim() > 2 else dropped
        module.bias.add_(taps @ rest.to(weight.dtype))
    weight[:, chosen] = 0.0


def regression(moment: Moment, chosen: list[int], left: list[int]) -> tuple[Tensor, Tensor]:
    """Coefficients (chosen, left) and constants (chosen,) of the best linear guess of some features by the others."""
    if not left or moment.covariance.dim() == 1:
        return moment.mean.new_zeros(len(chosen), len(left)), moment.mean[chosen]
    covariance = moment.covariance[left][:, left]
    ridge = RIDGE * covariance.diagonal().mean().clamp_min(1e-30)
    covariance = covariance + torch.diag(ridge.expand(len(left)))
    factors = torch.linalg.solve(covariance, moment.covariance[left][:, chosen]).T
    return factors, moment.mean[chosen] - factors @ moment.mean[left]


def drops(program: Program, outcomes: Outcomes) -> Iterator[Drop]:
    """Each channel that someone reads by choice, dropped by all its readers, and by each of several."""
    readers: dict[tuple[Unit, ...], list[tuple[str, str, int]]] = {}
    for node in program.nodes:
        units = node.site.axis.units
        for decision in node.decisions:
            if isinstance(decision, Subset):
                for position in _read(outcomes[decision.name]):
                    key = program.ties.of(units[position])
                    readers.setdefault(key, []).append((decision.name, node.name, position))
    for key, found in readers.items():
        source, channel = key[0]
        yield _drop(f"channel {channel} of {source}", found, outcomes)
        if len(found) > 1:
            for one in found:
                yield _drop(f"channel {channel} of {source} in {one[1]}", [one], outcomes)


def _drop(label: str, found: list[tuple[str, str, int]], outcomes: Outcomes) -> Drop:
    changes: dict[str, Outcome] = {}
    for decision, _, position in found:
        before = changes.get(decision, outcomes[decision])
        changes[decision] = tuple(other for other in _read(before) if other != position)
    return Drop(label, changes, tuple((node, position) for _, node, position in found))


def _read(outcome: Outcome) -> tuple[int, ...]:
    assert isinstance(outcome, tuple), outcome
    return tuple(one for one in outcome if isinstance(one, int))
