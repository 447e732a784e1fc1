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


@dataclass(frozen=True, order=True)
class Verdict:
    """What is kept to: the mean squared error, or the share of wrong classes; and the loss, which decides ties."""

    error: float
    loss: float


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
    def verdict(self, model: nn.Module) -> Verdict:
        """On a network in evaluation mode."""
        task = self.trainer.task
        loss, wrong, count = 0.0, 0, 0
        for x, y in self.batches:
            outputs = model(x)
            loss += float(task.loss(outputs, y)) * len(x)
            wrong += 0 if task.kind == "regression" else int((outputs.flatten(1).argmax(dim=1) != y).sum())
            count += len(x)
        return Verdict(loss / count if task.kind == "regression" else wrong / count, loss / count)

    def allowed(self, error: float) -> float:
        """The largest error that is no worse than this one.

        The tolerance is relative for the RMSE and absolute for the accuracy; a thousandth of the targets' variance
        never counts.
        """
        task, tolerance = self.trainer.task, self.trainer.settings.tolerance
        if task.kind == "classification":
            return error + tolerance
        return max(error * (1 + tolerance) ** 2, error + NEGLIGIBLE * task.scale)
