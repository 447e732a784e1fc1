"""How much validation data say of a network, beside the training data, and which samples stand for all."""

from __future__ import annotations

import torch
from torch import Tensor

from dasdsl.data.sets import Split

FEW = 10
"""With so many groups of samples, or samples, validation data say as much of a network as training data do."""
MOST = 512
"""Samples of a split that networks are judged on."""


def weight(validation: Split) -> float:
    """What validation data say of a network, beside training data, as a part of 1.

    Five blocks of a drive, of which one is hard for every network, do not tell which of two is better on another drive;
    that one of them has unlearnt what it was taught does. Samples of one group count as one.
    """
    groups = validation.groups
    count = len(validation) if groups is None else len(groups.unique())
    return count / (count + FEW)


def spread(split: Split) -> Tensor:
    """The numbers of at most so many samples of a split, evenly spread."""
    count = min(len(split), MOST)
    return torch.arange(count) * len(split) // count
