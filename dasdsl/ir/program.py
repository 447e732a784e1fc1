"""The elaborated space: operations in order, each where it stands; frozen, and free of networkx and torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from decimal import MAX_EMAX, MAX_PREC, Context, Decimal, localcontext
from functools import cached_property
from math import log10, prod

from dasdsl.diagnostics import Diagnostic
from dasdsl.frozen import frozen
from dasdsl.ir.ties import Ties
from dasdsl.language.arithmetic import Names
from dasdsl.language.space import Space, Statement
from dasdsl.operations.core.axes import Axis, Shape, Site, Source
from dasdsl.operations.core.decisions import Decision, OneOf, Role
from dasdsl.operations.core.kernel import Kernel
from dasdsl.operations.core.operation import Cost, Operation
from dasdsl.operations.core.selecting import Select
from dasdsl.operations.core.values import Options

INPUT = "input"
"""The name of the network's input, as a node and as a source of channels."""


@frozen(slots=True)
class Node:
    """One operation of a network: what it is, what it reads, what comes out at the largest, what is open, its cost."""

    name: str
    op: Operation
    inputs: tuple[str, ...]
    site: Site
    shape: Shape
    axis: Axis
    decisions: tuple[Decision, ...]
    cost: Cost
    statement: Statement

    @property
    def kernel(self) -> Kernel | None:
        """The operation, where it has a kernel."""
        return self.op if isinstance(self.op, Kernel) else None

    @property
    def searched(self) -> bool:
        """Whether something is open about its weights."""
        return bool(self.decisions) and not isinstance(self.op, Select)

    @property
    def line(self) -> int:
        """The line of the text it comes from."""
        return self.statement.span.line


@frozen(slots=True)
class Tree:
    """A statement of the text with its block: what its node is called, and what stands in it.

    A `path` has no node, nor has the use of a block (`names` are then the values of its parameters), nor a `repeat`
    whose number is fixed; the trees in a `repeat` are its copies, which have none either. Of a choice that is decided
    there is no node left, and its tree holds what stands in its place.
    """

    statement: Statement
    node: str | None
    body: tuple[Tree, ...] = ()
    names: Names = field(default_factory=dict[str, int | Options])


@frozen
class Program:
    """A space with every operation in its place, in an order in which each comes after what it reads."""

    space: Space
    nodes: tuple[Node, ...]
    sources: Mapping[str, Source]
    tree: tuple[Tree, ...]
    ties: Ties
    warnings: tuple[Diagnostic, ...] = field(default=(), compare=False)

    def __getitem__(self, name: str) -> Node:
        return self._by_name[name]

    def __deepcopy__(self, memo: dict[int, object]) -> Program:
        """The same: it is frozen, and copies of a network, of which a search makes many, share it."""
        return self

    @cached_property
    def _by_name(self) -> dict[str, Node]:
        return {node.name: node for node in self.nodes}

    @property
    def output(self) -> Node:
        """The last node: the network's output."""
        return self.nodes[-1]

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """Everything that is open, each decision once, in the order of the text.

        One that is shared by roles that differ (a filter and a count) nests only where it does in all of them.
        """
        found: dict[str, Decision] = {}
        for node in self.nodes:
            for decision in node.decisions:
                found[decision.name] = _shared(found.get(decision.name), decision)
        return tuple(found.values())

    @property
    def roles(self) -> Mapping[str, frozenset[Role]]:
        """The roles of each choice: more than one where it is shared by them."""
        roles: dict[str, set[Role]] = {}
        for node in self.nodes:
            for decision in node.decisions:
                if isinstance(decision, OneOf):
                    roles.setdefault(decision.name, set()).add(decision.role)
        return {name: frozenset(found) for name, found in roles.items()}

    @property
    def lines(self) -> dict[str, int]:
        """The line at which each decision is first made."""
        out: dict[str, int] = {}
        for node in self.nodes:
            for decision in node.decisions:
                out.setdefault(decision.name, node.line)
        return out

    @property
    def cost(self) -> Cost:
        """Params and MACs of the largest architecture."""
        return sum((node.cost for node in self.nodes), Cost())

    @property
    def size(self) -> int:
        """How many ways there are to decide everything: exact, over the decisions that are made independently."""
        return _product([decision.size for decision in self.decisions])


def _product(numbers: list[int]) -> int:
    """In halves: numbers of equal lengths multiply faster than many short ones do with one long one."""
    if len(numbers) < 8:
        return prod(numbers)
    half = len(numbers) // 2
    return _product(numbers[:half]) * _product(numbers[half:])


def _shared(known: Decision | None, decision: Decision) -> Decision:
    if not isinstance(known, OneOf) or not isinstance(decision, OneOf) or known.role == decision.role:
        return decision
    for one in (known, decision):
        if not one.nested:
            return one
    count: Role = "count"
    return replace(known, role=count)


def magnitude(size: int) -> float:
    """log10 of a size that may be far beyond a float."""
    digits = size.bit_length()
    if digits < 1000:
        return log10(size)
    shift = digits - 64
    return log10(size >> shift) + shift * log10(2)


def exact(size: int) -> str:
    """All the digits of a size; Python itself stops at 4,300 of them, and takes time that grows with their square."""
    if size.bit_length() < 10_000:
        return str(size)
    with localcontext(Context(prec=MAX_PREC, Emax=MAX_EMAX)):
        return str(_decimal(size, size.bit_length()))


def _decimal(number: int, bits: int) -> Decimal:
    """In halves: high·2^n + low, which decimal multiplies fast."""
    if bits <= 200:
        return Decimal(number)
    half = bits // 2
    high = number >> half
    return _decimal(high, bits - half) * Decimal(2) ** half + _decimal(number - (high << half), half)
