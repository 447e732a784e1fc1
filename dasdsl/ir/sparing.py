"""Which layers of the smallest architecture must read something: a chain of them from the input to the output.

Beside that chain, in the other branches of sums, a layer that reads nothing costs least: it keeps one connection.
"""

from __future__ import annotations

from math import prod

from dasdsl.ir.branching import Measure
from dasdsl.ir.program import INPUT, Node, Program
from dasdsl.operations.core.decisions import Assignment, Outcomes, Subset
from dasdsl.operations.core.operation import Cost
from dasdsl.operations.core.values import UpTo
from dasdsl.operations.core.windowed import Windowed


def spine(program: Program, outcomes: Outcomes, measure: Measure) -> frozenset[str]:
    """The nodes of the chain from the input to the output that costs least to keep; all nodes where there is none."""
    best: dict[str, tuple[int, int]] = {INPUT: (0, 0)}
    came: dict[str, str] = {}
    for node in program.nodes:
        reached = [name for name in node.inputs if name in best]
        if reached and not node.op.makes_zero:
            before = min(reached, key=best.__getitem__)
            more = measure(_spared(node, outcomes))
            best[node.name] = (best[before][0] + more[0], best[before][1] + more[1])
            came[node.name] = before
    if program.output.name not in came:
        return frozenset(node.name for node in program.nodes)
    found: set[str] = set()
    name = program.output.name
    while name != INPUT:
        found.add(name)
        name = came[name]
    return frozenset(found)


def _spared(node: Node, outcomes: Outcomes) -> Cost:
    """What a layer costs less where it reads nothing instead of one channel: all connections but one."""
    kernel = node.kernel
    if kernel is None or not any(one_read(decision) for decision in node.decisions):
        return Cost()
    made = 1 if isinstance(kernel.channels, UpTo) and not node.site.pinned else kernel.outputs
    taps = kernel.chosen(node.site, outcomes).taps if isinstance(kernel, Windowed) else 1
    weights = (made - 1) * taps * min(node.site.axis.spreads)
    return Cost(weights, weights * prod(node.shape[1:]))


def one_read(decision: object) -> bool:
    """Whether a decision on what is read gives all outputs the same."""
    return isinstance(decision, Subset) or (isinstance(decision, Assignment) and decision.patterns == 1)
