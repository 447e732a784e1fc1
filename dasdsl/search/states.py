"""A model, its optimizer and torch's random numbers as plain tensors by name, and back."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

MODEL, OPTIMIZER, RANDOM = "model/", "optimizer/", "random"


def pack(model: nn.Module, optimizer: torch.optim.Optimizer | None) -> dict[str, Tensor]:
    """Everything that the next step depends on."""
    tensors = {f"{MODEL}{name}": tensor.detach().clone() for name, tensor in model.state_dict().items()}
    if optimizer is not None:
        for index, parameter in enumerate(_parameters(optimizer)):
            for key, value in optimizer.state.get(parameter, {}).items():
                tensors[f"{OPTIMIZER}{index}/{key}"] = torch.as_tensor(value).detach().clone()
    tensors[RANDOM] = torch.get_rng_state()
    return tensors


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
                state: dict[str, Any] = optimizer.state[parameters[int(index)]]
                state[key] = tensor
    torch.set_rng_state(tensors[RANDOM])


def _parameters(optimizer: torch.optim.Optimizer) -> list[nn.Parameter]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]
