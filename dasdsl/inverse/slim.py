"""A composite that computes with what is left of it: the same values and gradients, in the time of what is left.

While a composite is trained, more and more of it comes to be read with factors that are exactly zero. What is closed
for good need not be computed. The weights stay where they are, in the composite, under its optimizer; in every step a
small network of PyTorch's own layers gets the part of them that is left, gates multiplied in, and gradients flow back
through that. So nothing else has to know.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Self

import torch
from torch import Tensor, nn

from dasdsl.frozen import frozen
from dasdsl.inverse.slicing import state_of
from dasdsl.ir.narrowing import Narrowed
from dasdsl.ir.program import Node
from dasdsl.layers.dense import dense, entries
from dasdsl.layers.gated import GatedKernel, Gates
from dasdsl.layers.labelled import own_state
from dasdsl.layers.patterns import PatternKernel
from dasdsl.lowering.composite import CompositeModel
from dasdsl.lowering.kernels import Kernels
from dasdsl.lowering.network import Network


class Slim(nn.Module):
    """`whole` without what its gates have closed, of which this is `left`: the same outputs, in training too.

    It has no parameters of its own, and the running statistics are those of the whole.
    """

    def __init__(self, whole: CompositeModel, left: Narrowed) -> None:
        """Make the small network."""
        super().__init__()
        like = next(whole.parameters())
        with torch.random.fork_rng(devices=[]):
            network = Network(left.program).to(like)
        parts = (
            _part(node, left, whole.layer(node.name), network.layer(node.name), like.device)
            for node in left.whole.values()
        )
        self._parts = tuple(part for part in parts if part is not None)
        # neither is a module of this one, whose state is that of the whole
        self._held = whole, network
        sources = [part.source for part in self._parts if isinstance(part.source, GatedKernel | PatternKernel)]
        gated = (one for source in sources for one in source.modules() if isinstance(one, GatedKernel))
        self._kernels = Kernels(gated).to(like.device)
        self.train(whole.training)

    def train(self, mode: bool = True) -> Self:
        """Set the whole, and the small network, to training or evaluation."""
        for module in self._held:
            module.train(mode)
        return super().train(mode)

    @property
    def device(self) -> torch.device:
        """Where the whole is."""
        return next(self._held[0].parameters()).device

    @property
    def network(self) -> Network:
        """What is computed: plain layers, and gates only between branches that are still open."""
        return self._held[1]

    def forward(self, x: Tensor) -> Tensor:
        """(N, *input) → (N, *output)."""
        whole, network = self._held
        gates = whole.gates(self._kernels)
        for part in self._parts:
            part.fill(gates)
        y = network.run(x, gates)
        if self.training:
            for part in self._parts:
                part.remember()
        return y


@frozen(eq=False)
class _Part(ABC):
    """One layer of the small network, and the layer of the whole that its tensors come from."""

    node: Node
    source: nn.Module
    target: nn.Module
    region: tuple[slice, ...]
    """The taps that are left of a filter."""
    features: Tensor | None
    """The features of its input that are left; None for all, in order."""

    @abstractmethod
    def tensors(self, gates: Gates) -> dict[str, Tensor]:
        """What the layer computes with, by names within it."""

    def fill(self, gates: Gates) -> None:
        """Put it there, in the place of parameters."""
        for name, value in self.tensors(gates).items():
            owner, _, own = name.rpartition(".")
            setattr(self.target.get_submodule(owner), own, value)

    @abstractmethod
    def remember(self) -> None:
        """Keep the running statistics."""


@frozen(eq=False)
class _KernelPart(_Part):
    """A layer with a kernel."""

    outputs: Tensor | None
    idle: bool

    def tensors(self, gates: Gates) -> dict[str, Tensor]:
        weight, bias = dense(self.source, sum(self.node.site.axis.spreads), gates)
        if self.idle:
            weight = torch.zeros_like(weight)
        weight = _chosen(_chosen(weight, 0, self.outputs), 1, self.features)[(slice(None), slice(None), *self.region)]
        return entries(self.target, weight, None if bias is None else _chosen(bias, 0, self.outputs))

    def remember(self) -> None:
        """It has none."""


@frozen(eq=False)
class _OwnPart(_Part):
    """Any other operation that holds something for each channel."""

    def tensors(self, gates: Gates) -> dict[str, Tensor]:
        state = state_of(self.source, self.region, gates, live=True)
        return state if self.features is None else dict(self.node.op.sliced(state, self.features))

    @torch.no_grad()
    def remember(self) -> None:
        whole = dict(self.source.named_buffers(recurse=False))
        for name, value in self.target.named_buffers(recurse=False):
            if value is not whole[name]:
                whole[name][self.features] = value


def _part(node: Node, left: Narrowed, source: nn.Module, target: nn.Module, device: torch.device) -> _Part | None:
    """How a layer of the small network gets its tensors; None where it has none.

    In the place of its parameters it gets plain tensors, which are those of the step in hand.
    """
    found, has_kernel = left.filters.get(node.name), node.kernel is not None
    region = () if found is None else found.region
    if not has_kernel and not own_state(source):
        return None
    for name, parameter in list(target.named_parameters(recurse=has_kernel)):
        owner, _, own = name.rpartition(".")
        holder = target.get_submodule(owner)
        delattr(holder, own)
        setattr(holder, own, parameter.detach())
    features = _indices(node.site.axis.features(left.kept[node.name]), sum(node.site.axis.spreads), device)
    if not has_kernel:
        return _OwnPart(node, source, target, region, features)
    outputs = _indices(left.outputs[node.name], node.shape[0], device)
    return _KernelPart(node, source, target, region, features, outputs, node.name in left.idle)


def _indices(numbers: Sequence[int], size: int, device: torch.device) -> Tensor | None:
    """To choose by; None where that is all of them, in order."""
    if list(numbers) == list(range(size)):
        return None
    return torch.tensor(list(numbers), dtype=torch.long, device=device)


def _chosen(tensor: Tensor, side: int, indices: Tensor | None) -> Tensor:
    return tensor if indices is None else tensor.index_select(side, indices)
