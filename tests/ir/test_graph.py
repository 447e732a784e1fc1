"""The public view: a networkx graph with facts on its nodes."""

from __future__ import annotations

import networkx as nx
import pytest

import dasdsl
from dasdsl.ir.graph import program_of
from tests.ir.texts import program, space

BODY = "stem = conv filters <1..3>x3 channels<=8\nrelu\nflatten\nlinear channels 2"


def test_nodes_have_shapes_costs_and_decisions() -> None:
    graph = dasdsl.build(space(BODY))
    assert nx.is_directed_acyclic_graph(graph)
    assert list(nx.topological_sort(graph)) == ["input", "stem", "relu1", "flatten1", "linear1"]
    assert graph.nodes["stem"] == {
        "op": "conv",
        "shape": (8, 8, 8),
        "params": 296,
        "macs": 288 * 64,
        "decisions": ("stem.filters.height",),
        "line": 6,
    }
    assert graph.nodes["linear1"]["decisions"] == ("linear1.reads",)
    assert graph.nodes["input"]["shape"] == (4, 8, 8)


def test_a_program_is_had_from_each_form() -> None:
    found = space(BODY)
    assert program_of(found).nodes == program_of(dasdsl.build(found)).nodes
    made = program(BODY)
    assert program_of(made) is made


def test_any_other_graph_is_refused() -> None:
    with pytest.raises(TypeError, match=r"dasdsl\.build"):
        program_of(nx.DiGraph())
