"""Which layers read which channels: what a network with spare channels is to come to again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice

from dasdsl.ir.program import Program
from dasdsl.operations.core.decisions import Outcome, Outcomes, Subset
from dasdsl.search.elimination.seats import Seats
from dasdsl.search.moves.channels import readers

Readings = Mapping[str, Mapping[int, frozenset[str]]]
"""For each source (of those that are tied, the first) the layers that read each of its channels, where some do."""


def readings(program: Program, outcomes: Outcomes) -> Readings:
    """Those under some outcomes; channels ascend."""
    out: dict[str, dict[int, frozenset[str]]] = {}
    for (source, channel), found in readers(program, outcomes).items():
        out.setdefault(source, {})[channel] = frozenset(one.node for one in found)
    return {source: dict(sorted(found.items())) for source, found in out.items()}


def by_all(program: Program, outcomes: Outcomes) -> Outcomes:
    """What of these decisions changes where every channel that some layer reads is read by all that may read it."""
    read, out = readers(program, outcomes), dict[str, Outcome]()
    for node in program.nodes:
        units = node.site.axis.units
        for decision in node.decisions:
            if isinstance(decision, Subset):
                chosen = tuple(one for one in decision.positions if program.ties.of(units[one])[0] in read)
                if chosen != outcomes[decision.name]:
                    out[decision.name] = chosen
    return out


def places(now: Mapping[int, frozenset[str]], goal: Mapping[int, frozenset[str]]) -> dict[int, int] | None:
    """For each channel of the goal, one of now that at least the same layers read; None where there are not enough."""
    if [*goal.values()] == [*now.values()]:
        return dict(zip(goal, now, strict=True))
    seats = Seats(dict(now), goal)
    return seats.place if all(seats.find_(channel) for channel in goal) else None


def unwanted(
    now: Mapping[int, frozenset[str]],
    goal: Mapping[int, frozenset[str]],
    cheapest: Iterable[tuple[int, str]],
    most: int,
) -> list[tuple[int, str]]:
    """At most so many readings that can end, tried in this order, so that the goal can still be reached."""
    seats = Seats(dict(now), goal)
    for channel in goal:
        seats.find_(channel)
    return list(islice((one for one in cheapest if seats.end_(*one)), most))


def order(now: Mapping[int, frozenset[str]], goal: Mapping[int, frozenset[str]]) -> dict[int, int] | None:
    """For each channel of the goal, one that just the same layers read; None where channels are left, or missing."""
    found = places(now, goal)
    same = found is not None and len(now) == len(goal) and all(now[found[one]] == goal[one] for one in goal)
    return found if same else None
