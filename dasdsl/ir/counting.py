"""What the outcomes of decisions leave costs, counted on what is alive: the same as closing, in a part of its time.

Budgets look at thousands of neighbours of an architecture, and need the text of one; see also `counts`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from dasdsl.ir.liveness import Liveness, closed_filter, solve
from dasdsl.ir.program import Node, Program
from dasdsl.ir.selecting import select
from dasdsl.operations.core.decisions import Outcomes
from dasdsl.operations.core.kernel import Kernel
from dasdsl.operations.core.operation import Cost


def count(program: Program, outcomes: Outcomes) -> Cost:
    """Params and MACs of the architecture that the outcomes leave.

    Raises: Collapsed where its output does not depend on its input.
    """
    return sum(layers(program, outcomes).values(), Cost())


def layers(program: Program, outcomes: Outcomes) -> Mapping[str, Cost]:
    """The same for each node that costs something.

    Raises: Collapsed where the output of the network does not depend on its input.
    """
    chosen = select(program, outcomes)
    left = solve(chosen, outcomes)
    alive = {source: frozenset(channels) for source, channels in left.live.items()}
    found = {node.name: _cost(node, left, alive, outcomes) for node in chosen.nodes if node.cost != Cost()}
    return {name: cost for name, cost in found.items() if cost != Cost()}


def _cost(node: Node, left: Liveness, alive: Mapping[str, frozenset[int]], outcomes: Outcomes) -> Cost:
    if isinstance(node.op, Kernel):
        return _kernel(node, node.op, left, outcomes)
    # everything else costs the same for each feature
    features = list(zip(node.site.axis.units, node.site.axis.spreads, strict=True))
    total = sum(spread for _, spread in features)
    kept = sum(spread for (source, channel), spread in features if channel in alive[source])
    return portion(closed_filter(node, node.op, outcomes).cost(node.site), kept, total)


def portion(whole: Cost, kept: int, total: int) -> Cost:
    """What so many of all features cost where each costs the same."""
    return Cost(params=whole.params * kept // total, macs=whole.macs * kept // total)


def _kernel(node: Node, op: Kernel, left: Liveness, outcomes: Outcomes) -> Cost:
    """Connections · filter + biases, and positions · connections · filter."""
    live, sets, spreads = left.live[node.name], left.sets[node.name], node.site.axis.spreads
    outputs = Counter(id(sets[output]) for output in live)
    known = {id(sets[output]): sets[output] for output in live}
    connections = sum(number * sum(spreads[p] for p in known[key]) for key, number in outputs.items())
    weights = connections * closed_filter(node, op, outcomes).taps
    biases = len(live) if op.bias == "on" else 0
    return Cost(params=weights + biases, macs=weights * op.positions(node.site))
