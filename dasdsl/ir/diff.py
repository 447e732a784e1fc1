"""What differs between two networks, statement by statement, with what it costs."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping

from dasdsl.diagnostics import each
from dasdsl.ir.diffing.costs import Costs
from dasdsl.ir.diffing.definitions import redefined
from dasdsl.ir.diffing.difference import Change, Difference, Layer
from dasdsl.ir.diffing.ends import end_of, ends
from dasdsl.ir.diffing.layers import Context, layers
from dasdsl.ir.diffing.moves import Matches, Move, moves
from dasdsl.ir.diffing.parts import change, parts, piece
from dasdsl.ir.diffing.sharing import shared
from dasdsl.ir.diffing.wiring import Pairs, Wiring, compared
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.program import INPUT, Node
from dasdsl.language.alignment.trees import Trees
from dasdsl.language.space import Space

__all__ = ["Change", "Difference", "Layer", "diff"]


def diff(a: Space, b: Space) -> Difference:
    """Compare two networks: statements are aligned by what they are and where they stand, not by line.

    What is only written in another way takes no part: labels, names, comments, the order of fields, and how hidden
    channels are numbered.
    Raises: DasError where one of them is not valid, with the problems of both.
    """
    one, other = each(elaborate, (a, b))
    ours, theirs = Costs(one), Costs(other)
    numbers: dict[Hashable, int] = {}
    mine, its = (
        tuple(piece(part, numbers, decided=not beside.chooses) for part in parts(costs))
        for costs, beside in ((ours, theirs), (theirs, ours))
    )
    matches = Trees(change, freely=True).align(mine, its)
    moved = moves(matches)
    pairs = Pairs(one, other, [*_matched(matches), *_moved(moved.values())])
    wiring = compared(pairs)
    outputs = ends(matches, new=False), ends(matches, new=True)
    found = tuple(layers(matches, Context(pairs.same, outputs, moved, wiring.rewired, shared(pairs))))
    header = [*_input(a, b), *redefined(a, b, found)]
    if not header and not any(layer.changes for layer in found):
        header += _elsewhere(pairs, outputs, wiring)
    # networks that do not differ cost the same, and the smallest takes time to find
    last = theirs if header or any(layer.changes for layer in found) else ours
    costs = (ours.largest, last.largest, ours.smallest, last.smallest)
    return Difference(*costs, found, tuple(header), wiring.renumbered, wiring.undecided)


def _matched(matches: Matches) -> Iterator[tuple[Node, Node]]:
    """The nodes that belong together."""
    for match in matches:
        if match.a is not None and match.b is not None and match.a.node is not None and match.b.node is not None:
            yield match.a.node, match.b.node
        yield from _matched(match.body)


def _moved(moved: Iterable[Move]) -> Iterator[tuple[Node, Node]]:
    """The nodes of statements that stand elsewhere."""
    for move in dict.fromkeys(moved):
        for a, b in zip(move.a.part.all(), move.b.part.all(), strict=True):
            if a.node is not None and b.node is not None:
                yield a.node, b.node


def _input(a: Space, b: Space) -> Iterator[Change]:
    if a.input != b.input:
        one, other = ("x".join(map(str, space.input)) for space in (a, b))
        yield Change(INPUT, INPUT, one, other)


def _elsewhere(pairs: Pairs, outputs: tuple[Mapping[str, str], Mapping[str, str]], wiring: Wiring) -> Iterator[Change]:
    """What no statement tells by itself: what is read by whom, and the order of the network's outputs."""
    for a, b in pairs.nodes:
        mine = sorted(pairs.same.get(end_of(name, outputs[0]), "") for name in a.inputs)
        if mine != sorted(end_of(name, outputs[1]) for name in b.inputs):
            yield Change(b.name, "from", ", ".join(a.inputs), ", ".join(b.inputs))
    if not wiring.same:
        names = pairs.a.output.name, pairs.b.output.name
        said = ("in this order", "perhaps in another order" if wiring.undecided else "in another order")
        yield Change(names[1], "channels", *names, *said)
