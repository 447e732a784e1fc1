"""Sums and products, of values and with numbers, and activations that are written out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import dasdsl
from dasdsl.imports.network import from_torch
from tests.imports.building import IMAGE, Fn, Moved, body, conv

SCALE = "conv depthwise filters 1x1 bias off"
MOVED = "conv depthwise filters 1x1"
VECTOR = "pool global avg\nflatten"


@pytest.mark.parametrize(
    "module",
    [
        Moved(lambda x, own: x * own, 3, 1, 1),
        Moved(lambda x, own: own * x, 1, 3, 1, 1),
        Moved(lambda x, own: (x.permute(0, 2, 3, 1) * own).permute(0, 3, 1, 2), 3),
        Moved(lambda x, own: (own * x.permute(0, 2, 3, 1)).contiguous().permute(0, 3, 1, 2), 1, 1, 3),
        Moved(lambda x, own: own[None, :, None, None].mul(x), 3),
    ],
)
def test_a_scale_of_each_channel(module: nn.Module) -> None:
    assert body(module) == f"{SCALE}\n"


def lines(function: Callable[[Tensor], Tensor], shape: tuple[int, ...] = IMAGE) -> list[str]:
    """The text of a function of what a layer makes, without that layer."""
    found = from_torch(Fn(lambda x, one: function(one(x)), one=conv(3, 4)), shape)
    return str(found.architecture).split("---\n", 2)[2].splitlines()[1:]


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (lambda x: F.relu6(x + 3) / 6, "hardsigmoid"),
        (lambda x: (3.0 + x).clamp(0, 6) * (1 / 6), "hardsigmoid"),
        (lambda x: F.hardtanh(x.add_(3), 0.0, 6.0).div_(6), "hardsigmoid"),
        (lambda x: x * F.relu6(x + 3, inplace=True) / 6, "hardswish"),
        (lambda x: x * (F.relu6(x + 3.0) / 6.0), "hardswish"),
        (lambda x: torch.sigmoid(x) * x, "silu"),
        (lambda x: x.mul(x.sigmoid()).clamp(min=0), "silu\nrelu"),
        (lambda x: x.clamp_min(0) / 1, "relu"),
        (lambda x: torch.clamp(x, 0, 6), "relu6"),
        (lambda x: x.clip(0, 6), "relu6"),
        (lambda x: F.threshold(x, 0, 0), "relu"),
        (lambda x: (F.relu6(x.permute(0, 2, 3, 1) + 3) / 6).permute(0, 3, 1, 2), "hardsigmoid"),
        (lambda x: F.glu(x, 1), "mul:\n    path: slice 1 of 2\n    path:\n        slice 2 of 2\n        sigmoid"),
    ],
)
def test_activations_that_are_written_out(function: Callable[[Tensor], Tensor], text: str) -> None:
    assert lines(function) == text.splitlines()


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (lambda x: F.relu6(x + 3), f"hardsigmoid\n{SCALE}"),
        (lambda x: (x.tanh() + 3).relu(), f"tanh\n{MOVED}\nrelu"),
        (lambda x: x.tanh() * 0.5, f"tanh\n{SCALE}"),
        (lambda x: (x.tanh() / 127.5 - 1).relu(), f"tanh\n{MOVED}\nrelu"),
        (lambda x: ((x.tanh() - 0.5) / 0.5).relu(), f"tanh\n{MOVED}\nrelu"),
        (lambda x: F.relu6(x + 3) / 3, f"hardsigmoid\n{SCALE}"),
        (lambda x: 1 - x.sigmoid(), f"sigmoid\n{MOVED}"),
        (lambda x: -x.tanh(), f"tanh\n{SCALE}"),
        (lambda x: x + x.tanh().mul(0), "residual:\n    tanh\n    zero"),
        (lambda x: torch.cat((x, torch.zeros_like(x)), 1), "concat:\n    path: identity\n    path: zero"),
        (lambda x: x - x.relu(), f"residual:\n    relu\n    {SCALE}"),
        (lambda x: torch.add(x, x.tanh(), alpha=2), f"residual:\n    tanh\n    {SCALE}"),
        (lambda x: x + 0.1 * x.tanh(), f"residual:\n    tanh\n    {SCALE}"),
        (lambda x: (x.tanh().mean((2, 3)) * 2 + 1).relu(), None),
    ],
)
def test_numbers(function: Callable[[Tensor], Tensor], text: str | None) -> None:
    vector = ["tanh", "pool global avg", "flatten", "linear channels 4 groups 4", "relu"]
    assert lines(function) == (vector if text is None else text.splitlines())


@pytest.mark.parametrize(
    ("module", "text"),
    [
        (Moved(lambda x, own: x * own, 1), SCALE),
        (Moved(lambda x, own: x + own, 3, 1, 1), MOVED),
        (Moved(lambda x, own: x - own, 1, 3, 1, 1), MOVED),
        (Moved(lambda x, own: own - x, 3, 1, 1), MOVED),
        (Moved(lambda x, own: x / own, 3, 1, 1), SCALE),
        (Moved(lambda x, own: x * own[0] + own[1], 2, 3, 1, 1), MOVED),
        (Moved(lambda x, own: x + own * x.relu(), 1), f"residual:\n    relu\n    {SCALE}"),
        (
            Moved(lambda x, own: x.mean((2, 3)) * own, 3),
            f"{VECTOR}\nlinear channels 3 groups 3 bias off",
        ),
        (Moved(lambda x, own: x.mean((2, 3)) @ own, 3, 5), f"{VECTOR}\nlinear channels 5 bias off"),
        (
            Moved(lambda x, own: torch.addmm(own[0], x.mean((2, 3)), own), 3, 5),
            f"{VECTOR}\nlinear channels 5",
        ),
        (Moved(lambda x, own: x * own.detach()[0].item(), 1), SCALE),
        (Moved(lambda x, own: x * (own > 0.5), 3, 1, 1), SCALE),
    ],
)
def test_parameters_of_each_channel(module: nn.Module, text: str) -> None:
    assert str(from_torch(module, IMAGE).architecture).split("---\n", 2)[2] == f"{text}\n"


def test_a_parameter_of_one_product_is_not_shared() -> None:
    """What is multiplied first and moved then is one layer."""
    found = from_torch(Moved(lambda x, own: (x * own + own).relu(), 3, 1, 1), IMAGE)
    assert found.shared == ()
    assert str(found.architecture).count(MOVED) == 1


def test_a_parameter_that_is_read_twice_is_shared() -> None:
    found = from_torch(Moved(lambda x, own: (x * own).tanh() * own, 3, 1, 1), IMAGE)
    assert str(found.architecture).count(SCALE) == 2
    assert len(found.shared) == 1


def test_a_gate_that_is_read_elsewhere_too() -> None:
    assert body(Fn(lambda x: torch.cat((x * x.sigmoid(), x.sigmoid(), x.tanh().sigmoid() * x), 1))) == (
        "concat:\n    path: silu\n    path: sigmoid\n    path:\n        mul:\n            path:\n"
        "                tanh\n                sigmoid\n            path: identity\n"
    )


@pytest.mark.parametrize(
    ("module", "words"),
    [
        (Fn(lambda x: 1 / (1 + x.exp())), "`exp` has no statement"),
        (Fn(lambda x: x / x.sigmoid()), "it divides"),
        (Fn(lambda x: x / 0), "it divides by nothing"),
        (Fn(lambda x: torch.div(x, 1, rounding_mode="floor")), "it divides"),
        (Fn(lambda x: x.clamp(-1, 1)), "it cuts values off at other places"),
        (Fn(lambda x: x.clamp(max=6)), "it cuts values off at other places"),
        (Fn(lambda x: F.threshold(x, 1, 1)), "it cuts values off at other places"),
        (Moved(lambda x, own: x.clamp(own, own + 1), 3, 1, 1), "it cuts values off at other places"),
        (Moved(lambda x, own: x * own, 12), "a parameter or a constant that is not one number for each channel"),
        (Fn(lambda x: x + F.pad(x[:, :, ::2, ::2], [3, 3, 3, 3])), "it reads a pad"),
        (Fn(lambda x: torch.rsub(x, x.relu())), "it is an `rsub` of two values"),
        (Fn(lambda x: F.pad(x[:, :, ::2, ::2], [3, 3, 3, 3]) + x), "it reads a pad"),
        (Fn(lambda x: x * F.pad(x[:, :, ::2, ::2], [3, 3, 3, 3])), "it reads a pad"),
        (Moved(lambda x, own: x + own, 3, 12, 12), "a parameter or a constant that is not one number for each channel"),
        (Moved(lambda x, own: x.permute(0, 2, 3, 1) * own, 3), "it ends with channels that come last"),
        (Fn(lambda x: x.permute(0, 2, 3, 1).softmax(-1)), "it ends with channels that come last"),
        (Fn(lambda x: x.permute(0, 2, 3, 1).permute(0, 2, 3, 1)), "it exchanges sides"),
        (
            Fn(lambda x: F.layer_norm(x.permute(0, 2, 3, 1), (12, 3)).permute(0, 3, 1, 2)),
            "it normalises over other sides than the channels",
        ),
        (Fn(lambda x: x[:, torch.tensor([True, False, True])]), "as many values as a mask or another tensor says"),
    ],
)
def test_what_no_statement_says(module: nn.Module, words: str) -> None:
    with pytest.raises(dasdsl.DasError, match=rf"E701.*{words}"):
        from_torch(module, IMAGE)
