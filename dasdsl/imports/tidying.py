"""Steps → steps that compute the same and make a shorter text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import permutations

from dasdsl.imports.steps import Step

CONCAT = ("concat",)
GATED: Mapping[tuple[str, ...], tuple[str, ...]] = {("sigmoid",): ("silu",), ("hardsigmoid",): ("hardswish",)}
"""What a value times such a gate of it is."""


def gated(steps: Sequence[Step]) -> tuple[Step, ...]:
    """A value times its own sigmoid is said in one word: (x, sigmoid(x)) → silu(x)."""
    by_name = {step.name: step for step in steps}
    return tuple(_in_one_word(step, by_name) for step in steps)


def _in_one_word(step: Step, by_name: Mapping[str, Step]) -> Step:
    if step.statements != ("mul",):
        return step
    for value, gate in permutations(step.inputs):
        made = by_name.get(gate)
        if made is not None and made.inputs == (value,) and made.statements in GATED:
            return replace(step, inputs=(value,), statements=GATED[made.statements], joins=False)
    return step


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
