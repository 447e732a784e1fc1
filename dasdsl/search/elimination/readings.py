"""Which layers read which channels: what a network with spare channels is to come to again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from networkx import Graph
from networkx.algorithms.bipartite import hopcroft_karp_matching

from dasdsl.ir.program import Program
from dasdsl.operations.core.decisions import Outcomes
from dasdsl.search.elimination.channels import readers

Readings = Mapping[str, Mapping[int, frozenset[str]]]
"""For each source (of those that are tied, the first) the layers that read each of its channels, where some do."""


def readings(program: Program, outcomes: Outcomes) -> Readings:
    """Those under some outcomes; channels ascend."""
    out: dict[str, dict[int, frozenset[str]]] = {}
    for (source, channel), found in readers(program, outcomes).items():
        out.setdefault(source, {})[channel] = frozenset(one.node for one in found)
    return {source: dict(sorted(found.items())) for source, found in out.items()}


def places(now: Mapping[int, frozenset[str]], goal: Mapping[int, frozenset[str]]) -> dict[int, int] | None:
    """For each channel of the goal, one of now that at least the same layers read; None where there are not enough."""
    wanted, there = list(goal), list(now)
    if [*goal.values()] == [*now.values()]:
        return dict(zip(wanted, there, strict=True))
    graph = Graph()
    # small numbers in the place of names: a set of them has the same order in every process
    graph.add_nodes_from(range(len(wanted) + len(there)))
    for index, channel in enumerate(wanted):
        fits = (len(wanted) + other for other, present in enumerate(there) if goal[channel] <= now[present])
        graph.add_edges_from((index, other) for other in fits)
    found = hopcroft_karp_matching(graph, range(len(wanted)))
    if any(index not in found for index in range(len(wanted))):
        return None
    return {channel: there[found[index] - len(wanted)] for index, channel in enumerate(wanted)}


def unwanted(
    now: Mapping[int, frozenset[str]],
    goal: Mapping[int, frozenset[str]],
    cheapest: Sequence[tuple[int, str]],
    most: int,
) -> list[tuple[int, str]]:
    """At most so many readings that can end, tried in this order, so that the goal can still be reached."""
    left, out = dict(now), list[tuple[int, str]]()
    for channel, reader in cheapest:
        if len(out) == most:
            break
        before = left[channel]
        left[channel] = before - {reader}
        if places(left, goal) is None:
            left[channel] = before
        else:
            out.append((channel, reader))
    return out


def order(now: Mapping[int, frozenset[str]], goal: Mapping[int, frozenset[str]]) -> dict[int, int] | None:
    """For each channel of the goal, one that just the same layers read; None where channels are left, or missing."""
    found = places(now, goal)
    same = found is not None and len(now) == len(goal) and all(now[found[one]] == goal[one] for one in goal)
    return found if same else None
