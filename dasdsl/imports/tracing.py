"""A module of PyTorch's → steps, through the graph that `torch.export` makes of it."""

from __future__ import annotations

import copy
import operator
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import torch
from torch import Tensor, fx, nn
from torch._ops import OpOverload
from torch.export import ExportedProgram, export
from torch.export.graph_signature import InputKind

from dasdsl.diagnostics import DasError
from dasdsl.imports import activations, joins, kernels, norms, parts, pools, shapes
from dasdsl.imports.calls import SAID, Call, Grouped, Last, Operand, Padded, Parts, Said, Scaled, Shifted, Spread
from dasdsl.imports.pixels import pixels
from dasdsl.imports.problems import Unsaid, not_copied, not_one, not_said, not_traced
from dasdsl.imports.steps import INPUT, Shape, Step, Steps, Value, Written
from dasdsl.imports.tidying import gated, nested
from dasdsl.lowering.quiet import quiet

A = TypeVar("A")
ROOMS = (activations, joins, kernels, norms, parts, pools, shapes)
"""Who is there to say calls: they are entered when they are loaded."""
MOVING = ("permute", "transpose")
"""Calls that are to see where channels are."""
VIEWS = (
    *("flatten", "view", "reshape", "squeeze", "unsqueeze", "unflatten", "alias", "detach", "contiguous", "to"),
    *("permute", "transpose", "slice", "narrow", "split", "split_with_sizes", "chunk", "tensor_split"),
    *("expand", "expand_as"),
)
"""Calls that may show what they are given under another name."""
UNCHANGING = ("dropout_", "feature_dropout_")
"""Calls in place that change nothing in evaluation mode."""
ENDS: Mapping[type, str] = {
    Padded: "a pad, and only a convolution has pads of its own",
    Grouped: "channels in groups, which can only be shuffled",
    Spread: "one pixel everywhere, which only a product reads",
    Shifted: "a value that a number is added to",
    Last: "channels that come last",
    Scaled: "a value that is multiplied by a number",
}
"""What no step makes, so that no network can end with it."""
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


def steps_of(module: nn.Module, shape: Shape) -> Steps:
    """The steps of a module that takes one tensor (N, *shape) and gives one; the module stays as it is.

    Raises: DasError E701 for a layer that no statement says, E702 where there is no graph.
    """
    program = _traced(module, torch.zeros(BATCH, *shape))
    return _Reading(program).run(shape)


def _traced(module: nn.Module, x: Tensor) -> ExportedProgram:
    with quiet():
        return guarded(lambda: export(module, (x,)), not_traced)


def guarded(work: Callable[[], A], told: Callable[[BaseException], DasError]) -> A:
    """What the work makes. A network is anybody's code, and may raise anything, or end the process."""
    try:
        return work()
    except (Exception, SystemExit) as error:
        raise told(error) from error


class _Reading:
    """Reads a graph, call by call. What a call changes in place stands for what was there from then on."""

    def __init__(self, program: ExportedProgram) -> None:
        self.program = program
        self.operands: dict[fx.Node, Operand] = {}
        self.steps: list[Step] = []
        self.users: dict[str, set[str]] = defaultdict(set)
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
        if type(last) in ENDS:
            raise not_said("the network", Unsaid(f"it ends with {ENDS[type(last)]}"))
        if not isinstance(last, Value):
            raise not_one("gives something else than one tensor that it computes")
        shared = tuple(name for name, users in self.users.items() if len(users) > 1)
        steps, end = pixels(self.steps, Value(INPUT, shape), last.name)
        return Steps(nested(gated(steps)), end, last.shape, shared)

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
        name = _words(node)
        try:
            made = self._said(name.removesuffix("_"), node, where)
        except Unsaid as error:
            raise not_said(where, error) from None
        self.operands[node] = made
        changed = node.args[0] if node.args else None
        if name.endswith("_") and isinstance(changed, fx.Node):
            if name not in UNCHANGING and _read_later(changed, node):
                raise not_said(where, Unsaid("it changes a view in place, and what that is a view of is read later"))
            self.operands[changed] = made

    def _item(self, node: fx.Node) -> None:
        """Of what gives more than one tensor: one of its parts, or else its first."""
        source, index = node.args
        found = self.operands.get(source) if isinstance(source, fx.Node) else None
        if isinstance(found, Parts) and isinstance(index, int):
            where = _place(node)
            try:
                part = parts.part(found.value, found.bounds[index])
                self.operands[node] = self._made(node.name, part, _shapes(node)[0], where)
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
        call = Call(name, arguments, _shapes(node))
        if name not in MOVING and any(isinstance(one, Last) for one in arguments.values()):
            call = call.first()
        made = self._made(node.name, SAID[name](call), call.shape, where)
        if call.last and not isinstance(made, Value):
            raise Unsaid("it reads a value whose channels come last")
        return Last(made) if call.last and isinstance(made, Value) else made

    def _constant(self, node: fx.Node) -> Tensor | tuple[Tensor, ...]:
        """What is computed of parameters and constants alone is one."""
        if _words(node).endswith("_"):
            raise Unsaid("it changes a parameter or a constant in place")
        target: Any = node.target
        positions = [self._operand(one) for one in node.args]
        names = {name: self._operand(one) for name, one in node.kwargs.items()}
        with torch.no_grad():
            made = guarded(lambda: target(*positions, **names), not_traced)
        return made if isinstance(made, Tensor) else tuple(made)

    def _made(self, name: str, written: Said, shape: Shape, where: str) -> Operand:
        if isinstance(written, Scaled) and isinstance(written.value, Written):
            made = self._made(name, written.value, shape, where)
            assert isinstance(made, Value)
            return Scaled(made, written.factor)
        if not isinstance(written, Written):
            return written
        if not written.statements:
            return written.inputs[0]
        inputs = tuple(value.name for value in written.inputs)
        self.steps.append(Step(name, inputs, written.statements, written.tensors, written.joins, where, shape))
        self._remember(written, name)
        return Value(name, shape)

    def _remember(self, written: Written, step: str) -> None:
        for tensor in written.tensors.values():
            name = self.names.get(tensor.data_ptr())
            if name is not None:
                self.users[name.rpartition(".")[0]].add(step)

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
    if "set_grad" in target:
        return Unsaid("it switches gradients off or on", help="take `torch.no_grad()` out of its `forward`")
    return Unsaid(f"it calls `{target}`")


def _read_later(view: fx.Node, change: fx.Node) -> bool:
    """Whether something that a view shows is read by another name after it was changed."""
    order = {node: number for number, node in enumerate(change.graph.nodes)}
    while (
        view.op == "call_function"
        and (_words(view) in VIEWS or view.target is operator.getitem)
        and isinstance(view.args[0], fx.Node)
    ):
        view = view.args[0]
        if any(order[user] > order[change] for user in view.users):
            return True
    return False


def _words(node: fx.Node) -> str:
    target: Any = node.target
    return target.name().partition("::")[2].partition(".")[0] if isinstance(target, OpOverload) else ""


def _shapes(node: fx.Node) -> tuple[Shape, ...]:
    """What a call makes, without the batch.

    Raises: Unsaid where the batch does not come first.
    """
    made = node.meta.get("val")
    found = made if isinstance(made, list | tuple) and made else [made]
    if not isinstance(found[0], Tensor):
        raise Unsaid("it makes no tensor")
    if found[0].dim() < 2 or found[0].shape[0] != BATCH:
        raise Unsaid("it changes the batch, which comes first")
    return tuple(tuple(map(int, one.shape[1:])) for one in found if isinstance(one, Tensor))


def _place(node: fx.Node) -> str:
    """Where it stands in the network: `layer1.0.conv1 (Conv2d)`."""
    stack = node.meta.get("nn_module_stack")
    if not stack:
        return "the network"
    path, kind = list(stack.values())[-1]
    name = kind if isinstance(kind, str) else kind.__qualname__
    return f"`{path}` ({name.rpartition('.')[2]})" if path else f"the network ({name.rpartition('.')[2]})"
