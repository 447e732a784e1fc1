"""Another option of a choice whose options do not nest: a branch, a depth, a shape, a number of groups."""

from __future__ import annotations

from collections.abc import Iterator

from dasdsl.frozen import frozen
from dasdsl.ir.program import Program
from dasdsl.lowering.composite import CompositeModel
from dasdsl.operations.core.decisions import OneOf, Outcomes
from dasdsl.search.moves.moments import Moments
from dasdsl.search.moves.move import Move


@frozen
class Switch(Move):
    """Another option; what it has of weights is what the composite left there."""

    @property
    def adds(self) -> bool:
        """The other option."""
        return True

    @property
    def far(self) -> bool:
        """What comes after the other option was made for this one."""
        return True

    def edit_(self, model: CompositeModel, moments: Moments) -> None:
        """Nothing: the option's own weights are there."""


def switches(program: Program, outcomes: Outcomes) -> Iterator[Switch]:
    """Every other option of every choice whose options do not nest."""
    for decision in program.decisions:
        if isinstance(decision, OneOf) and not decision.nested:
            now = outcomes[decision.name]
            for index, option in enumerate(decision.options):
                if index != now:
                    yield Switch(f"{decision.name} = {option}", {decision.name: index})
