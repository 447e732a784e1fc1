"""Random closings of spaces."""

from __future__ import annotations

from random import Random

from dasdsl.ir.closing import close
from dasdsl.ir.liveness import Collapsed
from dasdsl.ir.program import Program
from dasdsl.language.reading import loads
from dasdsl.language.space import Space
from dasdsl.operations.core.decisions import Assignment, OneOf, Outcomes, Subset


def random_outcomes(program: Program, seed: int) -> Outcomes:
    """Some outcome of every decision."""
    random = Random(seed)  # noqa: S311 - no secret

    def some(count: int) -> tuple[int, ...]:
        return tuple(position for position in range(count) if random.random() < 0.6)

    out: Outcomes = {}
    for decision in program.decisions:
        match decision:
            case OneOf(options=options):
                out[decision.name] = random.randrange(len(options))
            case Subset(positions=positions):
                out[decision.name] = tuple(positions[index] for index in some(len(positions)))
            case Assignment(inputs=inputs, patterns=patterns, outputs=outputs):
                sets = [some(inputs) for _ in range(patterns)]
                out[decision.name] = tuple(random.choice(sets) for _ in range(outputs))
    return out


def closed_at_random(program: Program, seed: int) -> Space | None:
    """An architecture of a space, as it would be read from a file; None where this one collapses."""
    try:
        return loads(str(close(program, random_outcomes(program, seed)).space), "found.das")
    except Collapsed:
        return None
