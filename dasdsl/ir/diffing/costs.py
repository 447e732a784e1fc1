"""What a network costs, its largest and its smallest architecture, as a whole and node by node."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Final

from dasdsl.frozen import frozen
from dasdsl.ir.closing import close
from dasdsl.ir.extremes import largest, smallest
from dasdsl.ir.program import Node, Program
from dasdsl.operations.core.operation import Cost
from dasdsl.operations.core.selecting import Select


@frozen(slots=True)
class Range:
    """What something costs: at the least, and at the most."""

    least: Cost
    most: Cost

    def __add__(self, other: Range) -> Range:
        return Range(self.least + other.least, self.most + other.most)

    def __sub__(self, other: Range) -> Range:
        return Range(_less(self.least, other.least), _less(self.most, other.most))


def _less(one: Cost, other: Cost) -> Cost:
    return Cost(one.params - other.params, one.macs - other.macs)


NOTHING: Final = Range(Cost(), Cost())


@frozen
class Costs:
    """The costs of a program; the smallest architecture is only looked for when somebody asks."""

    program: Program

    def of(self, node: Node) -> Range:
        """What a node costs; one that the smallest architecture does not have costs nothing there."""
        return Range(self._least.get(node.name, Cost()), node.cost)

    @cached_property
    def _least(self) -> Mapping[str, Cost]:
        if not self.program.decisions:
            return {node.name: node.cost for node in self.program.nodes}
        return close(self.program, smallest(self.program)).costs

    @cached_property
    def smallest(self) -> Cost:
        """What the smallest architecture costs."""
        return sum(self._least.values(), Cost())

    @cached_property
    def largest(self) -> Cost:
        """What the largest architecture costs: not the sum of all branches where some exclude one another."""
        return close(self.program, largest(self.program)).cost if self.chooses else self.program.cost

    @cached_property
    def chooses(self) -> bool:
        """Whether there are choices between branches or depths."""
        return any(isinstance(node.op, Select) for node in self.program.nodes)
