"""Any graph of layers has a text that computes what it computes, however its paths cross."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from dasdsl.imports.network import text_of_steps
from dasdsl.imports.steps import INPUT, Step, Steps
from dasdsl.imports.tidying import nested
from dasdsl.ir.elaborate import elaborate
from dasdsl.language.reading import loads
from dasdsl.lowering.composite import lower

SHAPE = (2, 5, 4)
MOST = 24
"""Channels; more are not joined."""


@st.composite
def graphs(draw: st.DrawFn) -> Steps:
    """Up to thirty steps, each of which reads what was made before; what nothing reads is joined at the end."""
    channels, steps = {INPUT: SHAPE[0]}, list[Step]()

    def add(words: str, inputs: tuple[str, ...], made: int, *, joins: bool, **tensors: Tensor) -> None:
        name = f"v{len(steps)}"
        steps.append(Step(name, inputs, (words,), tensors, joins, name, (made, *SHAPE[1:])))
        channels[name] = made

    for number in range(draw(st.integers(1, 30))):
        read = draw(st.sampled_from(list(channels)))
        also = [name for name, count in channels.items() if count == channels[read]]
        kind = draw(st.sampled_from(("conv", "plain", "add", "mul", "concat")))
        if kind == "conv":
            made = draw(st.integers(1, 3))
            generator = torch.Generator().manual_seed(number)
            weight = torch.randn(made, channels[read], 3, 1, generator=generator, dtype=torch.float64) / 4
            add(f"conv filters 3x1 channels {made} bias off", (read,), made, joins=False, weight=weight)
        elif kind == "plain":
            add(draw(st.sampled_from(("relu", "tanh"))), (read,), channels[read], joins=False)
        elif kind == "concat":
            others = draw(st.lists(st.sampled_from(list(channels)), min_size=1, max_size=3))
            total = sum(channels[name] for name in (read, *others))
            if total <= MOST:
                add("concat", (read, *others), total, joins=True)
        else:
            add(kind, (read, draw(st.sampled_from(also))), channels[read], joins=True)
    if not steps:
        add("relu", (INPUT,), SHAPE[0], joins=False)
    read = {name for step in steps for name in step.inputs}
    loose = tuple(step.name for step in steps if step.name not in read)
    if len(loose) > 1:
        add("concat", loose, sum(channels[name] for name in loose), joins=True)
    return Steps(nested(steps), steps[-1].name, (channels[steps[-1].name], *SHAPE[1:]), ())


def computed(steps: Steps, x: Tensor) -> Tensor:
    """What the steps say, one after the other."""
    values = {INPUT: x}
    for step in steps.all:
        reads = [values[name] for name in step.inputs]
        match step.statements[0].split()[0]:
            case "conv":
                values[step.name] = F.conv2d(reads[0], step.tensors["weight"], padding=(1, 0))
            case "add":
                values[step.name] = reads[0] + reads[1]
            case "mul":
                values[step.name] = reads[0] * reads[1]
            case "concat":
                values[step.name] = torch.cat(reads, 1)
            case word:
                values[step.name] = getattr(torch, word)(reads[0])
    return values[steps.output]


@given(graphs())
def test_the_text_of_a_graph_computes_what_it_computes(steps: Steps) -> None:
    text, by_line = text_of_steps(steps, SHAPE, "graph")
    program = elaborate(loads(text))
    assert program.warnings == ()
    model = lower(program).double().eval()
    for node, module in model.layers():
        step = by_line.get(node.line)
        if step is not None and step.tensors:
            module.load_state_dict(dict(step.tensors))
    x = torch.randn(2, *SHAPE, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(model(x), computed(steps, x), rtol=1e-9, atol=1e-9)
    # each step is said once: nothing is computed twice
    said = [step.name for step in by_line.values()]
    assert sorted(said) == sorted(step.name for step in steps.all)


@given(graphs())
def test_texts_stay_short(steps: Steps) -> None:
    text, _ = text_of_steps(steps, SHAPE, "graph")
    paths = sum(len(step.inputs) for step in steps.all if step.joins)
    assert len(text.splitlines()) <= 6 + 3 * len(steps.all) + 3 * paths
