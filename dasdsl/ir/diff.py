"""What differs between two networks, layer by layer, with what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.program import INPUT, Node, Program
from dasdsl.language.space import Space
from dasdsl.language.writing import written_fields
from dasdsl.language.written import spell
from dasdsl.operations.core.operation import Cost


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs: in which layer, what about it, and how it reads on both sides ("" where it is absent)."""

    layer: str
    what: str
    a: str
    b: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between `a` and `b`, and what both cost at their largest."""

    changes: tuple[Change, ...]
    a: Cost
    b: Cost

    @property
    def equal(self) -> bool:
        """Whether both are the same network, whatever their headers tell of where they come from."""
        return not self.changes


def diff(a: Space, b: Space) -> Difference:
    """Compare two networks; layers are aligned by what they are, not by line. Labels take no part.

    Raises: DasError where one of them is not valid.
    """
    one, other = elaborate(a), elaborate(b)
    changes: list[Change] = []
    if a.input != b.input:
        changes.append(Change("input", "input", _shape(a.input), _shape(b.input)))
    pairs = _aligned(one, other)
    same = {INPUT: INPUT} | {left.name: right.name for left, right in pairs if left and right}
    for left, right in pairs:
        changes += _changes(left, right)
        if left and right:
            changes += _rewired(left, right, same)
    return Difference(tuple(changes), one.cost, other.cost)


def _rewired(left: Node, right: Node, same: Mapping[str, str]) -> list[Change]:
    """Where a layer that is on both sides reads from others; what was removed or added is a change of its own."""
    known = all(name in same for name in left.inputs) and all(name in same.values() for name in right.inputs)
    if not known or tuple(same[name] for name in left.inputs) == right.inputs:
        return []
    return [Change(right.name, "from", ", ".join(left.inputs), ", ".join(right.inputs))]


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(str(size) for size in shape)


def _aligned(one: Program, other: Program) -> list[tuple[Node | None, Node | None]]:
    """Layers side by side: equal statements first, then the same operations, else removed and added."""
    pairs: list[tuple[Node | None, Node | None]] = []
    lefts, rights = [_text(node) for node in one.nodes], [_text(node) for node in other.nodes]
    for tag, i, j, k, l in SequenceMatcher(None, lefts, rights, autojunk=False).get_opcodes():
        left, right = one.nodes[i:j], other.nodes[k:l]
        pairs += zip(left, right, strict=True) if tag == "equal" else _by_operation(left, right)
    return pairs


def _by_operation(left: tuple[Node, ...], right: tuple[Node, ...]) -> list[tuple[Node | None, Node | None]]:
    pairs: list[tuple[Node | None, Node | None]] = []
    words = [node.op.words for node in left], [node.op.words for node in right]
    for tag, i, j, k, l in SequenceMatcher(None, *words, autojunk=False).get_opcodes():
        if tag == "equal":
            pairs += zip(left[i:j], right[k:l], strict=True)
        else:
            pairs += [(node, None) for node in left[i:j]] + [(None, node) for node in right[k:l]]
    return pairs


def _text(node: Node) -> str:
    return " ".join([node.op.words, *(f"{name} {text}" for name, text in _fields(node).items())])


def _fields(node: Node) -> dict[str, str]:
    """The fields as they print, defaults left out and names replaced by what they stand for."""
    values = {spec.name: getattr(node.op, spec.name) for spec in node.op.fields}
    return {name: spell(value) for name, value in written_fields(node.op.words, values)}


def _changes(left: Node | None, right: Node | None) -> list[Change]:
    if left is None or right is None:
        node = left or right
        assert node is not None
        text = _text(node)
        return [Change(node.name, "removed", text, "") if left else Change(node.name, "added", "", text)]
    one, other = _fields(left), _fields(right)
    names = dict.fromkeys([*one, *other])
    return [
        Change(right.name, name, one.get(name, ""), other.get(name, ""))
        for name in names
        if one.get(name) != other.get(name)
    ]
