"""What moves are guessed to cost goes with what they cost; what comes back costs nothing at once."""

from __future__ import annotations

from functools import cache

import pytest
import torch

from dasdsl.inverse.cutting import Cut
from dasdsl.ir.counting import count
from dasdsl.ir.extremes import largest
from dasdsl.ir.limit import Limit
from dasdsl.lowering.composite import CompositeModel
from dasdsl.lowering.settling import decide_
from dasdsl.search.budget.additions import additions
from dasdsl.search.budget.filling import filled
from dasdsl.search.budget.losses import Losses
from dasdsl.search.budget.moves import removals
from dasdsl.search.budget.opening import open_
from dasdsl.search.moves.moments import moments
from dasdsl.search.moves.move import tidy_
from dasdsl.search.moves.snapshot import Snapshot
from dasdsl.search.polishing.judge import Judge
from dasdsl.search.polishing.polish import polish_
from tests.search.budget.budgets import COUNTED, GROUPED, TEACHER, WIDE
from tests.search.planted import taught, trainer, whole


@cache
def trained(text: str) -> tuple[CompositeModel, Losses]:
    """A network that has learnt something, and what its moves cost."""
    teacher, model = trainer(taught(TEACHER, samples=1024)), whole(text)
    cut = Cut.of(model)
    polish_(teacher, cut.model, "before", 300, 1e-2)
    cut.put_back_()
    judge, seen = Judge.of(teacher), teacher.data.batch(teacher.train, torch.arange(1024))[0]
    return model, Losses(Cut.of(model), judge, moments(Cut.of(model), [seen]), 1024)


@pytest.mark.parametrize("text", [GROUPED, COUNTED])
def test_guesses_are_in_the_order_of_what_is_measured(text: str) -> None:
    model, losses = trained(text)
    moves = list(removals(model.program, model.outcomes()))
    guesses = [losses.guess(move) for move in moves]
    known = [(move, guess) for move, guess in zip(moves, guesses, strict=True) if guess is not None]
    assert len(known) == len(moves)
    losses.measure_(moves, len(moves))
    guessed = torch.tensor([guess for _, guess in known]).argsort().argsort().double()
    measured = torch.tensor([losses.measured[move.label] for move, _ in known]).argsort().argsort().double()
    assert torch.corrcoef(torch.stack([guessed, measured]))[0, 1] > 0.7


def test_measuring_leaves_the_network_as_it_was() -> None:
    model, losses = trained(WIDE)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    losses.measured.clear()
    losses.measure_(list(removals(model.program, model.outcomes())), 5)
    assert len(losses.measured) == 5
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(tensor, before[name], rtol=0, atol=0)


def small(text: str) -> CompositeModel:
    """A network of which much was decided against."""
    model = whole(text)
    changes = {
        "conv1.filters.height": 0,
        "conv2.reads": (0, 2),
        "linear1.reads": (1, 4),
        "conv2.groups": ((0, 2),) * 6,
    }
    decide_(model, {name: outcome for name, outcome in changes.items() if name in model.outcomes()})
    tidy_(model)
    return model


@pytest.mark.parametrize("text", [WIDE, GROUPED])
def test_what_is_added_changes_nothing_at_once(text: str) -> None:
    model = small(text)
    x = torch.randn(4, 3, 6, 6)
    before, kept = model(x), Snapshot.of(model)
    for move in additions(model.program, model.outcomes()):
        move.apply_(model, {})
        torch.testing.assert_close(model(x), before)
        assert model.outcomes() != kept.outcomes
        kept.restore_(model)


@pytest.mark.parametrize("text", [WIDE, GROUPED])
@pytest.mark.parametrize("share", [0.4, 0.7, 1.0])
def test_a_network_is_filled_up_to_more_than_the_limit(text: str, share: float) -> None:
    model = small(text)
    x = torch.randn(4, 3, 6, 6)
    before = model(x)
    most = largest(model.program)
    limit = Limit(params=int(share * count(model.program, most).params))
    cost = count(model.program, filled(model, limit, most))
    assert limit.params is not None
    assert limit.params <= cost.params <= 1.8 * limit.params
    open_(model, limit, 0)
    assert count(model.program, model.outcomes()) == cost
    torch.testing.assert_close(model(x), before)
