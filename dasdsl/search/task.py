"""What is learnt: the loss, the metric, and how both are measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dasdsl.data.sets import Data, Split
from dasdsl.frozen import frozen
from dasdsl.search import ranks
from dasdsl.search.devices import device_of

EVALUATION_BATCH = 256
NEGLIGIBLE = 1e-3
"""Of the targets' variance."""


@frozen(slots=True)
class Task:
    """Classification (cross-entropy, accuracy) or regression (mean squared error, RMSE)."""

    kind: Literal["classification", "regression"]
    metric_name: Literal["accuracy", "rmse"]
    scale: float
    """The loss of the best constant prediction on the training data: what γ is relative to."""

    @classmethod
    def of(cls, data: Data, train: Split) -> Task:
        """The task of a data set; the scale is that of these training samples."""
        if data.task == "classification":
            frequencies = torch.bincount(train.y, minlength=len(data.classes)).double() / len(train)
            scale = float(torch.special.entr(frequencies).sum())
        else:
            scale = float(train.y.double().var(dim=0, correction=0).mean())
        return cls(data.task, data.metric_name, scale if scale > 0 else 1.0)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The mean loss of a batch: outputs (N, C) with targets (N,), or both (N, T)."""
        outputs = outputs.flatten(1)
        return F.cross_entropy(outputs, targets) if self.kind == "classification" else F.mse_loss(outputs, targets)

    @torch.no_grad()
    def evaluate(self, model: nn.Module, data: Data, split: Split, between: Callable[[], None] = lambda: None) -> float:
        """The metric on a whole split, in evaluation mode: accuracy in 0..1, or RMSE over all targets.

        `between` is called before each batch, and may raise.
        """
        mode = model.training
        model.eval()
        device = device_of(model)
        parts = torch.arange(len(split)).split(EVALUATION_BATCH)
        totals = torch.zeros(len(parts), dtype=torch.float64)
        for part in range(ranks.rank(), len(parts), ranks.size()):
            between()
            x, y = data.batch(split, parts[part], device)
            outputs = model(x).flatten(1)
            if self.kind == "classification":
                totals[part] = (outputs.argmax(dim=1) == y).sum()
            else:
                totals[part] = (outputs.double() - y).square().mean(dim=1).sum()
        model.train(mode)
        # whoever measured a part: they are added up in the same order
        mean = float(ranks.all_reduce_(totals).cumsum(0)[-1]) / len(split)
        return mean if self.kind == "classification" else float(mean**0.5)

    def within(self, metric: float, reference: float, tolerance: float) -> bool:
        """Whether a metric is no worse than a reference by more than the tolerance.

        That is absolute for accuracy and relative for RMSE; a thousandth of the targets' variance never counts.
        """
        if self.kind == "classification":
            return metric >= reference - tolerance
        return metric**2 <= max((reference * (1 + tolerance)) ** 2, reference**2 + NEGLIGIBLE * self.scale)
