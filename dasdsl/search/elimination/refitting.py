"""Better weights for a network: those that it finds with spare channels, from what it has or from fresh weights."""

from __future__ import annotations

import math

from dasdsl.search.elimination.plan import Plan
from dasdsl.search.elimination.spare import CLEAN, LUCK, Trained, Wide
from dasdsl.search.elimination.workpiece import Workpiece

STARTS = 3
"""From so many fresh weights at most; a training from them ends midway where it does not lead."""
ALIKE = 1.3
"""Starts whose errors midway differ by less than this factor are alike, and others would be too."""


def refit_(
    piece: Workpiece, name: str, plan: Plan, bound: float = math.inf, left: float = math.inf, *, starts: int = 0
) -> float | None:
    """Let a network have the weights that it finds with spare channels; returns its error then.

    With `starts` it begins from fresh weights, from so many at most, of which the best is taken; with 0 from what is
    there. Nothing has happened where the result is None, since it has no place for any, or since that would be more
    work than is `left`, or since another architecture came back; nor where it is infinite, since a training diverged,
    or since the error is above `bound` even with the spare channels.
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


def _best(piece: Workpiece, name: str, plan: Plan, left: float, starts: int) -> tuple[Wide, float] | None:
    """The best of some starts, each trained to the end only where it leads midway; None where there is none."""
    best: tuple[Wide, float] | None = None
    found = list[Trained]()
    for number in range(starts):
        own = f"{name}/{number}" if number else name
        wide = Wide.of(piece, own, plan, left, fresh=True)
        if wide is None:
            break
        wide.hurry(plan, number)
        found.append(wide.train_(own, plan, min((one.midway for one in found), default=math.inf)))
        piece.work += wide.piece.work
        left -= wide.piece.work
        if best is None or found[-1].error < best[1]:
            best = wide, found[-1].error
        if _is_enough(found, CLEAN * piece.trainer.task.scale):
            break
    if best is not None and LUCK * best[1] < found[0].error:
        piece.pace = best[0].piece.pace
    return best


def _is_enough(found: list[Trained], clean: float) -> bool:
    """Whether another start would hardly be better."""
    midways = [one.midway for one in found]
    return found[-1].error <= clean or (len(found) > 1 and alike(max(midways), min(midways)))


def alike(one: float, other: float) -> bool:
    """Whether luck matters little, by the errors of two starts midway."""
    return max(one, other) < ALIKE * min(one, other)
