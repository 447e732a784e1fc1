"""The walker: a program as a module, each operation's module under its name, executed in order."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from dasdsl.ir.program import INPUT, Node, Program
from dasdsl.layers.gated import Gated, GatedKernel, Gates
from dasdsl.layers.labelled import Labelled

BLOCK = 16
"""So many channels oneDNN takes at once at most."""


class Network(Labelled):
    """Every operation's module under its own name (`conv1.weight`), executed in the program's order.

    With nothing open it is an ordinary network of PyTorch's own layers.
    """

    def __init__(self, program: Program) -> None:
        super().__init__()
        self.program = program
        self._last_reader = {read: node.name for node in program.nodes for read in node.inputs}
        self._by_name = {node.name: node.op.module(node.site) for node in program.nodes}
        for name, module in self._by_name.items():
            self.register(name, module)
        self.look_again_()

    def look_again_(self) -> None:
        """See anew which layers need images row by row: to be called where somebody has cut layers to other sizes."""
        self._in_rows = frozenset(name for name, module in self._by_name.items() if corrupts(module))

    def layer(self, name: str) -> nn.Module:
        """The module of one operation."""
        return self._by_name[name]

    def layers(self) -> Iterator[tuple[Node, nn.Module]]:
        """(node, module) pairs in order."""
        for node in self.program.nodes:
            yield node, self.layer(node.name)

    def run(self, x: Tensor, gates: Gates) -> Tensor:
        """(N, *input) → (N, *output); what nobody reads any more is let go."""
        values: dict[str, Tensor] = {INPUT: laid_out(x)}
        for node, module in self.layers():
            reads = [values[name] for name in node.inputs]
            for name in node.inputs:
                if self._last_reader[name] == node.name:
                    values.pop(name, None)
            if node.name in self._in_rows:
                values[node.name] = laid_out(apply(module, [x.contiguous() for x in reads], gates))
            else:
                values[node.name] = apply(module, reads, gates)
        return values[self.program.output.name].contiguous()

    def forward(self, x: Tensor) -> Tensor:
        """(N, *input) → (N, *output)."""
        return self.run(x, {})


def laid_out(x: Tensor) -> Tensor:
    """Images with the channels of a pixel side by side, where convolutions are faster so (`benchmarks/overhead.py`)."""
    if x.dim() == 4 and x.device.type == "cpu" and x.dtype == torch.float32:
        return x.contiguous(memory_format=torch.channels_last)
    return x


def corrupts(module: nn.Module) -> bool:
    """Whether a layer's gradients are wrong, or crash, on images that lie as in `laid_out`.

    A 1x1 filter with a stride, of few inputs: oneDNN writes past its workspace (its issue 6035, open for 3.12).
    """
    if isinstance(module, nn.Conv2d):
        window, stride = module.kernel_size, module.stride
    elif isinstance(module, GatedKernel):
        window, stride = module.geometry.window, module.geometry.stride
    else:
        return False
    return len(window) == 2 and max(window) == 1 and max(stride) > 1 and module.weight.shape[1] < BLOCK


def apply(module: nn.Module, reads: list[Tensor], gates: Gates) -> Tensor:
    """One operation on its inputs; gated layers look their gates up."""
    if isinstance(module, Gated) and module.gated:
        return module(*reads, gates=gates)
    return module(*reads)
