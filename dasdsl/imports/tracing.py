"""A module of PyTorch's → steps, through the graph that `torch.export` makes of it."""

from __future__ import annotations

import copy
import operator
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch._ops import OpOverload
from torch.export import ExportedProgram, export
from torch.export.graph_signature import InputKind

from dasdsl.imports import activations, affine, joins, kernels, norms, parts, pools, shapes
from dasdsl.imports.aliases import changed_by, same, stale, words
from dasdsl.imports.calls import SAID, Averaged, Call, Grouped, Last, Line, Operand, Padded, Parts, Said, Spread, plain
from dasdsl.imports.comparing import guarded
from dasdsl.imports.pixels import pixels
from dasdsl.imports.problems import Unsaid, not_copied, not_one, not_said, not_traced
from dasdsl.imports.steps import INPUT, Affine, Input, Shape, Step, Steps, Value, Written
from dasdsl.imports.tidying import gated, nested, read, thinned
from dasdsl.lowering.quiet import quiet

ROOMS = (activations, affine, joins, kernels, norms, parts, pools, shapes)
"""Who is there to say calls: they are entered when they are loaded."""
MOVING = ("permute", "transpose", "movedim", "moveaxis", "swapaxes", "swapdims")
"""Calls that are to see where channels are."""
CHECKS = ("_assert_tensor_metadata", "_assert_async", "_assert_scalar")
"""Calls that make nothing."""
ENDS: Mapping[type, str] = {
    Padded: "a pad, and only convolutions and pools have pads of their own",
    Grouped: "channels in groups, which can only be shuffled",
    Spread: "one pixel everywhere, which only a product reads",
    Averaged: "a mean or a largest value over some sides of space",
    Line: "space in one line",
    Last: "channels that come last",
}
"""What no step makes, so that no network can end with it."""
IN_PLACE = "let it make a new tensor: `relu(x)` in the place of `relu_(x)`, `inplace=False`"
MASKED = "choose channels by a list of numbers, like `x[:, [0, 2, 3]]`"
BATCHED = "let it keep the batch: an output of one number is (N, 1), without a last `squeeze` or `view(-1)`"
BATCH = 2
"""Of the input that a network is traced with: a batch of one can be mistaken for a side of its own."""


def prepared(module: nn.Module) -> nn.Module:
    """A copy in evaluation mode, in float32, on the processor."""
    if any(tensor.is_complex() for tensor in (*module.parameters(), *module.buffers())):
        raise not_said("the network", Unsaid("it computes with complex numbers"))
    with quiet():
        network = guarded(lambda: copy.deepcopy(module).to("cpu", torch.float32), not_copied)
    with suppress(NotImplementedError):
        # what was read from a file is as it was when it was written
        network.eval()
    return network


def steps_of(module: nn.Module, shape: Shape, batch: int = BATCH) -> Steps:
    """The steps of a module that takes one tensor (batch, *shape) and gives one; the module stays as it is.

    Raises: DasError E701 for a layer that no statement says, E702 where there is no graph.
    """
    program = _traced(module, torch.zeros(batch, *shape))
    return _Reading(program, batch).run(shape)


def _traced(module: nn.Module, x: Tensor) -> ExportedProgram:
    with quiet():
        return guarded(lambda: export(module, (x,)), not_traced)


class _Reading:
    """Reads a graph, call by call. What a call changes in place stands for what was there from then on."""

    def __init__(self, program: ExportedProgram, batch: int) -> None:
        self.program, self.batch = program, batch
        self.operands: dict[fx.Node, Operand] = {}
        self.steps: list[Step] = []
        self.names: dict[int, str] = {}

    def run(self, shape: Shape) -> Steps:
        """All of it."""
        inputs = self._inputs(shape)
        if inputs != 1:
            raise not_one(f"takes {inputs} tensors")
        output: object = None
        for node in self.program.graph.nodes:
            if node.op == "call_function":
                self._call(node)
            elif node.op == "output":
                output = node.args[0]
        found = list(output) if isinstance(output, Sequence) else [output]
        last = self.operands.get(found[0]) if len(found) == 1 and isinstance(found[0], fx.Node) else None
        if isinstance(last, Affine | Spread):
            last = last.settled or last
        if type(last) in ENDS:
            raise not_said("the network", Unsaid(f"it ends with {ENDS[type(last)]}"))
        if not isinstance(last, Value):
            raise not_one("gives something else than one tensor that it computes")
        own = read(self.steps, last.name)
        steps, end = pixels(own, Value(INPUT, shape), last.name)
        return Steps(read(nested(gated(thinned(steps))), end), end, last.shape, self._shared(own))

    def _shared(self, steps: Sequence[Step]) -> tuple[str, ...]:
        """Layers of the network that more than one step has the parameters of."""
        users = defaultdict[str, set[str]](set)
        for step in steps:
            for tensor in step.tensors.values():
                name = self.names.get(tensor.data_ptr())
                if name is not None:
                    users[name.rpartition(".")[0]].add(step.name)
        return tuple(name for name, own in users.items() if len(own) > 1)

    def _inputs(self, shape: Shape) -> int:
        """Give the placeholders their operands; how many of them are inputs."""
        held: Mapping[str, Any] = {**self.program.state_dict, **self.program.constants}
        kinds = {spec.arg.name: spec for spec in self.program.graph_signature.input_specs}
        inputs = 0
        for node in self.program.graph.nodes:
            if node.op != "placeholder":
                continue
            spec = kinds[node.name]
            if spec.kind is InputKind.USER_INPUT:
                self.operands[node] = Value(INPUT, shape)
                inputs += 1
            else:
                tensor = held[spec.target or ""]
                self.operands[node] = tensor
                # a layer may have it in another shape
                self.names[tensor.data_ptr()] = spec.target or ""
        return inputs

    # ---- calls -------------------------------------------------------------------------------------------------------

    def _call(self, node: fx.Node) -> None:
        if node.target is operator.getitem:
            self._item(node)
            return
        where = _place(node)
        target: Any = node.target
        if not isinstance(target, OpOverload):
            raise not_said(where, _uncalled(str(target)))
        name, changed = words(node), changed_by(node)
        if name in CHECKS:
            return
        try:
            made = self._said(name.removesuffix("_"), node, where)
            if changed is not None and stale(changed, node):
                raise Unsaid("it changes in place what is read by another name later", help=IN_PLACE)
        except Unsaid as error:
            raise not_said(where, error) from None
        self.operands[node] = made
        if changed is not None:
            self.operands |= dict.fromkeys(same(changed) & {*self.operands}, made)

    def _item(self, node: fx.Node) -> None:
        """Of what gives more than one tensor: one of its parts, or else its first."""
        source, index = node.args
        found = self.operands.get(source) if isinstance(source, fx.Node) else None
        if isinstance(found, Parts) and isinstance(index, int):
            where = _place(node)
            try:
                part = parts.part(found.value, found.bounds[index])
                self.operands[node] = self._made(node.name, part, _shapes(node, self.batch)[0], where)
            except Unsaid as error:
                raise not_said(where, error) from None
        elif isinstance(found, tuple) and isinstance(index, int):
            self.operands[node] = found[index]
        elif found is not None and index == 0:
            self.operands[node] = found

    def _said(self, name: str, node: fx.Node, where: str) -> Operand:
        if all(isinstance(self.operands.get(one), Tensor) for one in node.all_input_nodes) and node.all_input_nodes:
            return self._constant(node)
        if name not in SAID:
            raise Unsaid(f"`{name}` has no statement")
        arguments = self._arguments(node)
        call = Call(name, arguments, _shapes(node, self.batch), _dtype(node))
        if name not in MOVING and call.reads_last:
            call = call.first()
        made = self._made(node.name, SAID[name](call), call.shape, where)
        if not call.last or (isinstance(made, Value) and len(made.shape) == 1):
            return made
        if not isinstance(made, Value | Affine):
            raise Unsaid("it reads a value whose channels come last")
        return Last(made)

    def _constant(self, node: fx.Node) -> Tensor | tuple[Tensor, ...] | float:
        """What is computed of parameters and constants alone is one."""
        if changed_by(node) is not None:
            raise Unsaid("it changes a parameter or a constant in place")
        target: Any = node.target
        positions = [self._operand(one) for one in node.args]
        names = {name: self._operand(one) for name, one in node.kwargs.items()}
        with torch.no_grad():
            made: object = guarded(lambda: target(*positions, **names), not_traced)
        if isinstance(made, Tensor | int | float):
            return made
        if isinstance(made, Sequence) and all(isinstance(one, Tensor) for one in made):
            return tuple(made)
        raise Unsaid("it computes with something that is no tensor of the network")

    def _made(self, name: str, said: Said, shape: Shape, where: str) -> Operand:
        """What a call makes, its steps entered."""
        if isinstance(said, Affine):
            value = self._input(f"{name}/of", said.value, shape, where)
            settled = self._input(name, affine.layer(replace(said, value=value)), shape, where)
            return replace(said, value=value, settled=settled)
        if isinstance(said, Spread) and len(set(said.shape[1:])) == 1:
            words = (f"upsample {said.shape[1]}",)
            return replace(
                said, settled=self._input(name, Written((said.value,), words, shape=said.shape), shape, where)
            )
        if not isinstance(said, Written):
            return said
        if not said.statements:
            (only,) = said.inputs
            return only if isinstance(only, Value) else self._made(name, only, shape, where)
        inputs = [self._input(f"{name}/{number}", one, shape, where).name for number, one in enumerate(said.inputs)]
        shape = said.shape or shape
        self.steps.append(Step(name, tuple(inputs), said.statements, said.tensors, said.joins, where, shape))
        return Value(name, shape)

    def _input(self, name: str, found: Input, shape: Shape, where: str) -> Value:
        """What a step reads; what another makes for it alone comes before it."""
        made = found if isinstance(found, Value) else self._made(name, found, shape, where)
        return plain(made)

    def _arguments(self, node: fx.Node) -> dict[str, Any]:
        """By the names of the schema, defaults filled in; nodes as what they stand for."""
        target: Any = node.target
        schema = target._schema.arguments
        # in the order of the schema: its first is what a layer reads
        out = {one.name: one.default_value for one in schema}
        out |= {one.name: self._operand(value) for one, value in zip(schema, node.args, strict=False)}
        return out | {name: self._operand(value) for name, value in node.kwargs.items()}

    def _operand(self, argument: object) -> Any:  # noqa: ANN401 - whatever a call is given
        if isinstance(argument, fx.Node):
            if argument not in self.operands:
                raise Unsaid("it computes with something that is no tensor of the network")
            return self.operands[argument]
        if isinstance(argument, list | tuple):
            return [self._operand(one) for one in argument]
        return argument


def _uncalled(target: str) -> Unsaid:
    if "autocast" in target:
        return Unsaid("it computes in another precision", help="take `torch.autocast` out of its `forward`")
    if "set_grad" in target:
        return Unsaid("it switches gradients off or on", help="take `torch.no_grad()` out of its `forward`")
    return Unsaid(f"it calls `{target}`")


def _shapes(node: fx.Node, batch: int) -> tuple[Shape, ...]:
    """What a call makes, without the batch.

    Raises: Unsaid where the batch does not come first, or sizes hang on values.
    """
    made = node.meta.get("val")
    found = made if isinstance(made, list | tuple) and made else [made]
    if not isinstance(found[0], Tensor):
        raise Unsaid("it makes no tensor")
    sides: list[object] = [side for one in found if isinstance(one, Tensor) for side in one.shape]
    if not all(isinstance(side, int) for side in sides):
        raise Unsaid("it makes as many values as a mask or another tensor says", help=MASKED)
    if found[0].dim() < 2 or found[0].shape[0] != batch:
        raise Unsaid("it changes the batch, which comes first", help=BATCHED)
    return tuple(tuple(map(int, one.shape[1:])) for one in found if isinstance(one, Tensor))


def _dtype(node: fx.Node) -> torch.dtype:
    made = node.meta.get("val")
    return made.dtype if isinstance(made, Tensor) else torch.float32


def _place(node: fx.Node) -> str:
    """Where it stands in the network: `layer1.0.conv1 (Conv2d)`."""
    stack = node.meta.get("nn_module_stack")
    if not stack:
        return "the network"
    path, kind = list(stack.values())[-1]
    name = kind if isinstance(kind, str) else kind.__qualname__
    return f"`{path}` ({name.rpartition('.')[2]})" if path else f"the network ({name.rpartition('.')[2]})"
