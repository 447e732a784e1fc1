"""How much what a network says hangs on what each layer makes: squared gradients, over samples and space."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from dasdsl.inverse.cutting import Cut


def squared_slopes(cut: Cut, x: Tensor, pull: Callable[[Tensor], Tensor]) -> dict[str, Tensor]:
    """For each layer with a kernel that is left, by its name in the whole, (outputs of the largest,).

    That is the mean over the samples x (N, *input) of the sum over places of the squared gradient of `pull` of the
    outputs (N, features), a scalar, by what the layer makes.
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
    pull(outputs).backward()
    cut.model.zero_grad(set_to_none=True)
    found: dict[str, Tensor] = {}
    for name, output in kept.items():
        if output.grad is not None:
            squares = output.grad.flatten(2).square().sum(dim=2) if output.grad.dim() > 2 else output.grad.square()
            whole = squares.new_zeros(cut.whole.program.sources[name].size)
            whole[list(cut.closing.layers[name].outputs)] = squares.mean(dim=0)
            found[name] = whole.detach()
    return found


def signed(outputs: Tensor) -> Tensor:
    """The sum of all outputs, each with a sign drawn at random: its squared slopes are those of all, in expectation."""
    generator = torch.Generator().manual_seed(0)
    signs = torch.randint(0, 2, outputs.shape, generator=generator).to(outputs) * 2 - 1
    return (outputs * signs).sum()
