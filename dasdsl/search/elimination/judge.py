"""How good a network is, and how bad one may be to be as good as another."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dasdsl.search.loop import Trainer
from dasdsl.search.task import NEGLIGIBLE

MOST = 512
"""Validation samples that moves are judged on."""
BATCH = 256


@dataclass(frozen=True)
class Judge:
    """Judges networks on the first validation samples, `batches` of (N, *input) and their targets."""

    trainer: Trainer
    batches: tuple[tuple[Tensor, Tensor], ...]

    @classmethod
    def of(cls, trainer: Trainer) -> Judge:
        """On the validation data of a trainer."""
        split = trainer.validation
        chosen = torch.arange(min(len(split), MOST))
        return cls(trainer, tuple(trainer.data.batch(split, part) for part in chosen.split(BATCH)))

    @property
    def inputs(self) -> list[Tensor]:
        """What it looks at."""
        return [x for x, _ in self.batches]

    @torch.no_grad()
    def error(self, model: nn.Module) -> float:
        """The mean loss of a network in evaluation mode: cross-entropy in nats, or the mean squared error.

        Not the share of wrong classes: of a few hundred samples that is too coarse, and what is chosen by it again and
        again is chosen by chance.
        """
        total, count = 0.0, 0
        for x, y in self.batches:
            total += float(self.trainer.task.loss(model(x), y)) * len(x)
            count += len(x)
        return total / count

    def allowed(self, error: float) -> float:
        """The largest error that is no worse than this one.

        The tolerance is relative for the RMSE; a thousandth of the targets' variance never counts. The cross-entropy
        may be larger by the tolerance's part of what the best constant prediction has.
        """
        task, tolerance = self.trainer.task, self.trainer.settings.tolerance
        if task.kind == "classification":
            return error + tolerance * task.scale
        return max(error * (1 + tolerance) ** 2, error + NEGLIGIBLE * task.scale)
