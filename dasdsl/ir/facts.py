"""What `dasdsl compile --json` says about a space: plain JSON values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dasdsl.ir.branching import Measure, by_macs, by_params
from dasdsl.ir.closing import close
from dasdsl.ir.extremes import largest, smallest
from dasdsl.ir.program import Program, exact, magnitude
from dasdsl.operations.core.decisions import Assignment, Decision, OneOf, Outcomes, Subset
from dasdsl.operations.core.operation import Cost


def cost_facts(cost: Cost) -> dict[str, int]:
    """`params` and `macs`."""
    return {"params": cost.params, "macs": cost.macs}


def decision_facts(decision: Decision, line: int) -> dict[str, Any]:
    """A decision's name, kind and options; for subsets and patterns `options` says how many of what there are."""
    options: list[Any] | dict[str, int]
    match decision:
        case OneOf(role=role, options=choices):
            kind, options = role, [option if isinstance(option, int) else list(option) for option in choices]
        case Subset(positions=positions):
            kind, options = "subset", {"channels": len(positions)}
        case Assignment(inputs=inputs, patterns=patterns, outputs=outputs):
            kind, options = "patterns", {"inputs": inputs, "patterns": patterns, "outputs": outputs}
    return {"name": decision.name, "kind": kind, "options": options, "line": line, "size": exact(decision.size)}


def extreme_facts(program: Program, extreme: Callable[[Program, Measure], Outcomes]) -> dict[str, int]:
    """The params and the MACs of an extreme architecture; where branches differ in both, each of its own."""
    first, other = extreme(program, by_params), extreme(program, by_macs)
    cost = close(program, first).cost
    return {"params": cost.params, "macs": (cost if other == first else close(program, other).cost).macs}


def facts(program: Program) -> dict[str, Any]:
    """Everything `compile` prints; `size` is the exact integer as a string."""
    header, lines = program.space.header, program.lines
    return {
        "space": header.name,
        "input": "x".join(str(size) for size in header.input),
        "size": exact(program.size),
        "size_log10": magnitude(program.size),
        "smallest": extreme_facts(program, smallest),
        "largest": extreme_facts(program, largest),
        "decisions": [decision_facts(decision, lines[decision.name]) for decision in program.decisions],
        "nodes": [
            {
                "name": node.name,
                "op": node.op.words,
                "reads": list(node.inputs),
                "decisions": [decision.name for decision in node.decisions],
                "shape": list(node.shape),
                **cost_facts(node.cost),
                "line": node.line,
            }
            for node in program.nodes
        ],
    }
