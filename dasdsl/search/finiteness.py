"""Values that are no finite numbers: whether there are any, and the first layer that has one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import torch
from torch import Tensor, nn

from dasdsl.lowering.composite import CompositeModel


def finite(tensors: Iterable[Tensor]) -> bool:
    """Whether all values are finite numbers."""
    return all(bool(tensor.isfinite().all()) for tensor in tensors)


def norm(model: nn.Module) -> Tensor:
    """The norm of the whole gradient, a scalar: not finite where a part of it is not, or where it overflows."""
    gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    if not gradients:
        return torch.zeros(())
    return torch.stack([gradient.norm() for gradient in gradients]).norm()


def first_weight(model: CompositeModel) -> str | None:
    """The first in forward order whose weights, gates or statistics are not finite."""
    return next((name for name, part in _parts(model) if not finite(part.state_dict().values())), None)


def first_gradient(model: CompositeModel) -> str:
    """The first in forward order whose gradient is not finite, and the last; the largest where only the norm is not."""
    norms = [(name, _largest(part)) for name, part in _parts(model)]
    found = [name for name, largest in norms if not largest < float("inf")]
    if not found:
        return f"{max(norms, key=lambda pair: pair[1])[0]}, whose gradient is the largest"
    return found[0] if len(found) == 1 else f"{found[0]}, and so on up to {found[-1]}"


@torch.no_grad()
def first_output(model: CompositeModel, x: Tensor) -> str | None:
    """The first in forward order whose output on these inputs is not finite; statistics and random numbers stay."""
    found: list[str] = []
    statistics = {name: buffer.clone() for name, buffer in model.named_buffers()}

    def record(name: str) -> torch.utils.hooks.RemovableHandle:
        def hook(_: nn.Module, __: object, output: Tensor) -> None:
            if not found and not finite([output]):
                found.append(name)

        return model.layer(name).register_forward_hook(hook)

    handles = [record(node.name) for node, _ in model.layers()]
    try:
        with torch.random.fork_rng(devices=[]):
            model(x)
    finally:
        for handle in handles:
            handle.remove()
        for name, buffer in model.named_buffers():
            buffer.copy_(statistics[name])
    return f"`{found[0]}`" if found else None


def _parts(model: CompositeModel) -> Iterator[tuple[str, nn.Module]]:
    """Layers in forward order, each behind its gates; then the gates that several layers share."""
    gates = dict(model.bank.items())
    for node, module in model.layers():
        for name in [name for name in gates if name.startswith(f"{node.name}.")]:
            yield f"the gate `{name}`", gates.pop(name)
        yield f"`{node.name}`", module
    for name, gate in gates.items():
        yield f"the gate `{name}`", gate


def _largest(part: nn.Module) -> float:
    """The largest gradient in magnitude; NaN where there is one."""
    sizes = [parameter.grad.abs().max() for parameter in part.parameters() if parameter.grad is not None]
    return float(torch.stack(sizes).max()) if sizes else 0.0
