"""Choices that statements make together: on one side the same, on the other each its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from dasdsl.frozen import frozen
from dasdsl.ir.diffing.fields import FieldChange, texts
from dasdsl.ir.diffing.wiring import Pairs
from dasdsl.ir.diffing.wording import options
from dasdsl.ir.program import Node
from dasdsl.operations.core.selecting import Select
from dasdsl.operations.core.values import Options

OWN: Final = "its own"


@frozen(slots=True)
class Chosen:
    """A place where one decision is made between some options: the field, and what the decision is called."""

    field: str
    values: tuple[int | tuple[int, ...], ...]
    name: str
    said: str


def shared(pairs: Pairs) -> Mapping[str, tuple[FieldChange, ...]]:
    """For each node of the first side the choices that it makes together with others than on the second side.

    What decisions are called takes no part: only which places make one.
    """
    forth: dict[str, str] = {}
    back: dict[str, str] = {}
    found: dict[str, tuple[FieldChange, ...]] = {}
    for a, b in pairs.nodes:
        changed: dict[str, FieldChange] = {}
        for one, other in _choices(a, b):
            if (forth.setdefault(one.name, other.name), back.setdefault(other.name, one.name)) != (
                other.name,
                one.name,
            ):
                written = texts(a).get(one.field, ""), texts(b).get(one.field, "")
                changed[one.field] = FieldChange(one.field, *written, one.said, other.said)
        found[a.name] = tuple(changed.values())
    return found


def _choices(a: Node, b: Node) -> Iterator[tuple[Chosen, Chosen]]:
    """The choices between the same options that two nodes make at the same places."""
    theirs = {(place, one.values): one for place, one in _places(b)}
    for place, one in _places(a):
        if (place, one.values) in theirs:
            yield one, theirs[place, one.values]


def _places(node: Node) -> Iterator[tuple[str, Chosen]]:
    """The places of a node where something is chosen: its fields, and for a choice of branches itself."""
    for spec in node.op.fields:
        value = getattr(node.op, spec.name)
        for index, item in enumerate(value if isinstance(value, tuple) else (value,)):
            if isinstance(item, Options):
                place = f"{spec.name}.{index}"
                name = item.shared or f"{node.site.key}.{place}"
                yield place, Chosen(spec.name, item.values, name, f"{options(item.values)} ({item.shared or OWN})")
    if isinstance(node.op, Select) and not node.op.fields:
        decision = node.op.decision(node.site)
        own = decision.name.startswith(f"{node.name}.")
        yield "", Chosen("choice", decision.options, decision.name, f"({OWN if own else decision.name})")
