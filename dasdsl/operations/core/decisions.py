"""Whatever is open in a space is a decision; its *outcome* is what it becomes.

Recipes gate decisions, penalties and budgets are sums over decisions, the size of a space is their product, the inverse
pass closes them. No recipe knows what a filter is.
"""

from __future__ import annotations

from typing import Literal

from dasdsl.frozen import frozen
from dasdsl.operations.core.values import NOWHERE, Span, place

Role = Literal["filter", "dilation", "count", "groups", "choice", "depth"]


@frozen(slots=True)
class OneOf:
    """Exactly one of `options`. The outcome is an index into them.

    `role` says how options nest: a larger "filter" contains the smaller, a larger "count" the first channels of the
    smaller; "dilation" and "groups" do not nest, nor do the branches of "choice" and "depth".
    """

    name: str
    role: Role
    options: tuple[int | tuple[int, ...], ...]
    span: Span = place()

    @property
    def size(self) -> int:
        """The number of ways to decide."""
        return len(self.options)

    @property
    def nested(self) -> bool:
        """Whether the options are totally ordered by inclusion, so that the largest in use stands for all."""
        return self.role in ("filter", "count") and all(isinstance(option, int) for option in self.options)


@frozen(slots=True)
class Subset:
    """Any of the `positions` of an input axis. The outcome is the ascending tuple of the positions that are read."""

    name: str
    positions: tuple[int, ...]
    span: Span = place()

    @property
    def size(self) -> int:
        """The number of ways to decide."""
        return int(2 ** len(self.positions))


@frozen(slots=True)
class Assignment:
    """At most `patterns` patterns of inputs, one for each output. The outcome: a tuple of positions for each output."""

    name: str
    inputs: int
    patterns: int
    outputs: int
    span: Span = NOWHERE

    @property
    def size(self) -> int:
        """The number of ways to decide: each pattern any subset of the inputs, each output any pattern."""
        return int(2 ** (self.inputs * self.patterns) * self.patterns**self.outputs)


Decision = OneOf | Subset | Assignment

Outcome = int | tuple[int, ...] | tuple[tuple[int, ...], ...]
Outcomes = dict[str, Outcome]


def positions_of(outcome: object) -> tuple[int, ...]:
    """The positions that a `Subset`, or one output of an `Assignment`, reads."""
    assert isinstance(outcome, tuple), outcome
    return outcome  # pyright: ignore[reportUnknownVariableType]  (the decision's kind fixes the outcome's)
