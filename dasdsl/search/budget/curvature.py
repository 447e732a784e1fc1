"""How much the loss hangs on what each layer makes: the diagonal of the Gauss-Newton matrix, over samples and space."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dasdsl.inverse.cutting import Cut
from dasdsl.search.moves.slopes import signed, squared_slopes
from dasdsl.search.task import Task


def curvatures(cut: Cut, task: Task, x: Tensor) -> dict[str, Tensor]:
    """For each layer with a kernel that is left, by its name in the whole: H (outputs of the largest,).

    An output that is off by d at every place adds ½·H·d² to the loss of a sample, where errors at places do not add up.
    Targets are drawn from what the network itself says, so that H is of the loss and not of its slope.
    """
    return squared_slopes(cut, x, lambda outputs: _drawn(task, outputs))


def _drawn(task: Task, outputs: Tensor) -> Tensor:
    """The loss of each sample, added up, for targets that are drawn from what the network says."""
    if task.kind == "classification":
        generator = torch.Generator().manual_seed(0)
        chances = outputs.detach().softmax(dim=1)
        targets = torch.multinomial(chances, 1, generator=generator).squeeze(1)
        return nn.functional.cross_entropy(outputs, targets, reduction="sum")
    return signed(outputs) * (2 / outputs.shape[1]) ** 0.5
