"""Where networks are trained. Everything else, from cutting to text, happens on the processor."""

from __future__ import annotations

import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Literal

import torch
from torch import Tensor, nn

from dasdsl.inverse.slim import Slim
from dasdsl.search import ranks
from dasdsl.search.problems import bad_setting

Precision = Literal["float32", "bfloat16"]
KNOWN = re.compile(r"cpu|cuda(:\d+)?")


def device_named(name: str) -> torch.device:
    """`cpu`, `cuda` or `cuda:1`. Of several ranks on one machine each has a GPU of its own.

    Raises: DasError E510 where there is no such device.
    """
    if not KNOWN.fullmatch(name):
        names = "it is `cpu`, `cuda`, or `cuda:` and a number"
        raise bad_setting("device", f"is `{name}`, but {names}", "`--device cuda` trains on the first GPU")
    if name == "cpu":
        return torch.device(name)
    there = torch.cuda.device_count() if torch.cuda.is_available() else 0
    number = int(name.partition(":")[2] or (os.environ.get("LOCAL_RANK", "0") if ranks.launched() else "0"))
    if number >= there:
        found = f"PyTorch finds {there or 'no'} GPU{'s' * (there > 1)} here"
        raise bad_setting("device", f"is `{name}`, but {found}", "`--device cpu` trains on the processor")
    return torch.device("cuda", number)


def device_of(model: nn.Module) -> torch.device:
    """Where a network is; the processor for one without any tensor."""
    if isinstance(model, Slim):
        return model.device
    tensor = next(model.parameters(), None)
    if tensor is None:
        tensor = next(model.buffers(), torch.empty(0))
    return tensor.device


@contextmanager
def placed(model: nn.Module, device: torch.device) -> Generator[None]:
    """While this lasts, a network is on a device; then it is where it was."""
    before = device_of(model)
    if before == device:
        yield
        return
    model.to(device)
    try:
        yield
    finally:
        model.to(before)


def outputs(model: nn.Module, x: Tensor, precision: Precision) -> Tensor:
    """What a network says, in float32; within it products are of this precision, weights and sums of float32."""
    if precision == "float32":
        return model(x)
    with torch.autocast(x.device.type, torch.bfloat16):
        return model(x).float()
