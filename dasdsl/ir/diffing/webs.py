"""The channels of a network and who reads them, as a coloured graph: what stays when channels are renumbered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dasdsl.frozen import frozen

EDGES: Final = 1 << 19
"""Connections of a graph at most; larger ones are not compared."""
WORK: Final = 1 << 21
"""Connections that a comparison may look at, one as often as it is looked at."""
DEPTH: Final = 100
"""Vertices that may be told apart by trying, one after the other."""

Colours = list[int]


@frozen(slots=True)
class Web:
    """Vertices with colours, and for each vertex its neighbours, each with what connects them."""

    colours: Sequence[Hashable]
    edges: Sequence[Sequence[tuple[Hashable, int]]]

    @property
    def size(self) -> int:
        """How many connections there are, each seen from both ends."""
        return sum(len(ends) for ends in self.edges)

    def collapsed(self) -> Web:
        """Without twins: of vertices that have the same neighbours one is left, which knows how many they were."""
        signs = [
            (colour, frozenset(Counter(ends).items())) for colour, ends in zip(self.colours, self.edges, strict=True)
        ]
        counts = Counter(signs)
        first: dict[Hashable, int] = {}
        for vertex, sign in enumerate(signs):
            first.setdefault(sign, vertex)
        kept = {vertex: index for index, vertex in enumerate(first.values())}
        colours = [(self.colours[vertex], counts[signs[vertex]]) for vertex in kept]
        edges = [[(label, kept[end]) for label, end in self.edges[vertex] if end in kept] for vertex in kept]
        return Web(colours, edges)


class Undecided(Exception):
    """The two graphs are so alike that telling them apart would take too long."""


def alike(a: Web, b: Web) -> bool:
    """Whether one graph is the other with its vertices in another order.

    Colours are refined by those of the neighbours until nothing new is seen; where vertices are then still alike, one
    is told apart from the others, in every way that the other graph allows.
    Raises: Undecided.
    """
    if max(a.size, b.size) > EDGES:
        raise Undecided
    a, b = a.collapsed(), b.collapsed()
    if len(a.colours) != len(b.colours) or a.size != b.size:
        return False
    numbers: dict[Hashable, int] = {}
    ours, theirs = ([numbers.setdefault(colour, len(numbers)) for colour in web.colours] for web in (a, b))
    return _Search(a, b).same(ours, theirs)


@dataclass
class _Search:
    a: Web
    b: Web
    work: int = WORK

    def same(self, ours: Colours, theirs: Colours, depth: int = 0) -> bool:
        """Whether the graphs can be laid on one another so that colours agree."""
        refined = self.refined(ours, theirs)
        if refined is None:
            return False
        ours, theirs = refined
        if self.fits(ours, theirs):
            return True
        if depth == DEPTH:
            raise Undecided
        cells = Counter(ours)
        cell = min((colour for colour, count in cells.items() if count > 1), key=lambda colour: cells[colour])
        new = max(ours) + 1
        mine = _marked(ours, ours.index(cell), new)
        alternatives = (_marked(theirs, other, new) for other, colour in enumerate(theirs) if colour == cell)
        return any(self.same(mine, marked, depth + 1) for marked in alternatives)

    def fits(self, ours: Colours, theirs: Colours) -> bool:
        """Whether vertices of one colour, taken in their order, have the same neighbours: often it is that simple."""
        self.spend()
        places = dict(zip(_ordered(ours), _ordered(theirs), strict=True))
        return all(
            Counter((label, places[end]) for label, end in ends) == Counter(self.b.edges[places[vertex]])
            for vertex, ends in enumerate(self.a.edges)
        )

    def spend(self) -> None:
        """Look at everything once.

        Raises: Undecided where that was too often.
        """
        self.work -= self.a.size + self.b.size + len(self.a.edges)
        if self.work < 0:
            raise Undecided

    def refined(self, ours: Colours, theirs: Colours) -> tuple[Colours, Colours] | None:
        """Colours by which vertices with different neighbours differ; None where the graphs then differ."""
        while True:
            self.spend()
            numbers: dict[Hashable, int] = {}
            mine, others = _round(self.a, ours, numbers), _round(self.b, theirs, numbers)
            if Counter(mine) != Counter(others):
                return None
            if len(set(mine)) == len(set(ours)):
                return mine, others
            ours, theirs = mine, others


def _round(web: Web, colours: Colours, numbers: dict[Hashable, int]) -> Colours:
    """Each vertex by its colour and those around it."""
    signs = (
        (colour, frozenset(Counter((label, colours[end]) for label, end in ends).items()))
        for colour, ends in zip(colours, web.edges, strict=True)
    )
    return [numbers.setdefault(sign, len(numbers)) for sign in signs]


def _marked(colours: Colours, vertex: int, colour: int) -> Colours:
    return [*colours[:vertex], colour, *colours[vertex + 1 :]]


def _ordered(colours: Colours) -> list[int]:
    """Vertices by colour, those of one colour in their order."""
    return sorted(range(len(colours)), key=lambda vertex: colours[vertex])


class Weaver:
    """Puts a graph together; vertices are made when they are first named."""

    def __init__(self) -> None:
        self.where: dict[Hashable, int] = {}
        self.colours: list[Hashable] = []
        self.edges: list[list[tuple[Hashable, int]]] = []

    def vertex(self, name: Hashable, colour: Hashable) -> int:
        """The vertex of this name."""
        if name not in self.where:
            self.where[name] = len(self.colours)
            self.colours.append(colour)
            self.edges.append([])
        return self.where[name]

    def connect(self, one: int, other: int, label: Hashable) -> None:
        """A connection, seen from both ends."""
        self.edges[one].append((label, other))
        self.edges[other].append((label, one))

    def web(self, marks: Mapping[int, Iterable[Hashable]]) -> Web:
        """The graph; vertices with marks have them in their colours."""
        colours = [(colour, frozenset(marks.get(vertex, ()))) for vertex, colour in enumerate(self.colours)]
        return Web(colours, self.edges)
