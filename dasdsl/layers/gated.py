"""The searched layer: one convolution, whatever the number of choices (method: one searched convolution)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dasdsl.frozen import frozen
from dasdsl.layers.convolution import Geometry, initialise
from dasdsl.operations.core.filters import Filter

Gates = Mapping[str, Tensor]
"""The values of all gates of a network, by key; each is computed once a step and shared by those who read it."""


@frozen(slots=True)
class ReadGate:
    """A gate over positions of the input axis: its values times `matrix` (values, positions) are theirs."""

    key: str
    positions: tuple[int, ...]
    matrix: tuple[tuple[float, ...], ...] | None = None


@frozen(slots=True)
class Plan:
    """What is gated about one layer.

    `filter_key` with `options`: F over the window. `reads`: β over positions, each spread over `spreads` features.
    `assign_key`: G (outputs, positions). `groups_key` with `group_options`: a choice of static groups.
    """

    filter_key: str | None
    options: tuple[Filter, ...]
    reads: tuple[ReadGate, ...]
    spreads: tuple[int, ...]
    assign_key: str | None = None
    groups_key: str | None = None
    group_options: tuple[int, ...] = ()


def group_masks(options: Sequence[int], groups: int, outputs: int, positions: int) -> Tensor:
    """Which positions each output reads under each number of groups, of those that its own of `groups` groups has.

    Shape: (options, outputs, positions/groups) of 0 and 1; every option is a multiple of `groups`.
    """
    output = torch.arange(outputs).unsqueeze(1)
    position = output * groups // outputs * (positions // groups) + torch.arange(positions // groups)
    return torch.stack([output * n // outputs == position * n // positions for n in options]).float()


def filter_masks(options: Sequence[Filter], window: tuple[int, ...]) -> Tensor:
    """Which taps of the dense kernel each option has: (options, …window) of 0 and 1."""
    masks = torch.zeros(len(options), *window)
    for mask, option in zip(masks, options, strict=True):
        mask[option.region] = 1.0
    return masks


def scaled(weight: Tensor, scale: Tensor | None, window: Tensor | None) -> Tensor:
    """A weight, or the gradient of a kernel, times the factors that its layer has.

    Shapes: weight (C_out, features, …window); scale (features,) or (C_out, features); window (…window).
    """
    if scale is None:
        return weight if window is None else weight * window
    factor = scale.view(*scale.shape, *[1] * (weight.dim() - 2))
    if window is None:
        return weight * factor
    # the small factors first: one pass over the weight
    return weight * (factor * window) if scale.dim() == 1 else weight * factor * window


class Gated(nn.Module):
    """A module that takes the gates of the network beside its inputs: `module(*inputs, gates=gates)`."""

    @property
    def gated(self) -> bool:
        """Whether it has any use for them."""
        return True


class GatedKernel(Gated):
    """A convolution or linear layer under gates.

    Parameters: `weight` V (C_out, features, …window), the largest architecture and nothing more; `bias` (C_out,).
    """

    bias: nn.Parameter | None
    key: str
    """Where its kernel is among the gates, once those of all layers have been computed together."""

    def __init__(
        self,
        outputs: int,
        geometry: Geometry,
        plan: Plan,
        *,
        bias: bool,
        groups: int = 1,
        features: Sequence[int] | None = None,
    ) -> None:
        super().__init__()
        self.geometry, self.plan, self.groups = geometry, plan, groups
        self.key = ""
        self.weight = nn.Parameter(torch.empty(outputs, sum(plan.spreads) // groups, *geometry.window))
        chosen = None if features is None else torch.tensor(list(features), dtype=torch.long)
        self.features: Tensor | None
        self.register_buffer("features", chosen, persistent=False)
        self.register_parameter("bias", nn.Parameter(torch.empty(outputs)) if bias else None)
        initialise(self)
        masks = filter_masks(plan.options, geometry.window).flatten(1) if plan.options else None
        self.masks: Tensor | None
        self.register_buffer("masks", masks, persistent=False)
        options = plan.group_options
        self.group_masks: Tensor | None
        connected = group_masks(options, groups, outputs, len(plan.spreads)) if options else None
        self.register_buffer("group_masks", connected, persistent=False)
        self._register_reads()

    def _register_reads(self) -> None:
        for index, gate in enumerate(self.plan.reads):
            everything = gate.positions == tuple(range(len(self.plan.spreads)))
            where = None if everything else torch.tensor(gate.positions, dtype=torch.long)
            matrix = None if gate.matrix is None else torch.tensor(gate.matrix)
            self.register_buffer(f"read_positions_{index}", where, persistent=False)
            self.register_buffer(f"read_matrix_{index}", matrix, persistent=False)
        different = set(self.plan.spreads)
        # what `flatten` makes of one tensor: every channel has as many features
        self.even = different.pop() if len(different) == 1 else None
        self.spreads: Tensor | None
        spreads = None if self.even == 1 else torch.tensor(self.plan.spreads)
        self.register_buffer("spreads", spreads, persistent=False)

    # ---- factors -----------------------------------------------------------------------------------------------------

    def filter_factor(self, gates: Gates) -> Tensor | None:
        """F (…window), the sum of the options' masks times their gates; None where the filter is closed."""
        if self.masks is None or self.plan.filter_key is None:
            return None
        alpha = gates[self.plan.filter_key].flatten()
        return (alpha @ self.masks).view(self.geometry.window)

    def read_factor(self, gates: Gates) -> Tensor | None:
        """β (positions,): the product of what gates each position; None where nothing does."""
        out: Tensor | None = None
        for index, gate in enumerate(self.plan.reads):
            values = gates[gate.key]
            matrix: Tensor | None = getattr(self, f"read_matrix_{index}")
            where: Tensor | None = getattr(self, f"read_positions_{index}")
            if matrix is not None:
                values = values @ matrix
            if where is not None:
                values = values.new_ones(len(self.plan.spreads)).index_copy(0, where, values)
            out = values if out is None else out * values
        return out

    def connection_factor(self, gates: Gates) -> Tensor | None:
        """G (C_out, positions/groups), β multiplied in; None where every output reads every position alike."""
        key = self.plan.assign_key
        if key is not None:
            out = gates[key]
        elif self.plan.groups_key is not None and self.group_masks is not None:
            chosen = gates[self.plan.groups_key]
            out = torch.tensordot(chosen, self.group_masks.to(chosen.dtype), dims=1)
        else:
            return None
        read = self.read_factor(gates)
        return out if read is None else out * read

    def _spread(self, factor: Tensor) -> Tensor:
        if self.spreads is None:
            return factor
        if self.even is not None:
            return factor.unsqueeze(-1).expand(*factor.shape, self.even).flatten(-2)
        return factor.repeat_interleave(self.spreads, dim=-1)

    def scale(self, gates: Gates) -> Tensor | None:
        """β · G of each feature: (features,), or (C_out, features/groups) where outputs differ; None without either."""
        scale = self.connection_factor(gates)
        if scale is None:
            scale = self.read_factor(gates)
        return None if scale is None else self._spread(scale)

    def effective(self, gates: Gates) -> Tensor:
        """W_eff = V · F · β · G, (C_out, features/groups, …window)."""
        ready = gates.get(self.key)
        if ready is not None:
            return ready
        return scaled(self.weight, self.scale(gates), self.filter_factor(gates))

    # ---- module ------------------------------------------------------------------------------------------------------

    def forward(self, x: Tensor, gates: Gates) -> Tensor:
        """(N, features, …) → (N, C_out, …)."""
        return self.convolve(x, self.effective(gates), self.bias)

    def convolve(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """The layer with another kernel in the place of its own."""
        rank = len(self.geometry.window)
        if self.features is not None:
            x = x.index_select(1, self.features)
        if rank == 0:
            return F.linear(x, weight, bias)
        function = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}[rank]
        geometry = self.geometry
        return function(
            geometry.pad(x), weight, bias, geometry.stride, geometry.padding, geometry.dilation, self.groups
        )

    def extra_repr(self) -> str:  # noqa: D102
        outputs, features = self.weight.shape[:2]
        return f"{features} -> {outputs}, window={self.geometry.window}, options={len(self.plan.options)}"
