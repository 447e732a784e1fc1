"""Choices that statements make together: on one side the same, on the other each its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dasdsl.ir.diffing.fields import FieldChange, texts
from dasdsl.ir.diffing.wiring import Pairs
from dasdsl.ir.diffing.wording import options
from dasdsl.ir.program import Node
from dasdsl.operations.core.values import Options


@dataclass(frozen=True, slots=True)
class Chosen:
    """A value between whose options one decision is made; it is called after its place where it is not shared."""

    field: str
    value: Options
    name: str

    @property
    def said(self) -> str:
        """Its options, and what the decision is called."""
        return f"{options(self.value.values)} ({self.value.shared or 'its own'})"


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
    theirs = {(place, one.value.values): one for place, one in _places(b)}
    for place, one in _places(a):
        if (place, one.value.values) in theirs:
            yield one, theirs[place, one.value.values]


def _places(node: Node) -> Iterator[tuple[str, Chosen]]:
    for spec in node.op.fields:
        value = getattr(node.op, spec.name)
        for index, item in enumerate(value if isinstance(value, tuple) else (value,)):
            if isinstance(item, Options):
                place = f"{spec.name}.{index}"
                yield place, Chosen(spec.name, item, item.shared or f"{node.name}.{place}")
