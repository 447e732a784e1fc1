"""The normalisation of a run's data, which goes in front of its network where inputs come as the data has them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dasdsl.data.sets import Normalisation
from dasdsl.exports.problems import no_scale


def scale_of(told: Mapping[str, Any], channels: int) -> Normalisation:
    """The normalisation that a report has under `normalisation`: `mean` and `std`, a number each for each channel.

    Raises: DasError E606 where it is none, or is for another number of channels.
    """
    mean, std = (_numbers(told, key) for key in ("mean", "std"))
    if not len(mean) == len(std) == channels:
        raise no_scale(f"the normalisation is of {len(mean)} channels, the input of the network has {channels}")
    if not bool(torch.stack([mean, std, 1 / std]).isfinite().all()):
        raise no_scale("the normalisation is no finite number for each channel")
    return Normalisation(mean, std)


def _numbers(told: Mapping[str, Any], key: str) -> Tensor:
    """As float32, in which networks compute."""
    values = told.get(key) if isinstance(told, Mapping) else None  # pyright: ignore[reportUnnecessaryIsInstance]
    if not isinstance(values, list) or not all(type(one) in (int, float) for one in values):
        raise no_scale("the normalisation does not say how inputs are normalised: `mean` and `std`")
    try:
        return torch.tensor([float(one) for one in values], dtype=torch.float64).float()
    except OverflowError:
        raise no_scale("the normalisation is no finite number for each channel") from None


def told_in(path: Path) -> dict[str, Any]:
    """What the `report.json` of a run says of its normalisation.

    Raises: DasError E606 where it says nothing.
    """
    try:
        told = json.loads(path.read_bytes())["normalisation"]
    except FileNotFoundError:
        raise no_scale("there is no report of a search", str(path)) from None
    except (ValueError, LookupError, TypeError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise no_scale("this report does not say how inputs are normalised", str(path))
    return told
