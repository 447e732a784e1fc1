"""All moves from an architecture of a space to one that costs less, and what they are where others were made first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dasdsl.frozen import frozen
from dasdsl.ir.program import Program
from dasdsl.lowering.composite import CompositeModel
from dasdsl.operations.core.decisions import OneOf, Outcomes
from dasdsl.search.budget.additions import additions
from dasdsl.search.moves.channels import Drop, drops
from dasdsl.search.moves.connections import Disconnect, changes_of, disconnects
from dasdsl.search.moves.counts import Fewer, fewer
from dasdsl.search.moves.moments import Moments
from dasdsl.search.moves.move import Move
from dasdsl.search.moves.sides import Shrink, shrinks
from dasdsl.search.moves.switches import switches


@frozen
class Reset(Move):
    """Decisions become what they are in the smallest network; the last resort."""

    def edit_(self, model: CompositeModel, moments: Moments) -> None:
        """Nothing."""


def removals(program: Program, outcomes: Outcomes) -> Iterator[Move]:
    """Channels dropped, sides and counts one smaller, inputs of patterns, other options; not all of them cost less."""
    yield from drops(program, outcomes)
    yield from shrinks(program, outcomes)
    yield from fewer(program, outcomes)
    yield from disconnects(program, outcomes)
    yield from switches(program, outcomes)


def neighbours(program: Program, outcomes: Outcomes) -> Iterator[Move]:
    """Removals and additions."""
    yield from removals(program, outcomes)
    yield from additions(program, outcomes)


def resets(program: Program, outcomes: Outcomes, smallest: Outcomes) -> Iterator[Reset]:
    """Each decision as it is in the smallest network, from the output's side on; then all of them together."""
    for decision in reversed(program.decisions):
        if outcomes[decision.name] != smallest[decision.name]:
            yield Reset(f"{decision.name} at its smallest", {decision.name: smallest[decision.name]})
    yield Reset("everything at its smallest", dict(smallest))


def again(program: Program, move: Move, outcomes: Outcomes) -> Move | None:
    """The same step from other outcomes; None where there is nothing left of it."""
    match move:
        case Drop(reads=reads):
            changes = changes_of(program, outcomes, tuple((name, position, ()) for name, position in reads))
        case Disconnect(reads=reads):
            changes = changes_of(program, outcomes, reads)
        case Shrink() | Fewer():
            changes = move.changes if _smaller(program, move, outcomes) else {}
        case _:
            changes = move.changes
    kept = {name: outcome for name, outcome in changes.items() if outcome != outcomes[name]}
    return replace(move, changes=changes) if kept else None


def _smaller(program: Program, move: Move, outcomes: Outcomes) -> bool:
    """Whether a nested choice would still become smaller."""
    ((name, after),) = move.changes.items()
    decision = next(one for one in program.decisions if one.name == name)
    now = outcomes[name]
    assert isinstance(decision, OneOf)
    assert isinstance(now, int)
    assert isinstance(after, int)
    sizes = [option for option in decision.options if isinstance(option, int)]
    return sizes[after] < sizes[now]


def owner(program: Program, move: Move) -> str:
    """What it takes a part of: a source of channels, or a decision. No more than a part of one goes in one rung."""
    match move:
        case Drop(reads=((name, position), *_)):
            return program[name].site.axis.units[position][0]
        case Fewer(reads=reads):
            return next(iter(reads))
        case Disconnect(reads=((name, position, _), *_)):
            return program[name].site.axis.units[position][0]
        case _:
            return next(iter(move.changes))
