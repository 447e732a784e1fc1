"""Holding samples out."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dasdsl.data import Split, holdout
from dasdsl.data.problems import BAD_OPTION, NO_SPLIT
from tests.data.helpers import refused


def numbered(y: torch.Tensor, groups: torch.Tensor | None = None) -> Split:
    """A split whose inputs are the numbers of its samples."""
    return Split(torch.arange(len(y)).unsqueeze(1), y, groups)


def numbers(split: Split) -> list[int]:
    return split.x[:, 0].tolist()


@given(
    groups=st.lists(st.integers(0, 9), min_size=2, max_size=60).filter(lambda groups: len(set(groups)) > 1),
    fraction=st.floats(0.01, 0.99),
    seed=st.integers(0, 2**32),
)
def test_groups_stay_whole_and_no_sample_is_lost(groups, fraction, seed):
    split = numbered(torch.zeros(len(groups), 1), torch.tensor(groups))
    kept, held = holdout(split, fraction, seed)
    assert sorted(numbers(kept) + numbers(held)) == list(range(len(groups)))
    assert not {groups[i] for i in numbers(kept)} & {groups[i] for i in numbers(held)}
    assert numbers(kept)
    assert numbers(held)


@given(
    labels=st.lists(st.integers(0, 3), min_size=8, max_size=80),
    fraction=st.floats(0.1, 0.9),
)
def test_each_class_gives_its_part_and_keeps_a_sample(labels, fraction):
    counts = {label: labels.count(label) for label in labels}
    _, held = holdout(numbered(torch.tensor(labels)), fraction, 0)
    for label, count in counts.items():
        given_up = sum(labels[i] == label for i in numbers(held))
        assert given_up < count
        assert abs(given_up - fraction * count) <= 1


def test_classes_are_held_out_by_whole_groups():
    y = torch.arange(2).repeat_interleave(30)
    kept, held = holdout(numbered(y, torch.arange(60) // 3), 0.2, 0)
    assert held.y.bincount().tolist() == [6, 6]
    assert kept.groups is not None
    assert held.groups is not None
    assert not set(kept.groups.tolist()) & set(held.groups.tolist())


def test_the_same_seed_holds_out_the_same_and_another_seed_others():
    split = numbered(torch.zeros(100, 1))
    first, again, other = (numbers(holdout(split, 0.3, seed)[1]) for seed in (5, 5, 6))
    assert first == again
    assert first != other
    assert len(first) == 30


@pytest.mark.parametrize("groups", [None, torch.zeros(1, dtype=torch.int64)])
def test_a_single_sample_can_not_be_split(groups):
    with refused(NO_SPLIT, "1 samples in 1 groups"):
        holdout(numbered(torch.zeros(1, 1), groups), 0.5, 0)


def test_nothing_can_not_be_split():
    with refused(NO_SPLIT):
        holdout(numbered(torch.zeros(0, dtype=torch.int64)), 0.5, 0)


@pytest.mark.parametrize("fraction", [0.0, 1.0, -1.0, float("nan")])
def test_a_part_must_be_a_part(fraction):
    with refused(BAD_OPTION):
        holdout(numbered(torch.zeros(5, 1)), fraction, 0)
