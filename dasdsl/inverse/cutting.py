"""A decided network cut down to what is left of it, to be trained at its real cost, and put back afterwards."""

from __future__ import annotations

from functools import cached_property

import torch
from torch import nn

from dasdsl.frozen import frozen
from dasdsl.inverse.discover import close_exactly
from dasdsl.inverse.slicing import transfer_
from dasdsl.ir.closing import Closing, Layer
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.program import Node
from dasdsl.layers.dense import dense, fill_
from dasdsl.layers.labelled import own_state
from dasdsl.lowering.composite import CompositeModel, lower
from dasdsl.lowering.settling import decide_
from dasdsl.operations.core.decisions import Assignment, Outcome, Subset
from dasdsl.operations.core.operation import Cost


@frozen
class Cut:
    """`model` computes exactly what `whole` does, without what `whole` decided against."""

    whole: CompositeModel
    closing: Closing
    model: CompositeModel

    @classmethod
    def of(cls, whole: CompositeModel) -> Cut:
        """Cut a decided network. A layer that reads nothing has weights of zero, which are not trained.

        Raises: Collapsed where its output does not depend on its input.
        """
        whole.eval()
        closing = close_exactly(whole)
        with torch.random.fork_rng(devices=[]):
            model = lower(elaborate(closing.space)).eval().to(next(whole.parameters()))
        transfer_(whole, closing, model)
        cut = cls(whole, closing, model)
        for name, layer in closing.layers.items():
            if layer.idle and name in cut.names:
                # with weights again it would read more of the whole than of what is left
                for parameter in model.layer(cut.names[name]).parameters():
                    parameter.requires_grad_(parameter.dim() == 1)
        return cut

    @property
    def cost(self) -> Cost:
        """What it costs."""
        return self.model.program.cost

    @cached_property
    def names(self) -> dict[str, str]:
        """For each node of the whole that is left, its name in the cut network."""
        return dict(zip(self.closing.nodes, (node.name for node in self.model.program.nodes), strict=True))

    def reads(self, name: str) -> tuple[int, ...]:
        """The positions that a layer of the whole still reads, ascending."""
        return read_by(self.closing.layers[name])

    def renew_(self) -> None:
        """Let the cut network compute what the whole does now; the whole may have lost more, but gained nothing."""
        transfer_(self.whole, self.closing, self.model)

    @torch.no_grad()
    def put_back_(self) -> None:
        """Give the whole what the cut network has learnt; what it no longer reads is decided so."""
        for node in self.closing.program.nodes:
            if node.name not in self.names:
                continue
            module, target = self.model.layer(self.names[node.name]), self.whole.layer(node.name)
            layer = self.closing.layers.get(node.name)
            if layer is None:
                self._put_own(node, module, target)
            else:
                self._put_kernel(node, layer, module, target)
                decide_(self.whole, _reads(node, layer))

    def _put_kernel(self, node: Node, layer: Layer, module: nn.Module, target: nn.Module) -> None:
        weight, bias = dense(target, sum(node.site.axis.spreads), self.whole.bank.values())
        weight = weight.clone()
        own = self.model.program[self.names[node.name]]
        learnt, learnt_bias = dense(module, sum(own.site.axis.spreads), {})
        outputs = list(layer.outputs)
        features = torch.tensor(node.site.axis.features(layer.inputs), dtype=torch.long)
        part = torch.zeros_like(weight[outputs][:, features])
        found = self.closing.filters.get(node.name)
        part[(slice(None), slice(None), *(() if found is None else found.region))] = learnt
        weight[outputs] = torch.zeros_like(weight[outputs]).index_copy(1, features, part)
        if bias is not None and learnt_bias is not None:
            bias = bias.clone()
            bias[outputs] = learnt_bias
        fill_(target, weight, bias)

    def _put_own(self, node: Node, module: nn.Module, target: nn.Module) -> None:
        """The inverse of the operation's `sliced`: numbers in the place of values tell where each one comes from."""
        learnt, whole = own_state(module), own_state(target)
        numbers = {key: torch.arange(value.numel()).view(value.shape) for key, value in whole.items()}
        found = self.closing.filters.get(node.name)
        if found is not None:
            numbers["weight"] = numbers["weight"][(slice(None), slice(None), *found.region)]
        features = torch.tensor(node.site.axis.features(self.closing.kept[node.name]), dtype=torch.long)
        for key, where in node.op.sliced(numbers, features).items():
            whole[key].view(-1)[where.flatten()] = learnt[key].flatten()


def read_by(layer: Layer) -> tuple[int, ...]:
    """The positions that any output of a layer reads, ascending."""
    return tuple(sorted({layer.inputs[index] for pattern in layer.patterns for index in pattern.inputs}))


def _reads(node: Node, layer: Layer) -> dict[str, Outcome]:
    """What a layer still reads, as outcomes of the decisions on it."""
    out: dict[str, Outcome] = {}
    for decision in node.decisions:
        match decision:
            case Subset(positions=positions):
                read = set(read_by(layer))
                out[decision.name] = tuple(position for position in positions if position in read)
            case Assignment(outputs=outputs):
                sets: list[tuple[int, ...]] = [()] * outputs
                for pattern in layer.patterns:
                    chosen = tuple(sorted(layer.inputs[index] for index in pattern.inputs))
                    for index in pattern.outputs:
                        sets[layer.outputs[index]] = chosen
                out[decision.name] = tuple(sets)
            case _:
                pass
    return out
