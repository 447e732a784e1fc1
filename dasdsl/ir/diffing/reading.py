"""What changed about `groups` and `reads` of a layer, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from dasdsl.ir.diffing.fields import FieldChange, texts, unshared
from dasdsl.ir.diffing.verdicts import Verdict, verdict
from dasdsl.ir.diffing.wiring import connections, is_fixed
from dasdsl.ir.diffing.wording import said
from dasdsl.ir.program import Node
from dasdsl.operations.core.decisions import Subset
from dasdsl.operations.core.values import Pattern, Patterns, Resolved

Reading = Literal["searched", "partly searched", "some", "all"]

SHOWN: Final = 3
"""Patterns that are shown one by one."""


def wired(a: Node, b: Node, *, other: bool) -> Iterator[FieldChange]:
    """What changed about `groups` and `reads`. `other`: other channels are read, however they are numbered."""
    if a.kernel is None or b.kernel is None:
        return
    settled = all(is_fixed(node) and not _searched(node) for node in (a, b))
    if settled and not other:
        return
    comparable = settled and len(a.site.axis) == len(b.site.axis)
    mine, theirs = unshared(a.kernel.groups), unshared(b.kernel.groups)
    if mine != theirs or (comparable and mine != 1):
        yield _change(a, b, "groups", (_grouped(a), _grouped(b)), verdict(mine, theirs))
    written = a.kernel.reads != b.kernel.reads
    if (written and _reading(a) != _reading(b)) or (_reading(a) == _reading(b) == "some" and (written or comparable)):
        yield _change(a, b, "reads", (_read(a), _read(b)), _became(_reading(a), _reading(b)))


def _change(a: Node, b: Node, name: str, said: tuple[str, str], became: Verdict) -> FieldChange:
    more = ", other channels" if said[0] == said[1] else ""
    return FieldChange(name, texts(a).get(name, ""), texts(b).get(name, ""), said[0], said[1] + more, became)


def _grouped(node: Node) -> str:
    """The groups of a layer in words."""
    assert node.kernel is not None
    groups = node.kernel.groups
    if isinstance(groups, Patterns):
        return patterns(connections(node))
    spec = next(spec for spec in node.op.fields if spec.name == "groups")
    value: Resolved = groups
    return said(value, spec)


def patterns(found: tuple[Pattern, ...]) -> str:
    """`2 patterns: 11 → 19, 7 → 12`: how many inputs and outputs each has, the larger first."""
    sizes = sorted(((len(one.inputs), len(one.outputs)) for one in found), reverse=True)
    number = f"{len(found)} pattern{'' if len(found) == 1 else 's'}"
    if len(found) <= SHOWN:
        return f"{number}: {', '.join(f'{read} → {made}' for read, made in sizes)}"
    (most, _), (least, _) = sizes[0], sizes[-1]
    return f"{number} of {least}{f' to {most}' if most > least else ''} inputs"


def _searched(node: Node) -> int:
    """How many positions a layer decides about, each on its own."""
    return sum(len(decision.positions) for decision in node.decisions if isinstance(decision, Subset))


def _reading(node: Node) -> Reading:
    assert node.kernel is not None
    size, searched, reads = len(node.site.axis), _searched(node), node.kernel.reads
    if searched:
        return "searched" if searched == size else "partly searched"
    return "some" if isinstance(reads, tuple) and len(set(reads)) < size else "all"


def _read(node: Node) -> str:
    """What a layer reads, in words."""
    assert node.kernel is not None
    size, reads = len(node.site.axis), node.kernel.reads
    match _reading(node):
        case "searched":
            return f"any of {size}"
        case "partly searched":
            return f"any of {_searched(node)}, and {size - _searched(node)} more"
        case "some" if isinstance(reads, tuple):
            return f"{len(set(reads))} of {size}"
        case _:
            return f"all {size}"


def _became(a: Reading, b: Reading) -> Verdict:
    open_a, open_b = "searched" in a, "searched" in b
    if open_a and open_b:
        return "narrowed" if a == "searched" else "widened"
    return "closed" if open_a else "opened" if open_b else ""
