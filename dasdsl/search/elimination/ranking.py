"""Of very many moves those that are worth a look: the channels and connections that the outputs hang on least."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from dasdsl.inverse.cutting import Cut
from dasdsl.layers.gated import GatedKernel
from dasdsl.search.moves.channels import Drop, reads, unexplained
from dasdsl.search.moves.connections import Disconnect
from dasdsl.search.moves.moments import Moments
from dasdsl.search.moves.move import Move
from dasdsl.search.moves.slopes import signed, squared_slopes
from dasdsl.search.polishing.judge import Judge

LOOKED_AT = 48
"""Channels and connections that are looked at in one round."""


def first(cut: Cut, judge: Judge, moments: Moments, moves: Sequence[Move]) -> list[Move]:
    """The moves, without the channels and connections that are not among those that cost least by their scores."""
    channels = [move for move in moves if isinstance(move, Drop | Disconnect)]
    if len(channels) <= LOOKED_AT:
        return list(moves)
    scores = scored(cut, judge, moments, channels)
    best = set(sorted(scores, key=lambda label: scores[label])[:LOOKED_AT])
    return [move for move in moves if move.label in best or not isinstance(move, Drop | Disconnect)]


def scored(cut: Cut, judge: Judge, moments: Moments, moves: Sequence[Drop | Disconnect]) -> dict[str, float]:
    """What moves cost, by a quadratic guess, by their labels.

    A channel that others guess up to a variance r changes what its readers make by ‖W‖²·r at each place, and the
    network's outputs by that times the squared slope there (a diagonal Gauss-Newton step).
    """
    slopes = squared_slopes(cut, judge.inputs, signed)
    return {move.label: _score(cut, move, moments, slopes) for move in moves}


@torch.no_grad()
def _score(cut: Cut, move: Drop | Disconnect, moments: Moments, slopes: dict[str, Tensor]) -> float:
    total = 0.0
    for name, position, outputs in _reads(move):
        module = cut.whole.layer(name)
        if name not in moments or name not in slopes or not isinstance(module, GatedKernel) or module.groups != 1:
            continue
        moment, axis = moments[name], cut.whole.program[name].site.axis
        chosen = list(axis.features((position,)))
        places = moment.places(chosen)
        if places is None:
            continue
        weight = module.weight[:, chosen].flatten(2) if module.weight.dim() > 2 else module.weight[:, chosen, None]
        strength, slope = weight.square().sum(dim=2), slopes[name]
        if isinstance(move, Drop):
            read = reads(module, axis, move.instead.get(name))
            left = [p for p, feature in enumerate(moment.features) if p not in places and bool(read[feature])]
            lost = unexplained(moment, places, left)
        else:
            strength, slope, lost = strength[list(outputs)], slope[list(outputs)], moment.variance[places]
        total += float((slope @ strength) @ lost.to(strength))
    return total


def _reads(move: Drop | Disconnect) -> Iterator[tuple[str, int, tuple[int, ...]]]:
    if isinstance(move, Disconnect):
        yield from move.reads
    else:
        yield from ((name, position, ()) for name, position in move.reads)
