"""What is changed in place under one name is changed under all of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import dasdsl
from dasdsl.imports.network import from_torch
from tests.imports.building import IMAGE, Fn, body, conv


def before(x: Tensor) -> Tensor:
    y = x.tanh()
    part = y[:, :2]
    F.relu_(y)
    return torch.cat((part, y[:, 2:]), 1)


def overlapping(x: Tensor) -> Tensor:
    y = x.tanh()
    one, two = y[:, :3], y[:, 1:]
    F.relu_(one)
    return torch.cat((one[:, :1], two), 1)


def the_whole(x: Tensor) -> Tensor:
    y = x.tanh()
    F.relu_(y[:, :2])
    return y.sigmoid()


def of_a_view(x: Tensor) -> Tensor:
    y = x.tanh()
    vector = y.flatten(1)
    F.relu_(y)
    return vector.sigmoid()


@pytest.mark.parametrize("function", [before, overlapping, the_whole, of_a_view])
@pytest.mark.parametrize("gain", [1.0, 1e-7])
def test_what_is_read_by_another_name_is_refused(function: Callable[[Tensor], Tensor], gain: float) -> None:
    """However little of it shows."""

    def run(x: Tensor, one: nn.Module, two: nn.Module) -> Tensor:
        return one(x).mean((2, 3)) + two(function(one(x)).flatten(1))

    two = nn.Linear(4 * 144, 4)
    nn.init.normal_(two.weight, std=gain)
    with pytest.raises(dasdsl.DasError, match=r"E701.*it changes in place what is read by another name later"):
        from_torch(Fn(run, one=conv(3, 4), two=two), IMAGE)


def twice(x: Tensor) -> Tensor:
    y = F.relu_(x)
    F.hardtanh_(y, 0, 6)
    return x + y.tanh()


def dropped(x: Tensor) -> Tensor:
    y = F.dropout(x, 0.5, training=False)
    F.relu_(y)
    return x + y.tanh()


def slices(x: Tensor) -> Tensor:
    return torch.cat((F.relu_(x[:, :2]), x[:, 2:]), 1)


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (twice, "relu\nrelu6\nresidual: tanh"),
        (dropped, "dropout 0.5\nrelu\nresidual: tanh"),
        (slices, "concat:\n    path:\n        slice 1 of 2\n        relu\n    path: slice 2 of 2"),
    ],
)
def test_all_names_of_a_tensor_are_what_it_is_now(function: Callable[[Tensor], Tensor], text: str) -> None:
    found = body(Fn(lambda x, one: function(one(x)), one=conv(3, 4)))
    assert found == f"conv filters 3x3 channels 4\n{text}\n"
