"""What each option of a choice between branches or depths costs, and whether the network still reads its input."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from types import MappingProxyType
from typing import Any

from dasdsl.ir.program import INPUT, Node, Program, Tree
from dasdsl.operations.core.operation import Cost
from dasdsl.operations.core.selecting import Select
from dasdsl.operations.optional import Optional
from dasdsl.operations.repeat import Repeat

Measure = Callable[[Cost], tuple[int, int]]
Best = Callable[..., Any]


def by_params(cost: Cost) -> tuple[int, int]:
    """Params first."""
    return cost.params, cost.macs


def by_macs(cost: Cost) -> tuple[int, int]:
    """MACs first."""
    return cost.macs, cost.params


@dataclass
class Branches:
    """Walks over the tree of a program, adding up costs; `costs` are those of each decision's options.

    Where choices stand in each other, an inner one counts as its best option. A decision that is shared adds up all
    the places where it is made.
    """

    program: Program
    cost: Callable[[Node], Cost]
    best: Best
    measure: Measure
    made: Mapping[str, int] = field(default_factory=dict[str, int])
    """Choices that are made already: they count as what they are."""
    costs: dict[str, list[Cost]] = field(default_factory=dict[str, list[Cost]])

    def run(self) -> Branches:
        """Find the costs of the options of every choice."""
        if any(isinstance(node.op, Select) for node in self.program.nodes):
            self.total(self.program.tree)
        return self

    def picked(self, among: Mapping[str, Sequence[int]] = MappingProxyType({})) -> dict[str, int]:
        """The best option of every choice, or of some of its options; of equal ones the first."""
        out: dict[str, int] = {}
        for name, options in self.costs.items():
            indices = among.get(name) or range(len(options))
            out[name] = self.best(indices, key=lambda index, of=options: self.measure(of[index]))
        return out

    def total(self, trees: tuple[Tree, ...]) -> Cost:
        """What trees cost together."""
        params = macs = 0
        for tree in trees:
            cost = self.tree(tree)
            params, macs = params + cost.params, macs + cost.macs
        return Cost(params, macs)

    def tree(self, tree: Tree) -> Cost:
        """What one tree costs."""
        node = None if tree.node is None else self.program[tree.node]
        if node is None or not isinstance(node.op, Select):
            if node is None:
                return self.total(tree.body)
            return self.total(tree.body) + self.cost(node) if tree.body else self.cost(node)
        options = self.options(node.op, tree)
        (decision,) = node.decisions
        known = self.costs.setdefault(decision.name, [Cost()] * len(options))
        self.costs[decision.name] = [one + other for one, other in zip(known, options, strict=True)]
        made = self.made.get(decision.name)
        return self.best(options, key=self.measure) if made is None else options[made]

    def options(self, op: Select, tree: Tree) -> list[Cost]:
        """What each option of one choice costs."""
        if isinstance(op, Optional):
            return [self.total(tree.body), Cost()]
        parts = [self.tree(inner) for inner in tree.body]
        if isinstance(op, Repeat):
            depths = list(accumulate(parts))
            return [depths[count - 1] for count in op.counts]
        return parts


def passing(program: Program) -> dict[str, tuple[int, ...]]:
    """For each choice, the options by which what it makes may hang on the network's input."""
    able = {INPUT: True}
    found: dict[str, set[int]] = {}
    for node in program.nodes:
        reached = [index for index, name in enumerate(node.inputs) if able[name]]
        able[node.name] = bool(reached) and not node.op.makes_zero
        if isinstance(node.op, Select):
            found.setdefault(node.decisions[0].name, set(reached)).intersection_update(reached)
    return {name: tuple(sorted(options)) for name, options in found.items()}


def reads_its_input(program: Program, picks: Mapping[str, int]) -> bool:
    """Whether the output hangs on the input by these choices, as far as absent edges are concerned."""
    seen = {program.output.name}
    waiting = [program.output.name]
    while waiting:
        name = waiting.pop()
        if name == INPUT:
            return True
        reads = _reads_by(program[name], picks)
        waiting += (other for other in reads if other not in seen)
        seen.update(reads)
    return False


def _reads_by(node: Node, picks: Mapping[str, int]) -> tuple[str, ...]:
    """What a node hangs on by these choices."""
    if isinstance(node.op, Select):
        return (node.inputs[picks[node.decisions[0].name]],)
    return () if node.op.makes_zero else node.inputs


def reading(branches: Branches) -> dict[str, int]:
    """The smallest choices by which the output still hangs on the input.

    Where those that are smallest each on its own do not, they are found one after the other: that which saves most
    goes first.
    """
    program, measure = branches.program, branches.measure
    picks = branches.picked()
    if reads_its_input(program, picks):
        return picks
    found = replace(branches, best=max).picked(passing(program))

    def saved(name: str) -> int:
        costs = [measure(cost)[0] for cost in branches.costs[name]]
        return max(costs) - min(costs)

    for name in sorted(branches.costs, key=saved, reverse=True):
        costs = replace(branches, made=found, costs={}).run().costs[name]
        able = [index for index in range(len(costs)) if reads_its_input(program, found | {name: index})]
        found[name] = min(able, key=lambda index, of=costs: measure(of[index]), default=found[name])
    return found


def shares(program: Program, measure: Measure = by_macs) -> dict[str, tuple[float, ...]]:
    """For each choice, the MACs of its options as shares of the most that one of them has; zeros where none has any.

    By another measure that which it puts first.
    """
    costs = Branches(program, lambda node: node.cost, max, measure).run().costs
    out: dict[str, tuple[float, ...]] = {}
    for name, options in costs.items():
        firsts = [measure(cost)[0] for cost in options]
        most = max(firsts)
        out[name] = tuple(first / most if most else 0.0 for first in firsts)
    return out
