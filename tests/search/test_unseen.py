"""How much validation data say, and which samples stand for all."""

from __future__ import annotations

import pytest
import torch

from dasdsl.data.sets import Split
from dasdsl.search.unseen import FEW, MOST, spread, weight


def split(samples: int, groups: int | None = None) -> Split:
    of = None if groups is None else torch.arange(samples) % groups
    return Split(torch.zeros(samples, 1), torch.zeros(samples, 1), of)


@pytest.mark.parametrize(("validation", "count"), [(split(90), 90), (split(90, 5), 5), (split(90, 90), 90)])
def test_samples_of_one_group_count_as_one(validation: Split, count: int) -> None:
    assert weight(validation) == count / (count + FEW)


@pytest.mark.parametrize("samples", [1, 7, MOST, MOST + 1, 10 * MOST])
def test_samples_that_stand_for_all_are_evenly_spread(samples: int) -> None:
    chosen = spread(split(samples))
    assert len(chosen) == min(samples, MOST) == len(chosen.unique())
    assert chosen[0] == 0
    assert samples - int(chosen[-1]) <= -(-samples // MOST)
