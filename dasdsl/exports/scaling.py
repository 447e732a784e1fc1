"""The normalisation of a run's data, which goes in front of its network where inputs come as the data has them."""

from __future__ import annotations

import json
from math import isfinite
from pathlib import Path
from typing import Any

import torch

from dasdsl.data.sets import Normalisation
from dasdsl.exports.problems import no_scale


def scale_of(told: Any, channels: int) -> Normalisation:  # noqa: ANN401 - JSON holds anything
    """The normalisation that a report has under `normalisation`: `mean` and `std`, a number each for each channel.

    Raises: DasError E606 where it is none, or is for another number of channels.
    """
    try:
        mean, std = ([float(number) for number in told[key]] for key in ("mean", "std"))
    except (TypeError, KeyError, ValueError):
        raise no_scale("the normalisation does not say how inputs are normalised: `mean` and `std`") from None
    if not len(mean) == len(std) == channels:
        raise no_scale(f"the normalisation is of {len(mean)} channels, the input of the network has {channels}")
    if not all(map(isfinite, [*mean, *std])) or not all(std):
        raise no_scale("the normalisation is no finite number for each channel")
    return Normalisation(torch.tensor(mean, dtype=torch.float64), torch.tensor(std, dtype=torch.float64))


def told_in(path: Path) -> Any:  # noqa: ANN401 - JSON holds anything
    """What the `report.json` of a run says of its normalisation.

    Raises: DasError E606 where it says nothing.
    """
    try:
        return json.loads(path.read_bytes())["normalisation"]
    except FileNotFoundError:
        raise no_scale("there is no report of a search", str(path)) from None
    except (ValueError, LookupError, TypeError, RecursionError):
        raise no_scale("this report does not say how inputs are normalised", str(path)) from None
