"""Random spaces that are valid, random gates, and counts by hooks on the real modules."""

from __future__ import annotations

from random import Random

import torch
from hypothesis import strategies as st
from torch import Tensor, nn

from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.program import Program
from dasdsl.language.reading import loads
from dasdsl.lowering.composite import CompositeModel, lower
from dasdsl.lowering.gates.default import DefaultChoice, DefaultPatterns, DefaultSubset
from dasdsl.lowering.gates.paper import PaperChoice, PaperCount, PaperPatterns, PaperSubset
from dasdsl.operations.core.decisions import Assignment, OneOf, Outcomes, Subset

ACTIVATIONS = ["relu", "leaky 0.1", "tanh", "gelu", "silu", "elu", "sigmoid", "hardswish", "relu6", "identity"]


@st.composite
def spaces(draw: st.DrawFn) -> str:
    """The text of a chain with anything open, of any rank; sizes are small."""
    rank = draw(st.integers(0, 3))
    side = {0: 0, 1: 9, 2: 7, 3: 5}[rank]
    channels = draw(st.integers(1, 5))
    shape = "x".join([str(channels), *[str(side)] * rank])
    lines = ["---", "das: 1", "space: random", f"input: {shape}", "define: {p: 2, w: 3}", "---"]
    layers = draw(st.integers(1, 3)) if rank else 0
    for _ in range(layers):
        count = draw(_conv(lines, rank))
        draw(_between(lines, rank))
        if draw(st.integers(0, 2)) == 0:
            draw(_branches(lines, rank, count))
    if rank:
        if draw(st.booleans()):
            lines.append("pool global avg")
        lines.append("flatten")
    for _ in range(draw(st.integers(0, 2))):
        draw(_linear(lines))
        draw(_between(lines, 0))
    draw(_linear(lines, last=True))
    return "\n".join(lines) + "\n"


@st.composite
def _side(draw: st.DrawFn) -> str:
    return draw(st.sampled_from(["1", "2", "3", "<1..3>", "<1|3>", "<2|4>", "<1..4>"]))


@st.composite
def _count(draw: st.DrawFn) -> str:
    return draw(st.sampled_from([" 4", "<=4", "<=6", " <2|4|6>", " 2*w", "<=w+1"]))


@st.composite
def _reading(draw: st.DrawFn, count: str) -> str:
    """`reads`, `groups`, or neither."""
    options = ["", "", " reads any", " reads all", " groups<=2", " groups<=p+1"]
    if "<" not in count:
        options += [" reads [0]", " groups [0 -> 1-2; none -> 0,3]"] if count == " 4" else []
    return draw(st.sampled_from(options))


@st.composite
def _conv(draw: st.DrawFn, lines: list[str], rank: int) -> str:
    shapes = "|".join("x".join(str(draw(st.integers(1, 3))) for _ in range(rank)) for _ in range(2))
    separate = "x".join(draw(_side()) for _ in range(rank))
    listed = rank > 1 and draw(st.booleans()) and len(set(shapes.split("|"))) == 2
    filters = f"<{shapes}>" if listed else separate
    count = draw(_count())
    pad = draw(st.sampled_from(["", "", " pad 2", " pad 1/2"]))
    stride = draw(st.sampled_from(["", "", " stride 2"]))
    dilation = draw(st.sampled_from(["", "", "", " dilation 2", " dilation <1|2>"])) if rank < 3 else ""
    bias = draw(st.sampled_from(["", "", " bias off"]))
    if dilation and pad:
        pad = " pad 3"
    lines.append(f"conv filters {filters} channels{count}{stride}{dilation}{pad}{draw(_reading(count))}{bias}")
    return count


@st.composite
def _plain(draw: st.DrawFn, rank: int, count: str) -> list[str]:
    """One to three lines that keep space as it is and end in this count."""
    filters = "x".join(draw(_side()) for _ in range(rank))
    body = [f"conv filters {filters} channels{count}{draw(_reading(count))}"]
    if draw(st.booleans()):
        inner = draw(_count())
        sides = "x".join(["1"] * rank)
        body = [f"conv filters {sides} channels{inner}{draw(_reading(inner))}", "relu", *body]
    if draw(st.booleans()):
        body.append("norm batch")
    return body


def indented(lines: list[str]) -> list[str]:
    """The lines of a block."""
    return [f"    {line}" for line in lines]


def _block(head: str, *bodies: list[str]) -> list[str]:
    """A statement with a path for each body, or with the one body."""
    if head == "residual":
        return ["residual:", *indented(bodies[0])]
    paths = [line for body in bodies for line in ("    path:", *(f"        {inner}" for inner in body))]
    return [f"{head}:", *paths]


@st.composite
def _branches(draw: st.DrawFn, lines: list[str], rank: int, count: str) -> None:
    """Branches behind a tensor whose channels are `count`."""
    same = draw(_plain(rank, count))
    other = draw(st.sampled_from([" 4", "<=4", "<=6", " 2*w"]))
    one = "x".join(["1"] * rank)
    gate = ["pool global avg", f"conv filters {one} channels{count}", "sigmoid"]
    # two layers that each choose their count cannot be joined
    tied = [] if "|" in count else ["residual", "mul"]
    match draw(st.sampled_from([*tied, "add", "concat", "from"])):
        case "residual":
            lines += _block("residual", same)
        case "add":
            lines += _block("add", draw(_plain(rank, other)), draw(_plain(rank, other)))
        case "concat":
            lines += _block("concat", draw(_plain(rank, draw(_count()))), ["tanh"], draw(_plain(rank, other)))
        case "mul":
            lines += _block("mul", ["identity"], gate)
        case "from":
            label = f"stem{len(lines)}"
            lines[-1] = f"{label} = {lines[-1]}"
            lines.append("gelu")
            lines += _block("add", ["relu"], ["identity"])
            lines[-2] = f"    path from {label}:"
    lines.append(draw(st.sampled_from(ACTIVATIONS)))


@st.composite
def _linear(draw: st.DrawFn, lines: list[str], *, last: bool = False) -> None:
    count = " 3" if last else draw(_count())
    lines.append(f"linear channels{count}{draw(_reading(count))}")


@st.composite
def _between(draw: st.DrawFn, lines: list[str], rank: int) -> None:
    if draw(st.booleans()):
        norms = ["norm batch", "norm layer", "norm group 2"] + (["norm instance", "norm position"] if rank else [])
        lines.append(f"{draw(st.sampled_from(norms))}{draw(st.sampled_from(['', ' eps 0.1']))}")
    lines.append(draw(st.sampled_from([*ACTIVATIONS, "shuffle 2"])))
    if rank and draw(st.integers(0, 4)) == 0:
        filters = "x".join(draw(_side()) for _ in range(rank))
        rest = draw(st.sampled_from(["", " dilation <1|2>", " bias off", " stride 2"])) if rank < 3 else ""
        lines.append(f"conv depthwise filters {filters}{rest}")
    if rank and draw(st.integers(0, 3)) == 0:
        lines.append(
            draw(
                st.sampled_from(
                    [
                        "pool max 2 stride 1",
                        "pool avg 3 stride 1 pad 0/2",
                        "pool avg 3 stride 1 pad 1 counted",
                        "dropout 0.3",
                        "upsample 2",
                    ]
                )
            )
        )


def random_chain_end(draw: st.DrawFn, rank: int) -> list[str]:
    """Layers on a vector, of which the last has 3 channels."""
    lines = ["flatten"] if rank else []
    if rank and draw(st.booleans()):
        lines.insert(0, "pool global avg")
    if draw(st.booleans()):
        draw(_linear(lines))
        lines.append("relu")
    draw(_linear(lines, last=True))
    return lines


def random_outcomes(program: Program, random: Random) -> Outcomes:
    """An outcome for every decision."""
    out: Outcomes = {}
    for decision in program.decisions:
        match decision:
            case OneOf(options=options):
                out[decision.name] = random.randrange(len(options))
            case Subset(positions=positions):
                out[decision.name] = tuple(p for p in positions if random.random() < 0.6)
            case Assignment(inputs=inputs, patterns=patterns, outputs=outputs):
                sets = [tuple(i for i in range(inputs) if random.random() < 0.6) for _ in range(patterns)]
                out[decision.name] = tuple(random.choice(sets) for _ in range(outputs))
    return out


def randomised(text: str, recipe: str, seed: int, *, sparsity: float) -> CompositeModel:
    """The composite in float64 with random weights, statistics and gates, many of them exact zeros."""
    torch.manual_seed(seed)
    program: Program = elaborate(loads(text))
    model = lower(program, recipe).double().eval()  # type: ignore[arg-type]
    with torch.no_grad():
        for name, tensor in [*model.named_parameters(), *model.named_buffers()]:
            if name.endswith("running_var"):
                tensor.uniform_(0.5, 2)
            elif (
                not name.startswith("/") and tensor.is_floating_point() and "mask" not in name and "matrix" not in name
            ):
                tensor.add_(0.3 * torch.randn_like(tensor))
        for gate in model.bank:
            _randomise(gate, sparsity)
    return model


def _randomise(gate: nn.Module, sparsity: float) -> None:
    def sparse(x: Tensor) -> Tensor:
        return torch.randn_like(x) * (torch.rand_like(x) > sparsity)

    match gate:
        case PaperChoice():
            gate.alpha.copy_(sparse(gate.alpha))
        case PaperSubset():
            gate.beta.copy_(sparse(gate.beta))
        case PaperCount():
            gate.logits.copy_(2 * torch.randn_like(gate.logits))
        case PaperPatterns():
            gate.p.copy_(sparse(gate.p))
            gate.s.copy_(sparse(gate.s))
        case DefaultSubset():
            gate.beta.copy_(sparse(gate.beta))
        case DefaultChoice():
            gate.logits.copy_(2 * torch.randn_like(gate.logits))
        case DefaultPatterns():
            gate.p.copy_(sparse(gate.p))
            gate.logits.copy_(2 * torch.randn_like(gate.logits))
        case other:
            raise TypeError(type(other))


def hooked_costs(model: nn.Module, x: Tensor) -> tuple[int, int]:
    """Params and MACs of the real modules: every convolution and linear layer by its weight and its output's size."""
    macs = 0

    def count(module: nn.Module, _: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal macs
        weight = module.weight
        assert isinstance(weight, Tensor)
        macs += weight.numel() * (output.shape[2:].numel() if output.dim() > 2 else 1)

    kinds = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear)
    handles = [module.register_forward_hook(count) for module in model.modules() if isinstance(module, kinds)]
    model(x)
    for handle in handles:
        handle.remove()
    return sum(parameter.numel() for parameter in model.parameters()), macs
