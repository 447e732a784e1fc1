"""Steps → steps that compute the same and make a shorter text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dasdsl.imports.steps import Step

CONCAT = ("concat",)


def nested(steps: Sequence[Step]) -> tuple[Step, ...]:
    """What joins channels that another step has joined already reads these from it: (a, b), (a, b, c) → ((a, b), c).

    Networks whose layers read all layers before them are written as the one, and mean the other.
    """
    joined: dict[tuple[str, ...], str] = {}
    out: list[Step] = []
    for step in steps:
        if step.statements != CONCAT:
            out.append(step)
            continue
        for length in range(len(step.inputs) - 1, 1, -1):
            known = joined.get(step.inputs[:length])
            if known is not None:
                joined[step.inputs] = step.name
                out.append(replace(step, inputs=(known, *step.inputs[length:])))
                break
        else:
            joined[step.inputs] = step.name
            out.append(step)
    return tuple(out)
