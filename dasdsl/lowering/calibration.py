"""How large the values are that each layer reads."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from dasdsl.lowering.network import Network


@torch.no_grad()
def measure(model: Network, batches: Iterable[Tensor]) -> dict[str, Tensor]:
    """The root mean square of every position of the axis that each searched layer reads, over the batches."""
    totals: dict[str, Tensor] = {}
    counts: dict[str, int] = {}
    handles: list[RemovableHandle] = []
    for node, module in model.layers():
        if not node.searched:
            continue

        def record(_: nn.Module, args: tuple[Tensor, ...], name: str = node.name) -> None:
            x = args[0].detach()
            squares = x.square().flatten(2).mean(dim=2).sum(dim=0) if x.dim() > 2 else x.square().sum(dim=0)
            totals[name] = totals.get(name, torch.zeros_like(squares)) + squares
            counts[name] = counts.get(name, 0) + x.shape[0]

        handles.append(module.register_forward_pre_hook(record))
    mode = model.training
    model.eval()
    try:
        for batch in batches:
            model(batch)
    finally:
        model.train(mode)
        for handle in handles:
            handle.remove()
    return {
        node.name: _by_position((totals[node.name] / counts[node.name]), node.site.axis.spreads).sqrt()
        for node, _ in model.layers()
        if node.name in totals
    }


def _by_position(features: Tensor, spreads: tuple[int, ...]) -> Tensor:
    return torch.stack([part.mean() for part in features.split(list(spreads))])
