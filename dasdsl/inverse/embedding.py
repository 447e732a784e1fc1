"""A found network inside of a composite: the inverse pass backwards, so that a search goes on where another ended.

Both compute the same for every input. A kernel of the composite is W_eff = V · F · β · G; the gates start as in every
search, so V is the found kernel divided by them. What the found network has not is there, but without effect. A channel
that is new is made at random of what was found, and read with V = 0; taps that are new have V = 0. The gates are not
zero, so gradients reach all of it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dasdsl.inverse.places import Place
from dasdsl.ir.membership import Membership
from dasdsl.layers.dense import dense, fill_
from dasdsl.layers.gated import GatedKernel, Gates
from dasdsl.layers.labelled import own_state
from dasdsl.layers.patterns import PatternKernel
from dasdsl.lowering.composite import CompositeModel


@torch.no_grad()
def embed_(composite: CompositeModel, found: CompositeModel, member: Membership) -> None:
    """Let a composite compute what a found network computes, under the gates that it has.

    `member` says where the found architecture stands in the space; gates may be zero only where it has nothing.
    """
    gates = composite.bank.values()
    for mine, module in found.layers():
        place = Place(mine, member.program[member.nodes[mine.name]], member)
        target = composite.layer(place.theirs.name)
        put = _put_own if mine.kernel is None else _put_kernel
        put(place, module, target, gates)


def _put_kernel(place: Place, module: nn.Module, target: nn.Module, gates: Gates) -> None:
    """The found kernel in its rows, at the features that it reads and the taps that it has.

    Of the other rows what was random stays where a row of the found kernel could be; everything else is zero.
    """
    width = sum(place.theirs.site.axis.spreads)
    random, bias = dense(target, width, gates)
    effective = torch.zeros_like(random)
    for row, features in enumerate(place.features_of_outputs()):
        where = (row, features, *place.region)
        effective[where] = random[where]
    found, own = dense(module, sum(place.mine.site.axis.spreads), {})
    wide = found.new_zeros(len(found), len(place.features), *random.shape[2:]).to(random)
    wide[(slice(None), slice(None), *place.region)] = found.to(random)
    effective[place.outputs] = torch.zeros_like(effective[place.outputs]).index_copy(1, place.features, wide)
    if bias is not None and own is not None:
        bias = bias.clone()
        bias[place.outputs] = own.to(bias)
    fill_(target, _divided(effective, _factor(target, width, gates)), bias)


def _factor(target: nn.Module, width: int, gates: Gates) -> Tensor:
    """What V is multiplied with, as one dense weight; the weights are written anew afterwards."""
    parts = target.parts if isinstance(target, PatternKernel) else (target,)
    for part in parts:
        weight = getattr(part, "weight", None)
        if isinstance(weight, Tensor):
            weight.fill_(1.0)
    return dense(target, width, gates)[0]


def _divided(effective: Tensor, factor: Tensor) -> Tensor:
    return torch.where(factor == 0, 0.0, effective / torch.where(factor == 0, 1.0, factor))


def _put_own(place: Place, module: nn.Module, target: nn.Module, gates: Gates) -> None:
    """What an operation without a kernel holds for each channel: norms with their statistics, depthwise filters."""
    theirs, found = own_state(target), own_state(module)
    # what slicing would take from the whole is where the found values are
    numbers = {key: torch.arange(value.numel()).view(value.shape) for key, value in theirs.items()}
    if place.region:
        taps = (slice(None), slice(None), *place.region)
        numbers["weight"] = numbers["weight"][taps]
        random = theirs["weight"][taps].clone()
        theirs["weight"].zero_()[taps] = random
        window = target.filter_factor(gates) if isinstance(target, GatedKernel) else None
        if window is not None:
            found["weight"] = _divided(found["weight"], window[place.region])
    for key, where in place.theirs.op.sliced(numbers, place.features).items():
        theirs[key].view(-1)[where.flatten()] = found[key].flatten().to(theirs[key])
