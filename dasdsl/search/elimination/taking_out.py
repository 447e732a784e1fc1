"""The way back from spare channels: those that cost least go, until there are as many as before, read by as many."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dasdsl.lowering.settling import decide_
from dasdsl.operations.core.decisions import Outcomes
from dasdsl.search.elimination.plan import Plan
from dasdsl.search.elimination.ranking import scored
from dasdsl.search.elimination.readings import Readings, order, readings, unwanted
from dasdsl.search.elimination.workpiece import Workpiece
from dasdsl.search.moves.channels import Drop, drop, readers
from dasdsl.search.moves.moments import Moments
from dasdsl.search.moves.renumbering import is_renumberable, renumber_
from dasdsl.search.polishing.polish import Until

LONGER, FASTER = 3, 2
"""How many brief trainings there are after each cut, and how much higher the rate is."""
PART = 3
"""Of what is too much, one of so many goes at a time."""


def arrange_(piece: Workpiece, goals: Readings, before: Outcomes) -> bool:
    """Put channels in the order in which those were that the same layers read; False where there are others.

    Where they are in that order already, nothing happens.
    """
    model = piece.model
    now = readings(model.program, model.outcomes())
    orders = {source: order(now.get(source, {}), goal) for source, goal in goals.items()}
    if now.keys() != goals.keys() or None in orders.values():
        return False
    if all([*now[source].values()] == [*goal.values()] for source, goal in goals.items()):
        return True
    if not all(is_renumberable(model, source) for source in goals):
        return False
    for source, found in orders.items():
        assert found is not None
        left = (channel for channel in range(model.program.sources[source].size) if channel not in found.values())
        renumber_(
            model,
            source,
            [found[place] if place in found else next(left) for place in range(model.program.sources[source].size)],
        )
    decide_(model, before)
    piece.recut_()
    return True


def cut_back_(piece: Workpiece, goals: Readings, name: str, plan: Plan) -> float:
    """Take out the channels that cost least, some at a time, until there are as many as there were; returns the error.

    It is no finite number where a training, or what stands in for a channel, diverged: that is then the end.
    """
    number, error = 0, piece.error()
    allowed = piece.judge.allowed(error)

    while math.isfinite(error):
        found = piece.moments()
        labels = _too_many(piece, goals, found) or _too_often(piece, goals, found)
        if not labels:
            break
        number += 1
        piece.apply_(labels, found)
        error = piece.error()
        if error > allowed:
            error = piece.train_(f"{name}/cut/{number}", LONGER * plan.brief, FASTER * plan.rate, Until(good=allowed))
    return error


def _too_many(piece: Workpiece, goals: Readings, found: Moments) -> list[str]:
    """The drops of this round, the one that costs least first: a part of what is too many, of each source no more."""
    outcomes = piece.model.outcomes()
    now = readings(piece.model.program, outcomes)
    left = {source: max(len(channels) - len(goals.get(source, ())), 0) for source, channels in now.items()}
    sources: dict[str, str] = {}
    moves: list[Drop] = []
    for (source, channel), reads in readers(piece.model.program, outcomes).items():
        if left[source]:
            moves.append(drop(f"channel {channel} of {source}", reads, outcomes))
            sources[moves[-1].label] = source
    most, labels = -(-sum(left.values()) // PART), list[str]()
    for label in _cheapest(piece, found, moves):
        source = sources[label]
        if len(labels) < most and left[source]:
            left[source] -= 1
            labels.append(label)
    return labels


def _too_often(piece: Workpiece, goals: Readings, found: Moments) -> list[str]:
    """Where there are as many channels as there were: a part of the readings that were not, the cheapest first."""
    outcomes = piece.model.outcomes()
    now = readings(piece.model.program, outcomes)
    moves: dict[str, tuple[str, int, str]] = {}
    drops: list[Drop] = []
    for (source, channel), reads in readers(piece.model.program, outcomes).items():
        if sum(map(len, now[source].values())) == sum(map(len, goals.get(source, {}).values())):
            continue
        for one in reads:
            label = f"channel {channel} of {source} in {one.node}"
            drops.append(drop(label, [one], outcomes))
            moves[label] = source, channel, one.node
    cheapest = [moves[label] for label in _cheapest(piece, found, drops)]
    labels: list[str] = []
    for source, goal in goals.items():
        own = [(channel, node) for of, channel, node in cheapest if of == source]
        many = sum(map(len, now.get(source, {}).values())) - sum(map(len, goal.values()))
        ended = unwanted(now[source], goal, own, -(-many // PART)) if own else []
        labels += [f"channel {channel} of {source} in {node}" for channel, node in ended]
    return labels


def _cheapest(piece: Workpiece, found: Moments, moves: Sequence[Drop]) -> list[str]:
    """The labels of moves, of that which costs least first."""
    scores = scored(piece.cut, piece.judge, found, moves) if moves else {}
    return sorted(scores, key=lambda label: scores[label])
