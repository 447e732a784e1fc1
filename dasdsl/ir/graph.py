"""The public view of a program: a `networkx.DiGraph` with shapes, decisions and costs on its nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.program import INPUT, Program
from dasdsl.language.space import Space

if TYPE_CHECKING:
    import networkx as nx

Graph: TypeAlias = "nx.DiGraph[str]"


def build(space: Space) -> Graph:
    """Space → directed acyclic graph.

    Each node has `op` (its words), `shape` (channels first, at the largest), `params`, `macs`, `decisions` (names) and
    `line`; `graph.graph["program"]` is the whole Program, which `lower` reads.
    Raises: DasError with every problem of the space.
    """
    import networkx as nx

    program = elaborate(space)
    graph: Graph = nx.DiGraph(program=program)
    graph.add_node(INPUT, op=INPUT, shape=space.header.input, params=0, macs=0, decisions=(), line=None)
    for node in program.nodes:
        graph.add_node(
            node.name,
            op=node.op.words,
            shape=node.shape,
            params=node.cost.params,
            macs=node.cost.macs,
            decisions=tuple(decision.name for decision in node.decisions),
            line=node.line,
        )
        graph.add_edges_from((read, node.name) for read in node.inputs)
    return graph


def program_of(graph: Graph | Program | Space) -> Program:
    """The program behind a graph (or a space, or itself)."""
    if isinstance(graph, Program):
        return graph
    if isinstance(graph, Space):
        return elaborate(graph)
    facts: dict[str, Any] = graph.graph
    program = facts.get("program")
    if not isinstance(program, Program):
        raise TypeError("this graph was not made by dasdsl.build")
    return program
