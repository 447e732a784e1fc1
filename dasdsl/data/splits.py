"""Cuts one split in two: by whole groups where there are groups, alike in every class or in every range of targets."""

import torch
from torch import Tensor

from dasdsl.data.problems import BAD_OPTION, NO_SPLIT
from dasdsl.data.sets import Split

STRATA = 10


def holdout(split: Split, fraction: float, seed: int) -> tuple[Split, Split]:
    """The larger part and a part of about `fraction` held out, the same for the same seed.

    Samples are drawn by whole groups, and from each class in proportion; a class of one group only is not held out.
    In regression the strata are ranges of how far targets are from their mean, so that a part of a few groups is not
    by chance all calm or all wild.
    Raises: DasError D219 where nothing could be held out.
    """
    if not 0 < fraction < 1:
        raise BAD_OPTION.error(f"a part of {fraction} can't be held out", help="give a number between 0 and 1")
    units = torch.arange(len(split)) if split.groups is None else split.groups.unique(return_inverse=True)[1]
    held = _drawn(_labels(split, units, fraction), fraction, torch.Generator().manual_seed(seed))[units]
    if not bool(held.any()):
        raise NO_SPLIT.error(
            f"nothing can be held out of {len(split)} samples in {int(units.max()) + 1 if len(units) else 0} groups",
            help="use more data, or smaller groups",
        )
    return split.take(~held), split.take(held)


def _labels(split: Split, units: Tensor, fraction: float) -> Tensor:
    """The stratum of each unit: the smallest class of its samples, or the rank of its targets' mean deviation."""
    count = int(units.max()) + 1 if len(units) else 0
    if split.y.dtype == torch.int64:
        largest = torch.full((count,), torch.iinfo(torch.int64).max)
        return largest.scatter_reduce(0, units, split.y, "amin")
    squares = (split.y.double() - split.y.double().mean(dim=0)).square().flatten(1).sum(dim=1)
    deviations = torch.zeros(count, dtype=torch.float64).scatter_reduce(0, units, squares, "mean", include_self=False)
    strata = max(1, min(STRATA, round(fraction * count), count // 2))
    return deviations.argsort(stable=True).argsort() * strata // max(count, 1)


def _drawn(labels: Tensor, fraction: float, generator: torch.Generator) -> Tensor:
    """A mask of the units that are held out."""
    held = torch.zeros(len(labels), dtype=torch.bool)
    for label in labels.unique():
        members = (labels == label).nonzero().flatten()
        wanted = min(max(round(fraction * len(members)), 1), len(members) - 1)
        order = torch.randperm(len(members), generator=generator)
        held[members[order[:wanted]]] = True
    return held
