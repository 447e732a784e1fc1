"""What is known of the network line by line: shapes, what is open, and what the line costs, which takes time to count.

Of a broken text the statements above the first error are known, without costs where they do not end in a network.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from dasdsl.diagnostics import DasError
from dasdsl.frozen import frozen
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.extremes import largest, smallest
from dasdsl.ir.facts import Extreme
from dasdsl.ir.placing import Placing
from dasdsl.ir.program import Node, Program, Tree
from dasdsl.language.reading import examine
from dasdsl.language.space import Space
from dasdsl.lsp.documents import Document
from dasdsl.operations.core.axes import Shape
from dasdsl.operations.core.decisions import Assignment, Decision, OneOf, Subset
from dasdsl.operations.core.operation import Cost


@frozen(slots=True)
class Facts:
    """What one line makes: from which shape to which, each way that there is, by which nodes; and what is open in it.

    A line in a block that is used several times makes several things.
    """

    shapes: tuple[tuple[Shape, Shape], ...]
    nodes: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = ()


Costs = Mapping[int, tuple[Cost, Cost]]
"""What each line costs in the smallest and in the largest architecture, all its uses together."""


@lru_cache(maxsize=16)
def facts_of(document: Document) -> Mapping[int, Facts]:
    """The facts of each line that has some."""
    space, _ = examine(document.source, document.path)
    if space is None or not space.body:
        return {}
    try:
        return of_program(elaborate(space))
    except DasError:
        return of_places(space)


def costs_of(document: Document) -> Costs:
    """The costs of each line; none where the text is no network."""
    space, _ = examine(document.source, document.path)
    try:
        program = None if space is None or not space.body else elaborate(space)
    except DasError:
        program = None
    if program is None:
        return {}
    least, most = Extreme.of(program, smallest), Extreme.of(program, largest)
    return {line: (cost(least, found.nodes), cost(most, found.nodes)) for line, found in of_program(program).items()}


def of_places(space: Space) -> Mapping[int, Facts]:
    """The shapes of a space that is no network."""
    placing = Placing(space)
    placing.run()
    found: dict[int, dict[tuple[Shape, Shape], None]] = {}
    for placed in placing.placed:
        found.setdefault(placed.statement.span.line, {})[placed.site.shape, placed.shape] = None
    return {line: Facts(tuple(shapes)) for line, shapes in found.items()}


def of_program(program: Program) -> Mapping[int, Facts]:
    """The facts of a network."""
    uses: dict[int, list[tuple[Node, ...]]] = {}
    for tree in program.tree:
        for line, nodes in by_line(program, tree):
            uses.setdefault(line, []).append(nodes)
    return {line: facts(several) for line, several in uses.items()}


def by_line(program: Program, tree: Tree) -> Iterator[tuple[int, tuple[Node, ...]]]:
    """The nodes of each statement, those of its block too; a line belongs to the first statement on it."""
    line = tree.statement.span.line
    nodes = tuple(nodes_of(program, tree))
    if nodes:
        yield line, nodes
    for inner in tree.body:
        yield from (found for found in by_line(program, inner) if found[0] != line)


def nodes_of(program: Program, tree: Tree) -> Iterator[Node]:
    """The nodes of a statement and its block, in their order."""
    for inner in tree.body:
        yield from nodes_of(program, inner)
    if tree.node is not None:
        yield program[tree.node]


def facts(uses: Iterable[tuple[Node, ...]]) -> Facts:
    """The facts of all uses of one line."""
    shapes = {(nodes[0].site.shape, nodes[-1].shape): None for nodes in uses}
    nodes = {node.name: node for several in uses for node in several}
    decisions = {decision.name: decision for node in nodes.values() for decision in node.decisions}
    return Facts(tuple(shapes), tuple(nodes), tuple(decisions.values()))


def cost(extreme: Extreme, nodes: Iterable[str]) -> Cost:
    """What nodes cost together in an extreme architecture."""
    return sum((Cost(*extreme.nodes[name]) for name in nodes), Cost())


def told(decision: Decision) -> str:
    """What is open, and how many ways there are: `conv1.filters.height: 1 of 5`."""
    match decision:
        case OneOf(name=name, options=options):
            return f"`{name}`: 1 of {len(options)}"
        case Subset(name=name, positions=positions):
            return f"`{name}`: any of {len(positions)} channels"
        case Assignment(name=name, inputs=inputs, patterns=patterns, outputs=outputs):
            return f"`{name}`: at most {patterns} patterns of {inputs} channels for {outputs} outputs"
