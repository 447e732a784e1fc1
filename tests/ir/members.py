"""Random closings of spaces."""

from __future__ import annotations

from random import Random

from dasdsl.ir.closing import close
from dasdsl.ir.liveness import Collapsed
from dasdsl.ir.program import Program
from dasdsl.language.reading import loads
from dasdsl.language.space import Space
from dasdsl.operations.core.decisions import Assignment, Outcomes, Subset
from tests.properties.spaces import random_outcomes


def closed_at_random(program: Program, seed: int, *, idle: bool = True) -> Space | None:
    """An architecture of a space, as it would be read from a file; None where this one collapses.

    Without `idle` layers every output reads something.
    """
    outcomes = random_outcomes(program, Random(seed))  # noqa: S311 - no secret
    if not idle:
        outcomes = busy(program, outcomes)
    try:
        text = str(close(program, outcomes).space)
    except Collapsed:
        return None
    # what reads only channels that are closed reads nothing, too
    return loads(text, "found.das") if idle or "none ->" not in text else None


def busy(program: Program, outcomes: Outcomes) -> Outcomes:
    """The same where whatever reads nothing reads the first input."""
    out = dict(outcomes)
    for decision in program.decisions:
        match decision, out.get(decision.name):
            case Subset(positions=positions), ():
                out[decision.name] = positions[:1]
            case Assignment(), tuple() as sets:
                out[decision.name] = tuple(chosen or (0,) for chosen in sets)  # type: ignore[assignment]
            case _:
                pass
    return out
