"""The ladder: many thresholds of one composite, and the choice of one."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import torch

from dasdsl.data import load
from dasdsl.data.sets import Data
from dasdsl.diagnostics import DasError
from dasdsl.inverse.discover import discover
from dasdsl.lowering.gates.bank import Family
from dasdsl.search.ladder import HIGHEST, LOWEST, RUNGS, Ladder, Rung, Yardstick, climb, thresholds
from dasdsl.search.task import Task
from dasdsl.search.unseen import FEW
from tests.lowering.texts import RECIPES, composite
from tests.search.runs import tiny_data

BODY = """conv filters <1..3>x3 channels<=4 stride 3
relu
conv filters 1x1 channels<=4 groups<=2
flatten
linear channels 3"""


def yardstick(task: Task, data: Data) -> Yardstick:
    """The test split stands for validation data."""
    return Yardstick.of(lambda model, split: task.evaluate(model, data, split), data.train, data.test)


def test_thresholds_are_spaced_evenly_and_have_two_digits() -> None:
    found = thresholds()
    assert len(found) == RUNGS == len(set(found))
    assert (found[0], found[-1]) == (LOWEST, HIGHEST)
    ratios = [b / a for a, b in pairwise(found)]
    assert max(ratios) < 1.1 * min(ratios)
    assert all(float(f"{threshold:.2g}") == threshold for threshold in found)


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_rung_is_what_discover_finds(recipe: Family, tmp_path: Path) -> None:
    data = load(tiny_data(tmp_path / "data.npz"))
    task = Task.of(data, data.train)
    model = composite(BODY, recipe, shape="1x6x6").eval()
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in model.architecture_parameters():
            parameter.mul_(0.05 + torch.rand_like(parameter) ** 3)
    ladder = climb(model, yardstick(task, data))
    rungs = ladder.rungs
    assert task.evaluate(model, data, data.test) == ladder.metric
    assert rungs[0].threshold == 0
    assert [rung.threshold for rung in rungs[1:]] == thresholds()[: len(rungs) - 1]
    for rung in rungs[::4]:
        found = discover(model, rung.threshold)
        assert (found.costs.params, found.costs.macs) == (rung.params, rung.macs)
        assert task.evaluate(found.model, data, data.test) == pytest.approx(rung.metric, abs=0.011)
    if recipe == "paper":
        # the next one collapses
        assert len(rungs) < RUNGS + 1
        with pytest.raises(DasError, match="E401"):
            discover(model, thresholds()[len(rungs) - 1])


def test_a_network_that_collapses_everywhere(tmp_path: Path) -> None:
    data = load(tiny_data(tmp_path / "data.npz"))
    model = composite(BODY, shape="1x6x6").eval()
    with torch.no_grad():
        for parameter in model.architecture_parameters():
            parameter.zero_()
    with pytest.raises(DasError) as caught:
        climb(model, yardstick(Task.of(data, data.train), data))
    assert caught.value.diagnostics[0].code == "E509"


def ladder_of(*rungs: tuple[float, int, int, float], reference: float, share: float = 1.0) -> Ladder:
    """One whose networks have the metric 0.5 on training data, which is judged by as much as is left of 1."""

    def judged(metric: float) -> float:
        return share * metric + (1 - share) * 0.5

    made = tuple(Rung(*rung, judged(rung[-1])) for rung in rungs)
    return Ladder(made, reference, judged(reference))


RUNGS_SEEN = ((0.0, 100, 100, 0.90), (0.1, 50, 50, 0.89), (0.2, 30, 30, 0.70), (0.3, 20, 20, 0.885))
TASK = Task("classification", "accuracy", 1.0)


@pytest.mark.parametrize(("tolerance", "chosen"), [(0.02, 0.3), (0.012, 0.1), (0.0, 0.0), (1.0, 0.3)])
def test_the_largest_within_the_tolerance_is_chosen(tolerance: float, chosen: float) -> None:
    assert ladder_of(*RUNGS_SEEN, reference=0.90).chosen(TASK, tolerance).threshold == chosen


def test_where_none_is_within_the_first_is_taken() -> None:
    assert ladder_of(*RUNGS_SEEN, reference=0.99).chosen(TASK, 0.01).threshold == 0.0
    assert ladder_of(*RUNGS_SEEN, reference=float("nan")).chosen(TASK, 0.01).threshold == 0.0


def test_it_is_chosen_by_what_is_judged() -> None:
    assert ladder_of(*RUNGS_SEEN, reference=0.90, share=0.5).chosen(TASK, 0.006).threshold == 0.1


def test_few_groups_are_judged_with_training_data(tmp_path: Path) -> None:
    data = load(tiny_data(tmp_path / "data.npz"))
    model = composite(BODY, shape="1x6x6").eval()
    task, groups = Task.of(data, data.train), torch.arange(len(data.test)) % 5
    ladder = climb(model, yardstick(task, replace(data, test=replace(data.test, groups=groups))))
    learnt, unseen = (task.evaluate(model, data, split) for split in (data.train, data.test))
    assert (ladder.metric, ladder.judged) == (unseen, pytest.approx((5 * unseen + FEW * learnt) / (5 + FEW)))


def test_the_ladder_of_an_older_run_is_chosen_by_validation_data() -> None:
    ladder = ladder_of(*RUNGS_SEEN, reference=0.90)
    rungs = [{key: value for key, value in rung.facts().items() if key != "judged"} for rung in ladder.rungs]
    assert Ladder.of({"reference": 0.90, "ladder": rungs}) == Ladder.of(ladder.facts()) == ladder
