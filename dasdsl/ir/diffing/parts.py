"""The statements of a network as the comparison sees them: what they are, what they cost, what stands in them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from dasdsl.ir.closing import close
from dasdsl.ir.diffing.fields import distance, settled, unshared
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.extremes import smallest
from dasdsl.ir.program import Node, Program, Tree
from dasdsl.language.alignment.pieces import UNIT, Piece
from dasdsl.language.space import Statement
from dasdsl.operations.core.operation import Cost
from dasdsl.operations.core.values import Resolved
from dasdsl.operations.core.windowed import Windowed

LABELLED: Final = 3
RELABELLED: Final = 60
"""Labels take no part, but two that differ most likely say that statements do."""
ANOTHER: Final = 130
"""What it costs to make one operation of another that is of its kind: less than to take one and add the other."""
REBUILT: Final = 70


@dataclass(frozen=True, slots=True)
class Range:
    """What something costs: at the least, and at the most."""

    least: Cost
    most: Cost

    def __add__(self, other: Range) -> Range:
        return Range(self.least + other.least, self.most + other.most)


NOTHING: Final = Range(Cost(), Cost())


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A statement in its place.

    `settled` is what its fields come to. A `path` has no node; `start` is the one that it starts at.
    """

    name: str
    statement: Statement
    node: Node | None
    cost: Range
    settled: Mapping[str, Resolved]
    start: str | None = None
    body: tuple[Part, ...] = ()

    @property
    def words(self) -> str:
        """What the statement begins with."""
        return self.statement.words

    @property
    def elsewhere(self) -> bool:
        """Whether it is a path that says where it starts."""
        return self.node is None and bool(self.statement.fields)

    @property
    def line(self) -> int:
        """Where it stands."""
        return self.statement.span.line

    def all(self) -> Iterator[Part]:
        """Itself, and all that stands in it."""
        yield self
        for part in self.body:
            yield from part.all()

    @property
    def total(self) -> Range:
        """What all of it costs."""
        return sum((part.cost for part in self.all()), NOTHING)


def parts(program: Program) -> tuple[Part, ...]:
    """The statements of a network."""
    least = _least(program)
    return tuple(_part(program, tree, tree.node or "", least) for tree in program.tree)


def _least(program: Program) -> Mapping[str, Cost]:
    """What each node costs in the smallest architecture; those that it does not have are left out."""
    if not program.decisions:
        return {node.name: node.cost for node in program.nodes}
    closing = close(program, smallest(program))
    return dict(zip(closing.nodes, (node.cost for node in elaborate(closing.space).nodes), strict=True))


def _part(program: Program, tree: Tree, name: str, least: Mapping[str, Cost]) -> Part:
    body = tuple(
        _part(program, inner, inner.node or f"{name}.{inner.statement.label or f'path{number}'}", least)
        for number, inner in enumerate(tree.body, 1)
    )
    if tree.node is None:
        return Part(name, tree.statement, None, NOTHING, {}, _start(program, tree), body)
    node = program[tree.node]
    return Part(name, tree.statement, node, Range(least.get(node.name, Cost()), node.cost), settled(node), None, body)


def _start(program: Program, tree: Tree) -> str | None:
    """What a path starts at: what the first statement in it reads that does not start elsewhere itself."""
    while tree.body:
        here = [inner for inner in tree.body if inner.node is not None or not inner.statement.fields]
        tree = (here or tree.body)[0]
    return program[tree.node].inputs[0] if tree.node else None


def piece(part: Part) -> Piece[Part]:
    """A statement for the alignment: its key is all that it means, but for what it is called and what it shares."""
    body = tuple(piece(inner) for inner in part.body)
    weight = UNIT + sum(inner.weight for inner in body)
    key = (part.words, part.elsewhere, _meaning(part), tuple(inner.key for inner in body))
    return Piece(part, key, weight, body, paths=any(inner.node is None for inner in part.body))


def _meaning(part: Part) -> Hashable:
    kernel = part.node.kernel if part.node else None
    return tuple(part.settled.items()), (unshared(kernel.groups), kernel.reads) if kernel else None


def change(a: Part, b: Part) -> int | None:
    """What it costs to make one statement of another, without their blocks."""
    mine, theirs = a.statement.label, b.statement.label
    relabelled = 0 if mine == theirs else RELABELLED if mine and theirs else LABELLED
    if a.words != b.words:
        return _another(a, b)
    return relabelled + distance(a.settled, b.settled)


def _another(a: Part, b: Part) -> int | None:
    """Other operations have something in common where both open a block, or where both do the same to shapes."""
    if a.node is None or b.node is None:
        return None
    if a.body and b.body:
        return REBUILT
    return ANOTHER if _kind(a.node) == _kind(b.node) else None


def _kind(node: Node) -> tuple[bool, bool, bool, bool]:
    """Whether it has a kernel, a filter, weights; whether it leaves the shape as it is."""
    return node.kernel is not None, isinstance(node.op, Windowed), node.cost.params > 0, node.shape == node.site.shape
