"""Networks to import, and their texts."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from dasdsl.imports.network import from_torch

IMAGE = (3, 12, 12)


class Fn(nn.Module):
    """A network of some layers and a function of them."""

    def __init__(self, function: Callable[..., Tensor], **layers: nn.Module) -> None:
        super().__init__()
        self.layers, self.function = nn.ModuleDict(layers), function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x, **self.layers)


class Moved(nn.Module):
    """A number of its own for each channel, added or multiplied, of this shape."""

    def __init__(self, function: Callable[[Tensor, Tensor], Tensor], *shape: int) -> None:
        super().__init__()
        self.function, self.own = function, nn.Parameter(torch.rand(shape))

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x, self.own)


def body(module: nn.Module, shape: tuple[int, ...] = IMAGE) -> str:
    """The text without its header, of a network whose norms have statistics; it is known to compute the same."""
    torch.manual_seed(0)
    for part in module.modules():
        if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d):
            nn.init.uniform_(part.running_mean, -1, 1)
            nn.init.uniform_(part.running_var, 0.01, 2)
            nn.init.uniform_(part.weight, 0.5, 1.5)
    found = from_torch(module, shape)
    assert found.certificate.holds
    assert found.costs.params == sum(parameter.numel() for parameter in module.parameters())
    return str(found.architecture).split("---\n", 2)[2]


def conv(inputs: int, outputs: int, size: int = 3, **more: object) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, size, padding=size // 2, **more)  # pyright: ignore[reportArgumentType]
