"""What counts as worse: losses on samples that were learnt and on others, by how much the others say."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from dasdsl.data.sets import Split
from dasdsl.search.polishing.judge import Judge
from dasdsl.search.unseen import weight
from tests.search.planted import taught, trainer, whole


@pytest.mark.parametrize("groups", [None, 4])
def test_both_losses_count_by_the_weight_of_validation_data(groups: int | None) -> None:
    data = taught()
    of = None if groups is None else torch.arange(len(data.test)) % groups
    # what is unseen is harder: further from anything that the network says
    teacher = trainer(replace(data, test=Split(data.test.x, data.test.y + 3, of)))
    judge, model = Judge.of(teacher), whole()
    learnt, unseen = judge.loss(model, judge.learnt), judge.loss(model, judge.unseen)
    share = weight(teacher.validation)
    assert learnt < unseen
    assert judge.error(model) == pytest.approx(share * unseen + (1 - share) * learnt)


def test_what_is_worse_on_training_data_is_judged_by_them() -> None:
    data = taught()
    judge, model = Judge.of(trainer(replace(data, train=Split(data.train.x, data.train.y + 3)))), whole()
    assert judge.loss(model, judge.unseen) < judge.error(model) == judge.loss(model, judge.learnt)


def test_what_is_learnt_by_heart_is_no_merit() -> None:
    data = taught()
    of = torch.arange(len(data.test)) % 5
    teacher = trainer(replace(data, test=Split(data.test.x, data.test.y + 3, of)))
    model = whole()
    first, judge = Judge.of(teacher), Judge.of(teacher, model)
    learnt, unseen = judge.loss(model, judge.learnt), judge.loss(model, judge.unseen)
    assert (first.taught, judge.taught) == (0.0, learnt)
    assert judge.error(model) == first.error(model)
    by_heart = replace(judge, taught=2 * learnt)
    assert by_heart.error(model) == pytest.approx(2 * learnt + weight(teacher.validation) * (unseen - 2 * learnt))
    # what the first one had not learnt either is judged by what is unseen
    assert replace(judge, taught=2 * unseen).error(model) == pytest.approx(unseen)
