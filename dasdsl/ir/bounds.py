"""What a network may hold at most, once its blocks and repeats are written out (codes E340 to E349).

Files are untrusted: each limit is looked at before the work that it bounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from dasdsl.ir.program import Program
from dasdsl.language import errors, limits
from dasdsl.language.checking import terms, weight
from dasdsl.operations.core.axes import Axis, Shape
from dasdsl.operations.core.decisions import Assignment, Decision, OneOf, Subset
from dasdsl.operations.core.faults import HEAD, show
from dasdsl.operations.core.operation import Operation
from dasdsl.operations.core.problems import Problem, Refused, catalogued
from dasdsl.operations.core.values import Resolved, Written, limit


@catalogued
@dataclass(frozen=True, kw_only=True)
class TooManyChannels(Problem):
    """The channels that all statements of a network read and produce are at most 2,097,152 together."""

    code = "E340"
    example = HEAD + "4x8x8\n---\nrepeat 100: conv filters 1x1 channels 65536\n"

    def message(self) -> str:
        """What is wrong."""
        return f"more than {limits.CHANNELS:,} channels in all statements together"

    def help(self) -> str:
        """What to do."""
        return "write fewer channels, or fewer layers"


@catalogued
@dataclass(frozen=True, kw_only=True)
class TooManyNumbers(Problem):
    """What a statement makes has at most 1,000,000,000,000 numbers for one input."""

    code = "E341"
    example = HEAD + "4x8x8\n---\nupsample 65536\nupsample 65536\n"

    shape: Shape

    def message(self) -> str:
        """What is wrong."""
        return f"the output here is {show(self.shape)}, more than {limits.NUMBERS:,} numbers"

    def help(self) -> str:
        """What to do."""
        return "use smaller factors and pads, or fewer channels"


@catalogued
@dataclass(frozen=True, kw_only=True)
class TooCostly(Problem):
    """A network has at most 9,223,372,036,854,775,807 params and as many MACs: what 64 bits hold."""

    code = "E342"
    example = HEAD + "65536x65536x8\n---\nconv filters 65536x8 channels 65536\n"

    what: str

    def message(self) -> str:
        """What is wrong."""
        return f"up to here the network has more than {limits.COST:,} {self.what}"

    def help(self) -> str:
        """What to do."""
        return "write smaller filters, fewer channels, or larger strides before"


@catalogued
@dataclass(frozen=True, kw_only=True)
class TooManyWays(Problem):
    """The size of a space has at most 2,097,152 binary digits. A pattern of `groups<=p` brings one for each input."""

    code = "E343"
    example = HEAD + "4096x8x8\n---\nconv filters 1x1 channels<=4096 groups<=4096\nconv filters 1x1 channels 1\n"

    def message(self) -> str:
        """What is wrong."""
        return f"up to here the size of the space has more than {limits.WAYS:,} binary digits"

    def help(self) -> str:
        """What to do."""
        return "write fewer patterns (`groups<=4`), or fewer channels"


@catalogued
@dataclass(frozen=True, kw_only=True)
class FullNameTooLong(Problem):
    """The name of a statement with those of all that it stands in has at most 1,024 characters."""

    code = "E344"
    example = (
        HEAD
        + "4x8x8\n---\n"
        + "".join(f"{' ' * 4 * depth}{'a' * 40}{depth} = residual:\n" for depth in range(25))
        + f"{' ' * 100}relu\n"
    )

    def message(self) -> str:
        """What is wrong."""
        return f"the full name of this statement has more than {limits.FULL_NAME:,} characters"

    def help(self) -> str:
        """What to do."""
        return "use shorter labels, or nest less"


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
        return FullNameTooLong() if len(full) > limits.FULL_NAME else None

    def value(self, value: Resolved, written: Written) -> Problem | None:
        """One more value, with its options or positions, each worked out by its expression."""
        self.expanded += weight(value) * terms(written)
        return errors.values.TooManyPositions() if self.expanded > limits.EXPANSION else None

    def operation(self, op: Operation, axes: tuple[Axis, ...]) -> Problem | None:
        """One more operation on these axes."""
        made = op.produces
        self.channels += sum(len(axis) for axis in axes) + (0 if made is None else limit(made))
        return TooManyChannels() if self.channels > limits.CHANNELS else None


def bounded(shape: Shape) -> Shape:
    """The shape of an output.

    Raises: Refused E341 where it holds too much.
    """
    if prod(shape) > limits.NUMBERS:
        raise Refused(TooManyNumbers(shape=shape))
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
                yield TooCostly(span=span, what=what)
                return
        if digits > limits.WAYS:
            yield TooManyWays(span=span)
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
