"""A model, its optimizer and torch's random numbers as plain tensors by name, and back."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from dasdsl.search.devices import device_of

MODEL, OPTIMIZER, RANDOM, RANDOM_CUDA = "model/", "optimizer/", "random", "random-cuda"


def pack(model: nn.Module, optimizer: torch.optim.Optimizer | None) -> dict[str, Tensor]:
    """Everything that the next step depends on, on the processor."""
    tensors = {f"{MODEL}{name}": _copied(tensor) for name, tensor in model.state_dict().items()}
    if optimizer is not None:
        for index, parameter in enumerate(_parameters(optimizer)):
            for key, value in optimizer.state.get(parameter, {}).items():
                tensors[f"{OPTIMIZER}{index}/{key}"] = _copied(torch.as_tensor(value))
    tensors[RANDOM] = torch.get_rng_state()
    device = device_of(model)
    if device.type == "cuda":
        tensors[RANDOM_CUDA] = torch.cuda.get_rng_state(device)
    return tensors


def _copied(tensor: Tensor) -> Tensor:
    return tensor.detach().to("cpu", copy=True)


def unpack_(tensors: dict[str, Tensor], model: nn.Module, optimizer: torch.optim.Optimizer | None) -> None:
    """Put a packed state back.

    Raises: RuntimeError where the model is another.
    """
    model.load_state_dict({name[len(MODEL) :]: t for name, t in tensors.items() if name.startswith(MODEL)})
    if optimizer is not None:
        parameters = _parameters(optimizer)
        for name, tensor in tensors.items():
            if name.startswith(OPTIMIZER):
                index, key = name[len(OPTIMIZER) :].split("/", 1)
                parameter = parameters[int(index)]
                state: dict[str, Any] = optimizer.state[parameter]
                state[key] = tensor.to(parameter.device)
    torch.set_rng_state(tensors[RANDOM])
    device = device_of(model)
    if device.type == "cuda" and RANDOM_CUDA in tensors:
        torch.cuda.set_rng_state(tensors[RANDOM_CUDA], device)


def _parameters(optimizer: torch.optim.Optimizer) -> list[nn.Parameter]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]
