"""The walker: a program as a module, each operation's module under its name, executed in order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn

from dasdsl.ir.program import INPUT, Node, Program
from dasdsl.layers.gated import GatedKernel, Gates
from dasdsl.layers.patterns import PatternKernel


class Network(nn.Module):
    """Every operation's module under its own name (`conv1.weight`), executed in the program's order.

    With nothing open it is an ordinary network of PyTorch's own layers.
    """

    def __init__(self, program: Program) -> None:
        super().__init__()
        self.program = program
        self._last_reader = {read: node.name for node in program.nodes for read in node.inputs}
        for node in program.nodes:
            # past `add_module`, which refuses labels such as `train`: they are looked up by name only
            self._modules[node.name] = node.op.module(node.site)

    def __setattr__(self, name: str, value: Any) -> None:  # noqa: ANN401 - an attribute is anything
        # a label may be the name of an attribute (`training`): it stays one, and layers are looked up by `layer`
        if name in self.__dict__.get("_modules", {}) and not isinstance(value, nn.Module):
            object.__setattr__(self, name, value)
        else:
            super().__setattr__(name, value)

    def layer(self, name: str) -> nn.Module:
        """The module of one operation."""
        module = self._modules[name]
        assert module is not None
        return module

    def layers(self) -> Iterator[tuple[Node, nn.Module]]:
        """(node, module) pairs in order."""
        for node in self.program.nodes:
            yield node, self.layer(node.name)

    def run(self, x: Tensor, gates: Gates) -> Tensor:
        """(N, *input) → (N, *output); what nobody reads any more is let go."""
        values: dict[str, Tensor] = {INPUT: x}
        for node, module in self.layers():
            reads = [values[name] for name in node.inputs]
            for name in node.inputs:
                if self._last_reader[name] == node.name:
                    values.pop(name, None)
            values[node.name] = apply(module, reads, gates)
        return values[self.program.output.name]

    def forward(self, x: Tensor) -> Tensor:
        """(N, *input) → (N, *output)."""
        return self.run(x, {})


def apply(module: nn.Module, reads: list[Tensor], gates: Gates) -> Tensor:
    """One operation on its inputs; gated layers look their gates up."""
    if isinstance(module, GatedKernel) or (isinstance(module, PatternKernel) and module.gated):
        return module(reads[0], gates)
    return module(*reads)
