"""The order of moves, what they lead to, and combinations that land at a limit; no network is trained here."""

from __future__ import annotations

import pytest

from dasdsl.ir.counting import count
from dasdsl.ir.counts import Counts
from dasdsl.ir.extremes import largest, smallest
from dasdsl.ir.limit import Limit
from dasdsl.ir.program import Program
from dasdsl.operations.core.decisions import Outcomes
from dasdsl.search.budget.moves import again, neighbours, removals
from dasdsl.search.budget.shaving import Shaving
from dasdsl.search.budget.window import Candidate, candidates
from dasdsl.search.moves.move import Move
from tests.search.budget.budgets import BRANCHED, COUNTED, GROUPED, WIDE
from tests.search.planted import whole

TEXTS = [WIDE, GROUPED, COUNTED, BRANCHED]


def begun(text: str) -> tuple[Program, Outcomes]:
    program = whole(text).program
    return program, largest(program)


def free(_: Move) -> float:
    """Every move costs the same."""
    return 1.0


def walked(text: str, share: float, loss: object = free, *, capped: bool = False) -> Shaving:
    program, outcomes = begun(text)
    most = count(program, outcomes)
    shaving = Shaving(Counts(program), loss, Limit(params=int(share * most.params)))  # type: ignore[arg-type]
    shaving.walk(outcomes, smallest(program), capped=capped)
    return shaving


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("share", [0.7, 0.4])
def test_it_ends_below_the_limit(text: str, share: float) -> None:
    shaving = walked(text, share)
    last = shaving.steps[-1]
    assert shaving.target.met(last.cost)
    assert not any(shaving.target.met(step.cost) for step in shaving.steps[:-1])
    assert last.cost == count(shaving.program, last.outcomes)


def test_the_smallest_network_is_reached() -> None:
    program, outcomes = begun(WIDE)
    least = smallest(program)
    shaving = Shaving(Counts(program), free, Limit(params=count(program, least).params))
    steps = shaving.walk(outcomes, least, capped=False)
    assert steps[-1].cost.params == count(program, least).params


def test_what_costs_much_loss_stays() -> None:
    dear = walked(WIDE, 0.5, lambda move: 1e3 if "of conv1" in move.label else 1.0)
    assert not any("of conv1" in step.move.label for step in dear.steps)


def test_of_equal_losses_what_saves_most_goes_first() -> None:
    first = walked(WIDE, 0.5).steps[0]
    program, outcomes = begun(WIDE)
    after = [Counts(program).of(move.after(outcomes)) for move in removals(program, outcomes)]
    assert first.cost.params == min(cost.params for cost in after if cost is not None)


def test_no_more_than_a_part_of_a_layer_goes_in_a_rung() -> None:
    steps = walked(WIDE, 0.05, capped=True).steps
    assert sum("of conv1" in step.move.label for step in steps) <= 2
    assert sum("conv1.filters.height" in step.move.label for step in steps) == 1


@pytest.mark.parametrize("text", TEXTS)
def test_neighbours_are_others_and_can_be_counted(text: str) -> None:
    program, outcomes = begun(text)
    middle = walked(text, 0.5).steps[-1].outcomes
    for one in (outcomes, middle):
        labels = [move.label for move in neighbours(program, one)]
        assert len(labels) == len(set(labels))
        for move in neighbours(program, one):
            assert move.after(one) != one
            assert move.after(one).keys() == one.keys()


@pytest.mark.parametrize("text", TEXTS)
def test_a_move_that_was_made_is_nothing_any_more(text: str) -> None:
    program, outcomes = begun(text)
    for move in removals(program, outcomes):
        same = again(program, move, outcomes)
        assert same is not None
        assert same.after(outcomes) == move.after(outcomes)
        assert again(program, move, move.after(outcomes)) is None


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("limit", [Limit(params=300), Limit(macs=5000), Limit(params=300, macs=5000)])
def test_what_the_window_finds_can_be_made_and_lands(text: str, limit: Limit) -> None:
    program, outcomes = begun(text)
    cost = count(program, outcomes)
    path = Shaving(Counts(program), free, limit).walk(outcomes, smallest(program), capped=False)
    found = candidates(Counts(program), limit, Candidate((), 0.0, outcomes, cost), path, free)
    for one in found:
        now = outcomes
        for move in one.moves:
            now = move.after(now)
        assert now == one.outcomes
        assert count(program, now) == one.cost
        assert limit.near(one.cost)
    assert [one.loss for one in found] == sorted(one.loss for one in found)
