"""How much the loss hangs on what each layer makes: the diagonal of the Gauss-Newton matrix, over samples and space."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dasdsl.inverse.cutting import Cut
from dasdsl.search.task import Task


def curvatures(cut: Cut, task: Task, x: Tensor) -> dict[str, Tensor]:
    """For each layer with a kernel that is left, by its name in the whole: H (outputs of the largest,).

    An output that is off by d at every place adds ½·H·d² to the loss of a sample, where errors at places do not add up.
    Targets are drawn from what the network itself says, so that H is of the loss and not of its slope.
    """
    kept: dict[str, Tensor] = {}
    handles = []
    for name in cut.closing.layers:
        if name in cut.names:

            def keep(_: nn.Module, __: object, output: Tensor, name: str = name) -> None:
                output.retain_grad()
                kept[name] = output

            handles.append(cut.model.layer(cut.names[name]).register_forward_hook(keep))
    try:
        outputs = cut.model(x).flatten(1)
    finally:
        for handle in handles:
            handle.remove()
    _drawn(task, outputs).backward()
    cut.model.zero_grad(set_to_none=True)
    found: dict[str, Tensor] = {}
    for name, output in kept.items():
        if output.grad is not None:
            squares = output.grad.flatten(2).square().sum(dim=2) if output.grad.dim() > 2 else output.grad.square()
            whole = squares.new_zeros(cut.whole.program.sources[name].size)
            whole[list(cut.closing.layers[name].outputs)] = squares.mean(dim=0)
            found[name] = whole.detach()
    return found


def _drawn(task: Task, outputs: Tensor) -> Tensor:
    """The loss of each sample, added up, for targets that are drawn from what the network says."""
    generator = torch.Generator().manual_seed(0)
    if task.kind == "classification":
        chances = outputs.detach().softmax(dim=1)
        targets = torch.multinomial(chances, 1, generator=generator).squeeze(1)
        return nn.functional.cross_entropy(outputs, targets, reduction="sum")
    signs = torch.randint(0, 2, outputs.shape, generator=generator).to(outputs) * 2 - 1
    return (outputs * signs).sum() * (2 / outputs.shape[1]) ** 0.5
