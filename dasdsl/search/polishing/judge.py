"""How good a network is, and how bad one may be to be as good as another."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from dasdsl.data.sets import Split
from dasdsl.frozen import frozen
from dasdsl.search.devices import device_of
from dasdsl.search.loop import Trainer
from dasdsl.search.task import NEGLIGIBLE
from dasdsl.search.unseen import spread, weight

BATCH = 256
"""Samples of a batch that moves are judged on; each batch is evenly spread over its split, too."""

Batches = tuple[tuple[Tensor, Tensor], ...]
"""Inputs (N, *input) with their targets."""


@frozen
class Judge:
    """Judges networks on samples that they have `learnt` and on others, `unseen`, which have some `weight` up to 1.

    `taught` is the loss on what is learnt of the network that all others are made from.
    """

    trainer: Trainer
    learnt: Batches
    unseen: Batches
    weight: float
    taught: float = 0.0

    @classmethod
    def of(cls, trainer: Trainer, first: nn.Module | None = None) -> Judge:
        """On the training and the validation data of a trainer, for networks that are made from a first one."""
        learnt, unseen = (_spread(trainer, split) for split in (trainer.train, trainer.validation))
        judge = cls(trainer, learnt, unseen, weight(trainer.validation))
        return judge if first is None else replace(judge, taught=judge.loss(first, learnt))

    @property
    def inputs(self) -> Tensor:
        """A batch of the training data."""
        return self.learnt[0][0]

    def error(self, model: nn.Module) -> float:
        """The mean loss of a network on both kinds of samples, weighted: cross-entropy in nats, or squared error.

        A network is chosen by its loss on validation data again and again, until it is one that happens to be good on
        just these few samples. It then is bad on the training data, which a network as good as it seems would not be:
        where it is worse on these, they alone count. But that a network has learnt more of them by heart than the first
        one had is no merit, where unseen samples do not say so too.
        The cross-entropy, not the share of wrong classes: of a few hundred samples that is too coarse.
        """
        unseen = self.loss(model, self.unseen)
        learnt = max(self.loss(model, self.learnt), min(self.taught, unseen))
        return learnt + self.weight * max(unseen - learnt, 0.0)

    @torch.no_grad()
    def loss(self, model: nn.Module, batches: Batches) -> float:
        """The mean loss of a network in evaluation mode."""
        total, count = 0.0, 0
        device = device_of(model)
        for x, y in batches:
            total += float(self.trainer.task.loss(model(x.to(device)), y.to(device))) * len(x)
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


def samples(batches: Batches) -> int:
    """How many they are."""
    return sum(len(x) for x, _ in batches)


def _spread(trainer: Trainer, split: Split) -> Batches:
    chosen = spread(split)
    parts = -(-len(chosen) // BATCH)
    return tuple(trainer.data.batch(split, chosen[part::parts]) for part in range(parts))
