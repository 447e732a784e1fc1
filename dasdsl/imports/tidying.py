"""Steps → steps that compute the same and make a shorter text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import permutations

from dasdsl.imports.calls import for_all
from dasdsl.imports.steps import Step

CONCAT = ("concat",)
APART = "pool max 1 stride "
GATED: Mapping[tuple[str, ...], tuple[str, ...]] = {("sigmoid",): ("silu",), ("hardsigmoid",): ("hardswish",)}
"""What a value times such a gate of it is."""


def pixels_apart(strides: Sequence[int]) -> str:
    """What takes pixels at equal distances: a pool with windows of one."""
    return f"{APART}{for_all(strides)}"


def read(steps: Sequence[Step], end: str) -> tuple[Step, ...]:
    """Those that the output hangs on."""
    wanted, kept = {end}, list[Step]()
    for step in reversed(steps):
        if step.name in wanted:
            wanted.update(step.inputs)
            kept.append(step)
    return tuple(reversed(kept))


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


def thinned(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Pixels at equal distances, taken of one side after the other, are taken at once: `x[:, :, ::2, ::2]`."""
    by_name = {step.name: step for step in steps}
    out: list[Step] = []
    for step in steps:
        before = by_name.get(step.inputs[0]) if step.inputs else None
        if before is not None and (strides := _strides(step)) and (own := _strides(before)):
            both = [a * b for a, b in zip(strides, own, strict=True)]
            step = replace(step, inputs=before.inputs, statements=(pixels_apart(both),))  # noqa: PLW2901 - it stands for it
            by_name[step.name] = step
        out.append(step)
    return tuple(out)


def _strides(step: Step) -> list[int]:
    """The distances of the pixels that it takes; none where it does something else."""
    (*_, words) = step.statements or ("",)
    rank = len(step.shape) - 1
    sides = words.removeprefix(APART).split("x") if words.startswith(APART) and len(step.statements) == 1 else []
    return [int(side) for side in (sides * rank if len(sides) == 1 else sides)]


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
