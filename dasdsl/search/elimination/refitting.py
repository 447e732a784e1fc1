"""Better weights for a network: those that it finds with spare channels, from what it has or from fresh weights."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dasdsl.search.elimination.plan import Plan
from dasdsl.search.elimination.spare import CLEAN, LUCK, Trained, Wide
from dasdsl.search.elimination.workpiece import Workpiece

STARTS = (1.0, 3.0, 9.0)
"""How many times the usual rate each start from fresh weights has, up to the highest that a search has.

Short trials may have told one too low. A training from them ends midway where it does not lead.
"""
DOUBTED = (math.inf, 1.0)
"""The same where trials told little since nothing is learnt in a few steps."""
STUCK, GAIN = 0.03, 1.5
"""What has more of the best constant prediction's error than the first is far from fitted, and luck matters less there.

A start at a higher rate that is better by the second is then better for its rate.
"""
ALIKE = 1.3
"""Starts whose errors midway differ by less than this factor are alike, and others would be too."""


def refit_(
    piece: Workpiece,
    name: str,
    plan: Plan,
    bound: float = math.inf,
    left: float = math.inf,
    *,
    starts: Sequence[float] = (),
) -> float | None:
    """Let a network have the weights that it finds with spare channels; returns its error then.

    With `starts` it begins from fresh weights, at so many times the usual rate each, and the best of them is taken;
    without, it begins from what is there. Nothing has happened where the result is None, since it has no place for any,
    or since that would be more work than is `left`, or since another architecture came back; nor where it is infinite,
    since a training diverged, or since the error is above `bound` even with the spare channels.
    """
    found = _best(piece, name, plan, left, starts) if starts else _from_here(piece, name, plan, left)
    if found is None:
        return None
    wide, error = found
    before = wide.piece.work
    error = wide.narrow_(name, plan) if math.isfinite(error) and error <= bound else math.inf
    piece.work += wide.piece.work - before
    if not math.isfinite(error):
        return math.inf
    return piece.error() if wide.put_into_(piece) else None


def _from_here(piece: Workpiece, name: str, plan: Plan, left: float) -> tuple[Wide, float] | None:
    wide = Wide.of(piece, name, plan, left)
    if wide is None:
        return None
    error = wide.train_(name, plan).error
    piece.work += wide.piece.work
    return wide, error


def _best(piece: Workpiece, name: str, plan: Plan, left: float, starts: Sequence[float]) -> tuple[Wide, float] | None:
    """The best of some starts, each trained to the end only where it leads midway; None where there is none."""
    best: tuple[Wide, float] | None = None
    found = list[Trained]()
    for number, times in enumerate(starts):
        own = f"{name}/{number}" if number else name
        wide = Wide.of(piece, own, plan, left, fresh=True)
        if wide is None:
            break
        wide.hurry(plan, times)
        found.append(wide.train_(own, plan, min((one.midway for one in found), default=math.inf)))
        piece.work += wide.piece.work
        left -= wide.piece.work
        if best is None or found[-1].error < best[1]:
            best = wide, found[-1].error
        if _is_enough(found, CLEAN * piece.trainer.task.scale):
            break
    usual = next((one.error for one, times in zip(found, starts, strict=False) if times == 1.0), math.inf)
    if best is not None and is_slow(usual, best[1], piece.trainer.task.scale):
        piece.pace = best[0].piece.pace
    return best


def _is_enough(found: list[Trained], clean: float) -> bool:
    """Whether another start would hardly be better."""
    midways = [one.midway for one in found]
    return found[-1].error <= clean or (len(found) > 1 and alike(max(midways), min(midways)))


def is_slow(usual: float, best: float, scale: float) -> bool:
    """Whether it is for the usual rate that a start is no better than the best of those at higher ones."""
    return (GAIN if usual > STUCK * scale else LUCK) * best < usual


def alike(one: float, other: float) -> bool:
    """Whether luck matters little, by the errors of two starts midway."""
    return max(one, other) < ALIKE * min(one, other)
