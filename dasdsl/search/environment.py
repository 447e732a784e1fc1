"""What the numbers of a run depend on beside what it was told: a run that goes on elsewhere is no longer exact."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import torch

from dasdsl.data.sets import Data
from dasdsl.search import ranks
from dasdsl.search.devices import device_named

EFFECTS = {
    "ranks": "sums are taken in another order",
    "threads": "sums are taken in another order",
    "device": "its kernels round in another way",
    "cpu": "its kernels round in another way",
    "torch": "its kernels may compute in another way",
    "dasdsl": "it may train or discover in another way",
}


def environment(device: str = "cpu") -> dict[str, Any]:
    """As plain JSON values, for networks that are trained on this device."""
    return {
        "dasdsl": version("dasdsl"),
        "torch": str(torch.__version__),
        "ranks": ranks.size(),
        "threads": torch.get_num_threads(),
        "device": "cpu" if device == "cpu" else torch.cuda.get_device_name(device_named(device)),
        "cpu": torch.backends.cpu.get_cpu_capability(),
    }


def fingerprint(data: Data) -> str:
    """The SHA-256 of all samples, targets and groups as they are in memory."""
    digest = hashlib.sha256()
    for split in (data.train, data.test):
        for tensor in (split.x, split.y, split.groups):
            if tensor is not None:
                digest.update(f"{tensor.dtype} {tuple(tensor.shape)};".encode())
                digest.update(tensor.contiguous().numpy().data)
    return digest.hexdigest()


def differences(told: Mapping[str, Any], data: Data, device: str | None) -> list[str]:
    """A line for each thing that is no longer as it was when the run began; None where nothing is trained any more."""
    before, now = told.get("environment", {}), environment(device or "cpu")
    if device is None:
        del now["device"]
    lines = [
        f"this run began with {name} {before[name]} and goes on with {now[name]}: {effect}, so that the result is no "
        "longer exactly that of a run without interruption"
        for name, effect in EFFECTS.items()
        if name in before and name in now and before[name] != now[name]
    ]
    if told.get("data_sha256") not in (None, fingerprint(data)):
        lines.append(
            "the data is no longer what this run began with: what was held out may have been trained on before"
        )
    return lines
