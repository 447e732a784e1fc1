"""A network as a module of Python's that needs torch only: one attribute a layer, one line a layer in `forward`."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from itertools import pairwise

from torch import Tensor

from dasdsl.data.sets import Normalisation
from dasdsl.exports.names import class_name, identifiers
from dasdsl.frozen import frozen
from dasdsl.ir.program import INPUT, Program
from dasdsl.language.reports import visible
from dasdsl.layers.code import code_of
from dasdsl.lowering.network import Network
from dasdsl.report.numbers import short

WIDTH = 100


@frozen
class Source:
    """The text of a module, the name of its class, and the network's tensors under the names that it gives them."""

    text: str
    cls: str
    tensors: Mapping[str, Tensor]


def source_of(network: Network, weights: str, scale: Normalisation | None = None) -> Source:
    """The module of a network in which nothing is open.

    `weights` is the name of the file beside it, an identifier with an ending. With a `scale` it reads inputs as the
    data has them, and normalises them first. Every `name: tensor` pair is a parameter or buffer of the class, and there
    are no others.
    """
    program = network.program
    names = identifiers(node.name for node in program.nodes)
    named = _variables(program, names)
    made = [] if scale is None else [_constant(name, getattr(scale, name), program) for name in ("mean", "std")]
    read = "x" if scale is None else "(x - self.mean) / self.std"
    lines = [] if named[INPUT] == read else [f"{named[INPUT]} = {read}"]
    tensors: dict[str, Tensor] = {}
    for node, module in network.layers():
        code = code_of(module, names[node.name], [named[name] for name in node.inputs])
        made += code.made
        lines += code.before
        if code.value.isidentifier() and code.value != "x":
            named[node.name] = code.value
        elif code.value != named[node.name]:
            lines.append(f"{named[node.name]} = {code.value}")
        state = module.state_dict(keep_vars=True)
        tensors |= {new: state[old].detach() for old, new in code.tensors.items()}
    lines.append(f"return {named[program.output.name]}")
    cls = class_name(program.space.name)
    return Source("\n".join(_text(program, cls, weights, made, lines)), cls, tensors)


def _constant(name: str, values: Tensor, program: Program) -> str:
    """A number for each channel, in the shape in which it is taken off an input."""
    sides = "".join(", 1" for _ in program.space.input[1:])
    view = f".view(-1{sides})" if sides else ""
    return f'self.register_buffer("{name}", torch.tensor({values.tolist()}){view}, persistent=False)'


def _variables(program: Program, names: Mapping[str, str]) -> dict[str, str]:
    """The variable of each value: `x` where only the next layer reads it, else one of its own."""
    order = [INPUT, *(node.name for node in program.nodes)]
    readers: dict[str, set[str]] = defaultdict(set)
    for node in program.nodes:
        for name in node.inputs:
            readers[name].add(node.name)
    following = dict(pairwise(order))
    out = {INPUT: "x" if readers[INPUT] == {following[INPUT]} else "inputs"}
    for name in order[1:]:
        passed_on = readers[name] == {following.get(name)} or name == order[-1]
        out[name] = "x" if passed_on else names[name]
    return out


def _text(program: Program, cls: str, weights: str, made: Sequence[str], lines: Sequence[str]) -> Iterator[str]:
    cost, space = program.cost, program.space
    reads, makes = (", ".join(["N", *map(str, shape)]) for shape in (space.input, program.output.shape))
    yield f"# {visible(space.name)}: {short(cost.params)} params, {short(cost.macs)} MACs for one input."
    yield f"# Made by dasdsl {version('dasdsl')} from this text; it needs torch, and safetensors for its weights."
    yield "#"
    for line in str(space).splitlines():
        yield f"#     {visible(line)}".rstrip()
    yield from ("", "from pathlib import Path", "", "import torch")
    if any("F." in line for line in lines):
        yield "import torch.nn.functional as F"
    yield from ("from torch import nn", "", "")
    yield f"class {cls}(nn.Module):"
    yield from (f'    """({reads}) -> ({makes})."""', "")
    yield from ("    def __init__(self) -> None:", "        super().__init__()", *_indented(made), "")
    yield from ("    def forward(self, x: torch.Tensor) -> torch.Tensor:", *_indented(lines), "", "")
    yield f'def load(weights: str | Path = Path(__file__).with_name("{weights}")) -> {cls}:'
    yield '    """The network with its weights, ready to be used."""'
    yield from ("    from safetensors.torch import load_file", "", f"    network = {cls}()")
    yield from ("    network.load_state_dict(load_file(weights))", "    return network.eval()", "")


def _indented(lines: Iterable[str]) -> Iterator[str]:
    """Statements of a method; what is too long goes on in the next lines, within brackets."""
    for line in lines:
        if len(line) + 8 <= WIDTH:
            yield f"        {line}"
            continue
        target, equals, value = line.partition(" = ")
        if not equals:
            # a call
            target, _, value = line.removesuffix(")").partition("(")
        yield from (f"        {target}{' = ' if equals else ''}(", _filled(value), "        )")


def _filled(text: str) -> str:
    indent = " " * 12
    return textwrap.fill(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
