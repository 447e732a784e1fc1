"""A program without what its choices decide against."""

from __future__ import annotations

from dasdsl.ir.assembling import assemble
from dasdsl.ir.placing import Placing
from dasdsl.ir.program import Program
from dasdsl.operations.core.decisions import Outcomes
from dasdsl.operations.core.selecting import Select


def select(program: Program, outcomes: Outcomes) -> Program:
    """The program without what the outcomes decide against.

    Of choices between branches or depths only those are left that the outcomes do not name. Nodes, sources and
    decisions are called what they were, and what was pinned still is.
    """
    if not any(isinstance(node.op, Select) or node.op.makes_zero for node in program.nodes):
        return program
    placing = Placing(program.space, outcomes)
    tree = placing.run()
    assert not placing.problems, placing.problems
    return assemble(program.space, placing.placed, tree, within=program)[0]
