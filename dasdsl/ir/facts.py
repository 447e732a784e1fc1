"""What `dasdsl compile --json` says about a space: plain JSON values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self

from dasdsl.frozen import frozen
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


@frozen
class Extreme:
    """An extreme of a space: where branches differ in both, params and MACs are each of an architecture of their own.

    `nodes` holds the params and the MACs of each node that is left, `total` those of the whole.
    """

    nodes: Mapping[str, tuple[int, int]]
    total: tuple[int, int]

    @classmethod
    def of(cls, program: Program, extreme: Callable[[Program, Measure], Outcomes]) -> Self:
        """The extreme that `largest` or `smallest` finds."""
        first, other = extreme(program, by_params), extreme(program, by_macs)
        params = close(program, first).costs
        macs = params if other == first else close(program, other).costs
        nothing = Cost()
        nodes = {
            node.name: (params.get(node.name, nothing).params, macs.get(node.name, nothing).macs)
            for node in program.nodes
        }
        return cls(nodes, (sum(a for a, _ in nodes.values()), sum(b for _, b in nodes.values())))

    def facts(self, node: str | None = None) -> dict[str, int]:
        """`params` and `macs` of a node, or of all."""
        params, macs = self.total if node is None else self.nodes[node]
        return {"params": params, "macs": macs}


def facts(program: Program) -> dict[str, Any]:
    """Everything `compile` prints; `size` is the exact integer as a string."""
    header, lines = program.space.header, program.lines
    least = Extreme.of(program, smallest)
    most = Extreme.of(program, largest) if program.decisions else least
    return {
        "space": header.name,
        "input": "x".join(str(size) for size in header.input),
        "size": exact(program.size),
        "size_log10": magnitude(program.size),
        "smallest": least.facts(),
        "largest": most.facts(),
        "decisions": [decision_facts(decision, lines[decision.name]) for decision in program.decisions],
        "nodes": [
            {
                "name": node.name,
                "op": node.op.words,
                "reads": list(node.inputs),
                "decisions": [decision.name for decision in node.decisions],
                "shape": list(node.shape),
                **cost_facts(node.cost),
                "smallest": least.facts(node.name),
                "line": node.line,
            }
            for node in program.nodes
        ],
    }
