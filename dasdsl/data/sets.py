"""A data set in memory: two splits, what they hold, and how a batch of them is made ready for a network."""

from collections.abc import Iterator
from typing import Literal

import torch
from torch import Tensor

from dasdsl.data.options import Task
from dasdsl.frozen import frozen

CHUNK = 64
"""Samples that are held as float32 at a time while statistics are taken."""


@frozen(slots=True, eq=False)
class Split:
    """Samples and their targets.

    Shapes: `x` is (N, *input), uint8 where it came so (to save memory), otherwise float32; `y` is (N,) int64 class
    numbers or (N, T) float32 targets; `groups` is (N,) int64: samples of one group stay on one side of any split.
    """

    x: Tensor
    y: Tensor
    groups: Tensor | None = None

    def __len__(self) -> int:
        return len(self.x)

    def take(self, indices: Tensor) -> "Split":
        """The samples at these indices, or where this mask is true."""
        return Split(self.x[indices], self.y[indices], None if self.groups is None else self.groups[indices])


@frozen(slots=True, eq=False)
class Normalisation:
    """Mean and standard deviation of each channel; uint8 values count as 0 to 1. A constant channel has deviation 1."""

    mean: Tensor
    std: Tensor

    def apply(self, x: Tensor) -> Tensor:
        """`(x - mean) / std` of each channel, as float32 on the device of `x`.

        Shapes: (N, C, …) -> (N, C, …).
        """
        unit = 255.0 if x.dtype == torch.uint8 else 1.0
        channels = _channels(x)
        factor = (1 / (unit * self.std)).to(x.device, torch.float32).view(channels)
        shift = (-self.mean / self.std).to(x.device, torch.float32).view(channels)
        return torch.addcmul(shift, x.to(torch.float32), factor)

    def undo(self, x: Tensor) -> Tensor:
        """The inverse of `apply`: `x · std + mean` of each channel, as float32."""
        channels = _channels(x)
        return (x * self.std.view(channels) + self.mean.view(channels)).to(torch.float32)

    def plainly(self, x: Tensor) -> Tensor:
        """`(x - mean) / std` just so, as code that is exported does it: one rounding other than `apply`."""
        channels = _channels(x)
        return (x - self.mean.view(channels)) / self.std.view(channels)

    @classmethod
    def measured(cls, x: Tensor) -> "Normalisation":
        """The statistics of these samples: the variance within samples, and that of their means in double precision."""
        unit = 255.0 if x.dtype == torch.uint8 else 1.0
        within, means = (torch.cat(parts).to(torch.float64) / unit for parts in zip(*_moments(x), strict=True))
        mean = means.mean(0)
        std = ((within / unit).mean(0) + means.var(0, correction=0)).sqrt()
        constant = std <= 1e-7 * mean.abs()
        return cls(mean, torch.where(constant, torch.ones_like(std), std))


def _channels(x: Tensor) -> tuple[int, ...]:
    """The shape in which a number for each channel goes with (N, C, …)."""
    return (1, -1, *(1 for _ in x.shape[2:]))


def _moments(x: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Variance and mean of each channel of each sample, a chunk of samples at a time."""
    for chunk in x.split(CHUNK):
        yield torch.var_mean(chunk.reshape(*chunk.shape[:2], -1).to(torch.float32), dim=2, correction=0)


@frozen(slots=True, eq=False)
class Data:
    """A data set. `classes` are the names of the classes, empty for regression.

    `scale` is measured on the training data only; validation and test data are only ever seen through it.
    """

    name: str
    task: Task
    train: Split
    test: Split
    classes: tuple[str, ...]
    scale: Normalisation

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one sample, as in `input:`."""
        return tuple(self.train.x.shape[1:])

    @property
    def outputs(self) -> int:
        """How many values a network gives for a sample: one a class, or one a target."""
        return len(self.classes) if self.task == "classification" else self.train.y.shape[1]

    @property
    def metric_name(self) -> Literal["accuracy", "rmse"]:
        """What the test data is judged by."""
        return "accuracy" if self.task == "classification" else "rmse"

    def batch(self, split: Split, indices: Tensor, device: torch.device | None = None) -> tuple[Tensor, Tensor]:
        """Normalised inputs (float32) and targets of some samples of a split, on a device."""
        x, y = split.x[indices], split.y[indices]
        if device is not None:
            x, y = x.to(device), y.to(device)
        return self.scale.apply(x), y
