"""The statements of a network as the comparison sees them: what they are, what they cost, what stands in them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from dasdsl.frozen import frozen
from dasdsl.ir.diffing.costs import NOTHING, Costs, Range
from dasdsl.ir.diffing.fields import distance, settled, unshared
from dasdsl.ir.program import Node, Program, Tree
from dasdsl.language.alignment.pieces import UNIT, Piece, Way, span
from dasdsl.language.space import Statement
from dasdsl.language.words import CALLED
from dasdsl.operations.choose import Choose
from dasdsl.operations.core.operation import Cost
from dasdsl.operations.core.selecting import Select
from dasdsl.operations.core.values import Call, Resolved
from dasdsl.operations.core.windowed import Windowed
from dasdsl.operations.identity import Identity
from dasdsl.operations.optional import Optional
from dasdsl.operations.repeat import Repeat

LABELLED: Final = 3
RELABELLED: Final = 60
"""Labels take no part, but two that differ most likely say that statements do."""
ANOTHER: Final = 130
"""What it costs to make one operation of another that is of its kind: less than to take one and add the other."""
REBUILT: Final = 70
ANOTHER_BLOCK: Final = 60
"""As names, those of blocks take no part, but statements of two blocks most likely are others."""
ELSEWHERE: Final = 30
"""Paths that start at other labels: as labels, they take no part in what differs."""
CLOSING: Final = 5
"""What it costs to decide a choice: that is what choices are there for."""
COPIES: Final = 4096
"""Copies that are looked at, all numbers of them together."""
PATH: Final = "path"


@frozen(slots=True, eq=False)
class Part:
    """A statement in its place.

    `settled` is what its fields come to, `costs` are those of the whole network. A `path` has no node, and `start` is
    the one that it starts at; nor has one of the copies of a `repeat` whose number is open. `block` is the one in whose
    use it stands, if any.
    """

    name: str
    statement: Statement
    node: Node | None
    costs: Costs
    settled: Mapping[str, Resolved]
    start: str | None = None
    body: tuple[Part, ...] = ()
    block: str | None = None

    @property
    def words(self) -> str:
        """What the statement begins with."""
        return self.statement.words

    @property
    def elsewhere(self) -> bool:
        """Whether it is a path that says where it starts."""
        return self.words == PATH and bool(self.statement.fields)

    @property
    def selects(self) -> bool:
        """Whether it leaves one of several to choose, and is gone once that is decided."""
        return self.node is not None and isinstance(self.node.op, Select)

    @property
    def zeros(self) -> Part | None:
        """The path of a choice that makes zeros, where that is all that stands in this term of a sum."""
        inner = self.body[0] if self.words == PATH and len(self.body) == 1 else self
        node = inner.node
        paths = inner.body if node is not None and isinstance(node.op, Choose) else ()
        return next((path for path in paths if path.body[-1].zero), None)

    @property
    def zero(self) -> bool:
        """Whether it makes zeros."""
        return self.node is not None and self.node.op.makes_zero

    @property
    def vanishes(self) -> bool:
        """Whether nothing may be left of it once all is decided."""
        return self.zeros is not None or (self.node is not None and isinstance(self.node.op, Optional))

    @property
    def idle(self) -> bool:
        """Whether it does nothing."""
        return self.node is not None and isinstance(self.node.op, Identity)

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
    def most(self) -> Cost:
        """What it costs at the most, without what stands in it."""
        return Cost() if self.node is None else self.node.cost

    @property
    def cost(self) -> Range:
        """What it costs without what stands in it."""
        return NOTHING if self.node is None else self.costs.of(self.node)

    @property
    def total(self) -> Range:
        """What all of it costs."""
        return sum((part.cost for part in self.all()), NOTHING)


def parts(costs: Costs) -> tuple[Part, ...]:
    """The statements of a network; the uses of blocks and the copies of repeats are written out."""
    return tuple(_Parts(costs).of(costs.program.tree, ""))


@frozen(slots=True)
class _Parts:
    """Makes parts of trees; `block` is the one in whose use they stand."""

    costs: Costs
    block: str | None = None

    def of(self, trees: tuple[Tree, ...], within: str, *, copies: bool = False) -> Iterator[Part]:
        """What stands in a block; `copies` are those of a `repeat` whose number is open."""
        for number, tree in enumerate(trees, 1):
            if tree.node is not None:
                node = self.costs.program[tree.node]
                body = tuple(self.of(tree.body, node.name, copies=isinstance(node.op, Repeat)))
                yield Part(node.name, tree.statement, node, self.costs, settled(node), None, body, self.block)
            elif tree.statement.words == PATH:
                name = f"{within}.{tree.statement.label or f'path{number}'}"
                yield self.path(tree, name, _start(self.costs.program, tree))
            elif copies:
                yield self.path(tree, f"{within}.{number}", None)
            else:
                called = tree.statement.get(CALLED.name)
                inside = replace(self, block=called.name) if isinstance(called, Call) else self
                yield from inside.of(tree.body, within)

    def path(self, tree: Tree, name: str, start: str | None) -> Part:
        """What has no node, but a block of its own."""
        return Part(name, tree.statement, None, self.costs, {}, start, tuple(self.of(tree.body, name)), self.block)


def _start(program: Program, tree: Tree) -> str | None:
    """What a path starts at: what the first statement in it reads that does not start elsewhere itself."""
    while tree.body:
        here = [inner for inner in tree.body if inner.statement.words != PATH or not inner.statement.fields]
        tree = (here or tree.body)[0]
    return program[tree.node].inputs[0] if tree.node else None


def piece(part: Part, numbers: dict[Hashable, int], *, decided: bool = False) -> Piece[Part]:
    """A statement for the alignment: its key is all that it means, but for what it is called and what it shares.

    `numbers` are those of all keys, which are compared often. `decided`: the other side has no choices, so that what
    may be absent weighs nearly nothing.
    """
    body = tuple(piece(inner, numbers, decided=decided) for inner in part.body)
    weight = CLOSING + 1 if decided and part.vanishes else UNIT + sum(inner.weight for inner in body)
    meaning = (part.words, part.elsewhere, _meaning(part), tuple(inner.key for inner in body))
    key = numbers.setdefault(meaning, len(numbers))
    paths = any(inner.words == PATH for inner in part.body)
    ways = tuple(_ways(part, body))
    anchor = (part.statement.label, part.words) if part.statement.label else None
    if not part.selects:
        return Piece(part, key, weight, body, paths, ways, anchor=anchor, kind=part.words)
    spans = [(1, 1), *(span(way.body) for way in ways)]
    among = min(least for least, _ in spans), max(most for _, most in spans)
    return Piece(part, key, weight, body, paths, ways, CLOSING, among, anchor, part.words, choice=True)


def _ways(part: Part, body: tuple[Piece[Part], ...]) -> Iterator[Way[Part]]:
    """What may stand in the place of a block."""
    match part.node.op if part.node else None:
        case Repeat(counts=counts) if sum(counts) <= COPIES:
            for number, count in enumerate(counts):
                yield Way(number, tuple(inner for copy in body[:count] for inner in copy.body))
        case Optional():
            yield from (Way(0, body), Way(1, ()))
        case Choose():
            for number, path in enumerate(body):
                yield Way(number, path.body)
                if [inner.what.words for inner in path.body] == [Identity.words]:
                    yield Way(number, ())
        case None:
            pass
        case _ if any(inner.what.words == PATH for inner in body):
            yield from (Way(number, path.body) for number, path in enumerate(body))
        case _ if body:
            yield Way(0, body)
        case _:
            pass


def _meaning(part: Part) -> Hashable:
    kernel = part.node.kernel if part.node else None
    return tuple(part.settled.items()), (unshared(kernel.groups), kernel.reads) if kernel else None


def change(a: Part, b: Part) -> int | None:
    """What it costs to make one statement of another, without their blocks."""
    mine, theirs = a.statement.label, b.statement.label
    relabelled = 0 if mine == theirs else RELABELLED if mine and theirs else LABELLED
    relabelled += ANOTHER_BLOCK if a.block and b.block and a.block != b.block else 0
    if a.words != b.words:
        return _another(a, b)
    if a.elsewhere and b.elsewhere and a.statement.fields != b.statement.fields:
        return relabelled + ELSEWHERE
    return relabelled + distance(a.settled, b.settled)


def _another(a: Part, b: Part) -> int | None:
    """Other operations have something in common where both open a block, or where both do the same to shapes."""
    if a.node is None or b.node is None or a.selects != b.selects:
        return None
    if a.body and b.body:
        return REBUILT
    return ANOTHER if _kind(a.node) == _kind(b.node) else None


def _kind(node: Node) -> tuple[bool, bool, bool, bool]:
    """Whether it has a kernel, a filter, weights; whether it leaves the shape as it is."""
    return node.kernel is not None, isinstance(node.op, Windowed), node.cost.params > 0, node.shape == node.site.shape
