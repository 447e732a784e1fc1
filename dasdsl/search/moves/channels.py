"""Dropping a channel: what is left of those that a layer reads stands in for it, by regression.

Where none of those is like it, one may be that the layer does not read yet: the layer then reads that one instead. So
channels that compute the same for different readers become one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

import torch
from torch import Tensor

from dasdsl.frozen import frozen
from dasdsl.ir.program import Node, Program
from dasdsl.layers.gated import GatedKernel
from dasdsl.lowering.composite import CompositeModel
from dasdsl.operations.core.axes import Axis, Unit
from dasdsl.operations.core.decisions import Outcome, Outcomes, Subset, positions_of
from dasdsl.search.moves.moments import Moment, Moments
from dasdsl.search.moves.move import Move

RIDGE = 1e-4
"""Of a feature's variance: what cannot be told apart is not blown up."""


@frozen
class Drop(Move):
    """These positions of what these layers read are not read any more; others may be read instead."""

    reads: tuple[tuple[str, int], ...]
    instead: Mapping[str, int] = field(default_factory=dict[str, int])

    @property
    def adds(self) -> bool:
        """Whether others are read instead."""
        return bool(self.instead)

    def edit_(self, model: CompositeModel, moments: Moments) -> None:
        """Spread what each layer made of them over what it still reads, and its bias."""
        for name, position in self.reads:
            module = model.layer(name)
            if name in moments and isinstance(module, GatedKernel) and module.groups == 1 and module.features is None:
                stand_in_(model.program[name], module, position, moments[name], self.instead.get(name))


@torch.no_grad()
def stand_in_(node: Node, module: GatedKernel, position: int, moment: Moment, instead: int | None = None) -> None:
    """x_a ≈ Σ_b c_b·x_b + d, so the weights on b gain c_b times those on a, and the bias d times their sum."""
    axis = node.site.axis
    chosen = list(axis.features((position,)))
    places = moment.places(chosen)
    if places is None:
        return
    weight, read = module.weight, reads(module, axis, instead)
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


def reads(module: GatedKernel, axis: Axis, instead: int | None = None) -> Tensor:
    """Which features a layer's weights are not zero on, (F,) of truth values, and those that it reads instead."""
    weight = module.weight.detach()
    read = (weight.flatten(2).any(dim=2) if weight.dim() > 2 else weight != 0).any(dim=0)
    if instead is not None:
        read[list(axis.features((instead,)))] = True
    return read


def regression(moment: Moment, chosen: list[int], left: list[int]) -> tuple[Tensor, Tensor]:
    """Coefficients (chosen, left) and constants (chosen,) of the best linear guess of some features by the others."""
    if not left or moment.covariance.dim() == 1:
        return moment.mean.new_zeros(len(chosen), len(left)), moment.mean[chosen]
    covariance = moment.covariance[left][:, left]
    ridge = RIDGE * covariance.diagonal().mean().clamp_min(1e-30)
    covariance = covariance + torch.diag(ridge.expand(len(left)))
    factors = torch.linalg.solve(covariance, moment.covariance[left][:, chosen]).T
    return factors, moment.mean[chosen] - factors @ moment.mean[left]


def unexplained(moment: Moment, chosen: list[int], left: list[int]) -> Tensor:
    """The variance of some features that others do not explain."""
    variance = moment.variance[chosen]
    if moment.covariance.dim() == 1:
        return variance
    factors, _ = regression(moment, chosen, left)
    return (variance - (factors * moment.covariance[chosen][:, left]).sum(dim=1)).clamp_min(0)


def drops(program: Program, outcomes: Outcomes) -> Iterator[Drop]:
    """Each channel that someone reads by choice, dropped by all its readers, and by each of several."""
    for (source, channel), found in readers(program, outcomes).items():
        yield drop(f"channel {channel} of {source}", found, outcomes)
        if len(found) > 1:
            for one in found:
                yield drop(f"channel {channel} of {source} in {one.node}", [one], outcomes)


@frozen
class Read:
    """A layer that reads a channel by choice: the decision, and the position there."""

    decision: Subset
    node: str
    position: int


def readers(program: Program, outcomes: Outcomes) -> dict[Unit, list[Read]]:
    """Who reads each channel by choice; of channels that are tied, by the name of the first."""
    out: dict[Unit, list[Read]] = {}
    for node in program.nodes:
        units = node.site.axis.units
        for decision in node.decisions:
            if isinstance(decision, Subset):
                for position in positions_of(outcomes[decision.name]):
                    key = program.ties.of(units[position])[0]
                    out.setdefault(key, []).append(Read(decision, node.name, position))
    return out


def drop(label: str, found: Sequence[Read], outcomes: Outcomes, instead: Mapping[str, int] | None = None) -> Drop:
    """These are not read any more by these layers, but others instead."""
    changes: dict[str, Outcome] = {}
    for one in found:
        name = one.decision.name
        left = tuple(
            position for position in positions_of(changes.get(name, outcomes[name])) if position != one.position
        )
        if instead is not None and one.node in instead:
            left = tuple(sorted({*left, instead[one.node]}))
        changes[name] = left
    return Drop(label, changes, tuple((one.node, one.position) for one in found), instead or {})
