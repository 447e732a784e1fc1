"""PilotNet as two other methods search it: a branch for each filter size (DARTS), and masks on channels (PIT)."""

from __future__ import annotations

from itertools import pairwise, product

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CONVOLUTIONS = ((3, 24, 5, 2), (24, 36, 5, 2), (36, 48, 5, 2), (48, 64, 3, 1), (64, 64, 3, 1))
"""Inputs, outputs, largest side and stride."""
DENSE = (1152, 100, 50, 10, 1)


class Branches(nn.Module):
    """A convolution of each size, on the input with a border of zeros where it is smaller; their weighted sum.

    Source: Liu, Simonyan, Yang, "DARTS: Differentiable Architecture Search", section 2.2.
    """

    def __init__(self, inputs: int, outputs: int, largest: int, stride: int) -> None:
        super().__init__()
        sides = range(1, largest + 1)
        self.sizes = list(product(sides, sides))
        self.largest = largest
        self.branches = nn.ModuleList(nn.Conv2d(inputs, outputs, size, stride) for size in self.sizes)
        self.alpha = nn.Parameter(1e-3 * torch.randn(len(self.sizes)))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) → (N, C', H', W'), as large as that of the largest size."""
        weights = self.alpha.softmax(0)
        return torch.stack([w * self.one(x, number) for number, w in enumerate(weights)]).sum(0)

    def one(self, x: Tensor, number: int) -> Tensor:
        """One branch, its window in the middle of the largest one."""
        (h, w), size = self.sizes[number], self.largest
        top, left = size // 2 - h // 2, size // 2 - w // 2
        bottom, right = size - h - top, size - w - left
        seen = x[..., top : x.shape[-2] - bottom, left : x.shape[-1] - right]
        # With the channels of a pixel side by side oneDNN crashes there (`dasdsl.lowering.network.corrupts`).
        return self.branches[number](seen.contiguous() if (h, w) == (1, 1) else seen)


class BranchedNet(nn.Module):
    """PilotNet with branches for its filters."""

    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(Branches(*shape) for shape in CONVOLUTIONS)
        self.dense = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(DENSE))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 3, 66, 200) → (N, 1), and no penalty."""
        for layer in self.convolutions:
            x = layer(x).relu()
        return dense(self.dense, x), torch.zeros(())


class MaskedNet(nn.Module):
    """PilotNet with a mask on each layer's output channels, rounded to 0 or 1, its gradient that of the number itself.

    The penalty is the number of params that the masks leave.
    Source: Risso et al., "Lightweight Neural Architecture Search for Temporal Convolutional Networks at the Edge".
    """

    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(nn.Conv2d(a, b, side, stride) for a, b, side, stride in CONVOLUTIONS)
        self.dense = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(DENSE))
        self.masks = nn.ParameterList(torch.ones(shape[1]) for shape in CONVOLUTIONS)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 3, 66, 200) → (N, 1), and the params that are left, as a share."""
        before, penalty = torch.tensor(3.0), torch.zeros(())
        for layer, mask, (inputs, outputs, side, stride) in zip(
            self.convolutions, self.masks, CONVOLUTIONS, strict=True
        ):
            rounded = mask + ((mask > 0.5).float() - mask).detach()
            penalty = penalty + before * rounded.sum() * side**2 / (inputs * outputs * side**2)
            weight, bias = layer.weight * rounded.view(-1, 1, 1, 1), layer.bias * rounded
            x = F.conv2d(x, weight, bias, stride).relu()
            before = rounded.sum()
        return dense(self.dense, x), penalty


def dense(layers: nn.ModuleList, x: Tensor) -> Tensor:
    """The fully connected layers on what the convolutions leave."""
    x = x.flatten(1)
    for number, layer in enumerate(layers):
        x = layer(x) if number == len(layers) - 1 else layer(x).relu()
    return x
