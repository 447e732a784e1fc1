"""How much a decision weighs where a cost is named: what the layers cost that it is made in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import fsum

from dasdsl.ir.program import Node, Program
from dasdsl.language.amounts import CostName


def weights(program: Program, decisions: Sequence[Collection[str]], cost: CostName) -> list[float]:
    """A weight for each of these sets of decisions, 1 in the mean: the root of what their layers cost at their largest.

    In proportion to the cost itself the layers that are cheap would never become smaller. For `both` it is the mean of
    the weights by params and by MACs; for `layers`, and where nothing costs anything, all are 1.
    """
    if cost == "layers" or not decisions:
        return [1.0] * len(decisions)
    if cost == "both":
        pairs = zip(weights(program, decisions, "params"), weights(program, decisions, "macs"), strict=True)
        return [(params + macs) / 2 for params, macs in pairs]
    made: dict[str, list[Node]] = {}
    for node in program.nodes:
        for decision in node.decisions:
            made.setdefault(decision.name, []).append(node)
    layers = [{node.name: node.cost for name in names for node in made.get(name, ())} for names in decisions]
    roots = [sum(getattr(own, cost) for own in costs.values()) ** 0.5 for costs in layers]
    mean = fsum(roots) / len(roots)
    return [root / mean for root in roots] if mean else [1.0] * len(decisions)
