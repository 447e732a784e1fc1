"""The weights of the discrete network: cut out of the composite, gates and constants folded in (inverse pass, 4–6)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dasdsl.ir.closing import Closing, Layer
from dasdsl.ir.program import INPUT, Node
from dasdsl.layers.dense import dense, fill_
from dasdsl.layers.gated import GatedKernel, Gates
from dasdsl.layers.labelled import own_state
from dasdsl.lowering.composite import CompositeModel
from dasdsl.lowering.network import apply
from dasdsl.operations.core.selecting import Select


@torch.no_grad()
def transfer_(composite: CompositeModel, closing: Closing, discrete: CompositeModel) -> None:
    """Give the discrete network exactly what the composite computes. Both are in evaluation mode."""
    gates = composite.bank.values()
    constants = Constants(composite, closing, gates)
    left = dict(zip(closing.nodes, (node.name for node in discrete.program.nodes), strict=True))
    for node in closing.program.nodes:
        module = composite.layer(node.name)
        # a path of which nothing is left may have held the constants that others fold
        target = discrete.layer(left[node.name]) if node.name in left else None
        layer = closing.layers.get(node.name)
        if layer is None:
            constants.pass_on(node)
            if target is not None:
                features = torch.tensor(node.site.axis.features(closing.kept[node.name]), dtype=torch.long)
                found = closing.filters.get(node.name)
                state = state_of(module, () if found is None else found.region, gates)
                _load_own(target, node.op.sliced(state, features))
            continue
        weight, bias = dense(module, sum(node.site.axis.spreads), gates)
        bias = constants.fold(node, layer, weight, bias)
        constants.produce(node, layer, bias)
        if target is not None:
            fill_(target, cut(node, layer, closing, weight), None if bias is None else bias[list(layer.outputs)])


def state_of(module: nn.Module, region: tuple[slice, ...], gates: Gates, *, live: bool = False) -> dict[str, Tensor]:
    """A module's own state, with the taps of a filter that are left in the place of the dense kernel."""
    state = own_state(module, live=live)
    if region:
        weight = module.effective(gates) if isinstance(module, GatedKernel) else state["weight"]
        state["weight"] = weight[(slice(None), slice(None), *region)]
    return state


def _load_own(module: nn.Module, state: dict[str, Tensor]) -> None:
    """Load a module's own state; a key too few or too many is an error."""
    own = own_state(module).keys()
    if own != state.keys():
        raise KeyError(f"{type(module).__name__} has {sorted(own)}, not {sorted(state)}")
    module.load_state_dict(state, strict=False)


def cut(node: Node, layer: Layer, closing: Closing, weight: Tensor) -> Tensor:
    """The part of a dense weight that is left: (outputs left, features left, …filter found)."""
    features = list(node.site.axis.features(layer.inputs))
    found = closing.filters.get(node.name)
    region = () if found is None else found.region
    weight = torch.zeros_like(weight) if layer.idle else weight
    return weight[list(layer.outputs)][:, features][(slice(None), slice(None), *region)]


class Constants:
    """Outputs that read nothing hold a constant; where nothing is padded it moves into its readers' biases.

    Constants are carried through the real modules in evaluation, so every operation on the way is exact. Without any
    constant to fold this does nothing.
    """

    def __init__(self, composite: CompositeModel, closing: Closing, gates: Gates) -> None:
        self.composite, self.closing, self.gates = composite, closing, gates
        self.needed = any(layer.folded for layer in closing.layers.values())
        like = next(composite.parameters())
        self.values: dict[str, Tensor] = {INPUT: like.new_zeros(1, *composite.program.space.header.input)}

    def pass_on(self, node: Node) -> None:
        """Through an operation without a kernel; what stands in the place of a choice is no choice any more."""
        if self.needed:
            reads = [self.values[name] for name in node.inputs]
            decided = isinstance(self.composite.program[node.name].op, Select)
            module = node.op.module(node.site) if decided else self.composite.layer(node.name)
            self.values[node.name] = apply(module, reads, self.gates)

    def produce(self, node: Node, layer: Layer, bias: Tensor | None) -> None:
        """A layer's outputs: the bias where one reads nothing, zero elsewhere."""
        if not self.needed:
            return
        made = self.values[node.inputs[0]].new_zeros(1, *node.shape)
        if bias is not None:
            made += bias.view(1, -1, *[1] * (made.dim() - 2))
        self.values[node.name] = made

    def fold(self, node: Node, layer: Layer, weight: Tensor, bias: Tensor | None) -> Tensor | None:
        """The bias with what the folded positions add: Σ over their features and the whole filter of W·c."""
        if not layer.folded:
            return bias
        features = list(node.site.axis.features(layer.folded))
        read = self.values[node.inputs[0]]
        # constant over space: any position tells
        constant = read[0].flatten(1)[features, 0] if read.dim() > 2 else read[0, features]
        taps = weight[:, features].flatten(2).sum(dim=2) if weight.dim() > 2 else weight[:, features]
        added = (taps.double() @ constant.double()).to(weight.dtype)
        return added if bias is None else bias + added
