"""The kernels of all searched layers at once: a network has many, and each small step of each takes its time.

What `GatedKernel.effective` says of one layer goes forward and backward here in one step of autograd, with the
gradients worked out by hand. Between the two only what it is given is kept, and the windows of the filters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from dasdsl.layers.gated import GatedKernel, Gates, filter_masks, scaled


class Kernels(nn.Module):
    """V · F · β · G of layers, whose parameters stay with them.

    The options of all filters stand one behind the other, and so do the taps of all layers' filters.
    """

    options: Tensor
    taps: Tensor

    def __init__(self, layers: Iterable[GatedKernel]) -> None:
        super().__init__()
        # a tuple, since they are modules of the network
        self.layers = tuple(layers)
        filtered = [(key, layer) for layer in self.layers if (key := layer.plan.filter_key) is not None]
        keys = [key for key, _ in filtered]
        masks = [filter_masks(layer.plan.options, layer.geometry.window).flatten(1) for _, layer in filtered]
        # layers may share one
        self.filters = {key: len(mask) for key, mask in zip(keys, masks, strict=True)}
        self.windows = [mask.shape[1] for mask in masks]
        first = dict(zip(self.filters, _starts(self.filters.values()), strict=True))
        pairs = [
            mask.nonzero() + torch.tensor([first[key], start])
            for key, mask, start in zip(keys, masks, _starts(self.windows), strict=True)
        ]
        # which option has which tap
        options, taps = torch.cat([torch.zeros(0, 2, dtype=torch.long), *pairs]).T.contiguous()
        self.register_buffer("options", options, persistent=False)
        self.register_buffer("taps", taps, persistent=False)

    def forward(self, gates: Gates) -> dict[str, Tensor]:
        """The kernel of each layer, (C_out, features/groups, …window), by the layer's key."""
        if not self.layers:
            return {}
        weights = [layer.weight for layer in self.layers]
        scales = [layer.scale(gates) for layer in self.layers]
        found = _Value.apply(self, *weights, *scales, *(gates[key] for key in self.filters))
        return {layer.key: kernel for layer, kernel in zip(self.layers, found, strict=True)}

    # ---- without gradients -------------------------------------------------------------------------------------------

    def factors(self, gates: Sequence[Tensor]) -> list[Tensor | None]:
        """F of each layer, (…window), by the gates of the filters; None where the filter is closed."""
        if not gates:
            return [None] * len(self.layers)
        options = torch.cat([gate.flatten() for gate in gates])[self.options]
        taps = iter(options.new_zeros(sum(self.windows)).index_add(0, self.taps, options).split(self.windows))
        return [
            None if layer.plan.filter_key is None else next(taps).view(layer.geometry.window) for layer in self.layers
        ]

    def pulled_back(self, slopes: Sequence[Tensor], gates: Sequence[Tensor]) -> list[Tensor]:
        """The gradients of the gates of the filters, by those of F of the layers that have one."""
        if not gates:
            return []
        taps, sizes = torch.cat([slope.flatten() for slope in slopes])[self.taps], list(self.filters.values())
        options = taps.new_zeros(sum(sizes)).index_add(0, self.options, taps).split(sizes)
        return [option.view(gate.shape) for option, gate in zip(options, gates, strict=True)]


class _Value(torch.autograd.Function):
    """The weights of all layers, their scales and the gates of the filters to kernels."""

    @staticmethod
    def forward(ctx: Any, kernels: Kernels, *given: Any) -> tuple[Tensor, ...]:  # noqa: ANN401  (torch's own)
        count = len(kernels.layers)
        ctx.kernels, ctx.windows = kernels, kernels.factors(given[2 * count :])
        ctx.save_for_backward(*given)
        return tuple(map(scaled, given[:count], given[count : 2 * count], ctx.windows))

    @staticmethod
    @once_differentiable  # its wrapper takes the context by position
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any,  # noqa: ANN401
        *grads: Tensor,
    ) -> tuple[Tensor | None, ...]:
        kernels: Kernels = ctx.kernels
        given, count = ctx.saved_tensors, len(kernels.layers)
        weights, scales, gates = given[:count], given[count : 2 * count], given[2 * count :]
        own = map(scaled, grads, scales, ctx.windows)
        if not any(ctx.needs_input_grad[1 + count :]):
            return None, *own, *[None] * (len(given) - count)
        slopes = [
            _slopes(grad * weight, scale, window)
            for grad, weight, scale, window in zip(grads, weights, scales, ctx.windows, strict=True)
        ]
        of_windows = [slope for _, slope in slopes if slope is not None]
        return None, *own, *(slope for slope, _ in slopes), *kernels.pulled_back(of_windows, gates)


def _slopes(slope: Tensor, scale: Tensor | None, window: Tensor | None) -> tuple[Tensor | None, Tensor | None]:
    """The gradients of the scale and of the window, by that of the kernel times its weight."""
    if scale is None:
        return None, None if window is None else slope.sum((0, 1))
    if window is None:
        sides = [*range(2 - scale.dim()), *range(2, slope.dim())]
        return slope.sum(sides) if sides else slope, None
    rows = (slope if scale.dim() == 2 else slope.sum(0)).reshape(scale.numel(), -1)
    return (rows @ window.flatten()).view(scale.shape), (scale.flatten() @ rows).view(window.shape)


def _starts(sizes: Iterable[int]) -> list[int]:
    """Where each begins, one behind the other."""
    return list(accumulate(sizes, initial=0))[:-1]
