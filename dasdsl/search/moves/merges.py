"""Two channels as one: what one layer reads becomes what another reads already.

Where a network may read a channel before and after something is added to it, a search can find it twice: once for those
who read it before, once for those who read it after. Neither can be dropped, but each can stand in for the other.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch

from dasdsl.ir.program import Program
from dasdsl.operations.core.decisions import Outcomes, positions_of
from dasdsl.search.moves.channels import Drop, Read, drop, readers, regression
from dasdsl.search.moves.moments import Moment, Moments

ALIKE = 0.9
"""How much of a channel's variance has to be explained with the other's help."""
MORE = 0.02
"""How much of it has to be explained by the other alone."""


def merges(program: Program, outcomes: Outcomes, moments: Moments) -> Iterator[Drop]:
    """Each channel that its readers could do without if they read another that is there."""
    for (source, channel), found in readers(program, outcomes).items():
        instead: dict[str, int] = {}
        for one in found:
            other = _other(program, one, outcomes, moments)
            if other is None:
                break
            if other != one.position:
                instead[one.node] = other
        else:
            if instead:
                names = ", ".join(f"{position} in {node}" for node, position in instead.items())
                yield drop(f"channel {channel} of {source} by {names}", found, outcomes, instead)


def _other(program: Program, one: Read, outcomes: Outcomes, moments: Moments) -> int | None:
    """The position to read instead; itself where what the layer reads is enough; None where there is none."""
    axis, moment = program[one.node].site.axis, moments.get(one.node)
    if moment is None or moment.covariance.dim() == 1 or set(axis.spreads) != {1}:
        return None
    now = positions_of(outcomes[one.decision.name])
    there = {axis.features((position,))[0]: position for position in one.decision.positions}
    places = {there[feature]: place for place, feature in enumerate(moment.features) if feature in there}
    if one.position not in places:
        return None
    left = [places[position] for position in now if position in places and position != one.position]
    free = [position for position in places if position not in now]
    return _best(moment, one.position, places, left, free)


def _best(moment: Moment, position: int, places: dict[int, int], left: list[int], free: list[int]) -> int | None:
    place = places[position]
    whole = float(moment.variance[place])
    unexplained = _rest(moment, [place, *(places[other] for other in free)], left)
    rest = float(unexplained[0, 0])
    if whole <= 0 or rest <= (1 - ALIKE) * MORE * whole:
        return position
    if not free:
        return None
    own = unexplained.diagonal()[1:].clamp_min(1e-12 * whole)
    gains = unexplained[0, 1:].square() / own
    best = int(torch.argmax(gains))
    gain = float(gains[best])
    if gain < MORE * whole or rest - gain > (1 - ALIKE) * whole:
        return None
    return free[best]


def _rest(moment: Moment, chosen: list[int], left: list[int]) -> torch.Tensor:
    """The covariance of some features that others do not explain, (chosen, chosen)."""
    factors, _ = regression(moment, chosen, left)
    covariance = moment.covariance[chosen][:, chosen]
    if not left:
        return covariance
    return covariance - factors @ moment.covariance[left][:, chosen]
