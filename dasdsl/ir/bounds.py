"""What a network may hold at most, once its blocks and repeats are written out (codes E340 to E349).

Files are untrusted: each limit is looked at before the work that it bounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from dasdsl import ir
from dasdsl.ir.program import Program
from dasdsl.language import errors, limits
from dasdsl.language.checking import expansion
from dasdsl.operations.core.axes import Axis, Shape
from dasdsl.operations.core.decisions import Assignment, Decision, OneOf, Subset
from dasdsl.operations.core.operation import Operation
from dasdsl.operations.core.problems import Problem, Refused
from dasdsl.operations.core.values import Resolved, Written, limit


@dataclass
class Bounds:
    """Adds up what statements hold, one after the other; what is beyond a limit is a problem."""

    statements: int = 0
    channels: int = 0
    expanded: int = 0

    def statement(self, depth: int, full: str) -> Problem | None:
        """One more statement, so deep in blocks, of this full name."""
        self.statements += 1
        if self.statements > limits.UNROLLED:
            return errors.text.TooManyUnrolled()
        if depth > limits.NESTING:
            return errors.text.TooDeep(what="blocks")
        return ir.excesses.FullNameTooLong() if len(full) > limits.FULL_NAME else None

    def value(self, value: Resolved, written: Written) -> Problem | None:
        """One more value, with its options or positions, each worked out by its expression."""
        return self.expansion(expansion(value, written))

    def expansion(self, number: int) -> Problem | None:
        """So many more options or positions, each times the work of its expression."""
        self.expanded += number
        return errors.values.TooManyPositions() if self.expanded > limits.EXPANSION else None

    def operation(self, op: Operation, axes: tuple[Axis, ...]) -> Problem | None:
        """One more operation on these axes. A channel that is a part of its own, as behind a shuffle, costs more."""
        made = op.produces
        for axis in axes:
            self.channels += len(axis) + limits.SINGLE * len(axis.parts)
        self.channels += 0 if made is None else limit(made)
        return ir.excesses.TooManyChannels() if self.channels > limits.CHANNELS else None


def bounded(shape: Shape) -> Shape:
    """The shape of an output.

    Raises: Refused E341 where it holds too much.
    """
    if prod(shape) > limits.NUMBERS:
        raise Refused(ir.excesses.TooManyNumbers(shape=shape))
    return shape


def outsized(program: Program) -> Iterator[Problem]:
    """Where params, MACs or the size of the space go beyond their limits."""
    params = macs = digits = 0
    decided: set[str] = set()
    for node in program.nodes:
        params, macs = params + node.cost.params, macs + node.cost.macs
        for decision in node.decisions:
            digits += 0 if decision.name in decided else _digits(decision)
            decided.add(decision.name)
        span = node.statement.span
        for what, number in (("params", params), ("MACs", macs)):
            if number > limits.COST:
                yield ir.excesses.TooCostly(span=span, what=what)
                return
        if digits > limits.WAYS:
            yield ir.excesses.TooManyWays(span=span)
            return


def _digits(decision: Decision) -> int:
    """About how many binary digits the size of a decision has, without working it out."""
    match decision:
        case OneOf():
            return decision.size.bit_length()
        case Subset(positions=positions):
            return len(positions)
        case Assignment(inputs=inputs, patterns=patterns, outputs=outputs):
            return inputs * patterns + outputs * (patterns - 1).bit_length()
