"""One step's batch over several ranks, with the same outcome as in one process, up to rounding.

Gradients are added up by one all-reduce of one flat tensor, after the backward pass. That is simpler than the wrapper
DistributedDataParallel and does more here: the models are small, so there is little to overlap; no gate that is closed
and no branch that nobody uses needs a flag; nothing is wrapped that would have to be made again when a network is cut;
and the penalties of the gates are in the loss of one rank, so that they count once.

A batch norm takes its statistics over the batches of all ranks, and a dropout draws its mask for the whole batch, so
ranks only divide the work.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dasdsl.search import ranks
from dasdsl.search.task import Task

BatchNorm = nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d


class Shares:
    """Which part of the batch of the step in hand is this rank's."""

    def __init__(self) -> None:
        self.total, self.start, self.stop = 0, 0, 0

    def take(self, indices: Tensor) -> Tensor:
        """The samples of a batch that are this rank's; none, where there are fewer samples than ranks."""
        self.total = len(indices)
        mine = torch.arange(self.total).tensor_split(ranks.size())[ranks.rank()]
        self.stop = self.start = int(mine[0]) if len(mine) else self.total
        self.stop += len(mine)
        return indices[self.start : self.stop]

    def loss(self, task: Task, outputs: Tensor, targets: Tensor) -> Tensor:
        """The part of this rank in the mean loss over the whole batch; the parts of all ranks add up to it."""
        share = self.stop - self.start
        if share == self.total:
            return task.loss(outputs, targets)
        if share == 0:
            # nothing, but with a gradient: the ranks go backward together
            return outputs.sum() * 0.0
        return task.loss(outputs, targets) * (share / self.total)


def sum_gradients_(model: nn.Module) -> None:
    """Add up the gradients over all ranks; what has none, has none anywhere, and stays untouched by the optimizer."""
    if ranks.size() == 1:
        return
    gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    flat = ranks.all_reduce_(torch.cat([gradient.flatten() for gradient in gradients]))
    for gradient, part in zip(gradients, flat.split([gradient.numel() for gradient in gradients]), strict=True):
        gradient.copy_(part.view_as(gradient))


@contextmanager
def over_ranks(model: nn.Module, shares: Shares) -> Generator[None]:
    """While this lasts, what a network does to a batch as a whole, it does over the ranks."""
    replaced: list[nn.Module] = []
    if ranks.size() > 1:
        for module in model.modules():
            forward = _forward_of(module)
            if forward is not None:
                module.forward = partial(forward, module, shares)
                replaced.append(module)
    try:
        yield
    finally:
        for module in replaced:
            del module.forward


def _forward_of(module: nn.Module) -> Any:  # noqa: ANN401 - a function of the module, the shares and its input
    if isinstance(module, BatchNorm):
        return batch_norm
    return dropout if isinstance(module, nn.Dropout) else None


def batch_norm(norm: BatchNorm, shares: Shares, x: Tensor) -> Tensor:
    """A batch norm by the mean and variance over the batches of all ranks, (N, C, …) → (N, C, …)."""
    if not norm.training:
        return F.batch_norm(x, norm.running_mean, norm.running_var, norm.weight, norm.bias, eps=norm.eps)
    across = [0, *range(2, x.dim())]
    each = (1, -1, *(1 for _ in x.shape[2:]))
    count = shares.total * x.shape[2:].numel()
    mean = _summed(x.sum(across)) / count
    centred = x - mean.view(each)
    variance = _summed(centred.square().sum(across)) / count
    _remember(norm, mean.detach(), variance.detach() * (count / (count - 1)))
    out = centred * (variance + norm.eps).rsqrt().view(each)
    return out * norm.weight.view(each) + norm.bias.view(each) if norm.affine else out


def _remember(norm: BatchNorm, mean: Tensor, variance: Tensor) -> None:
    """Take the statistics of a batch into the running ones."""
    if norm.running_mean is None or norm.running_var is None or norm.num_batches_tracked is None:
        return
    norm.num_batches_tracked.add_(1)
    part = 1 / float(norm.num_batches_tracked) if norm.momentum is None else norm.momentum
    norm.running_mean.lerp_(mean, part)
    norm.running_var.lerp_(variance, part)


def dropout(module: nn.Dropout, shares: Shares, x: Tensor) -> Tensor:
    """The part of this rank in the dropout of the whole batch: all ranks draw the same random numbers."""
    if not module.training:
        return x
    mask = F.dropout(x.new_ones((shares.total, *x.shape[1:])), module.p, training=True)
    return x * mask[shares.start : shares.stop]


class _Summed(torch.autograd.Function):
    """The sum of a tensor over the ranks; its gradient is the sum of theirs."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:  # noqa: ANN401, ARG004 - torch's own
        return ranks.all_reduce_(x.clone())

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:  # noqa: ANN401, ARG004
        return ranks.all_reduce_(gradients[0].clone())


def _summed(x: Tensor) -> Tensor:
    summed = _Summed.apply(x)
    assert isinstance(summed, Tensor)
    return summed
