"""Ways to write pads, pools, means, parts of space and other shapes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import dasdsl
from dasdsl.imports.network import from_torch
from tests.imports.building import IMAGE, Fn, body, conv

GLOBAL = "pool global avg"


def lines(function: Callable[[Tensor], Tensor], **more: nn.Module) -> list[str]:
    """The text of a function of what a layer makes, without that layer."""
    return body(Fn(lambda x, one, **more: function(one(x), **more), one=conv(3, 4), **more)).splitlines()[1:]


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (lambda x: x.flatten(2).mean(2), f"{GLOBAL}\nflatten"),
        (lambda x: x.view(x.shape[0], 4, -1).mean(-1), f"{GLOBAL}\nflatten"),
        (lambda x: x.view(x.shape[0], 4, -1).amax(-1).relu(), "pool global max\nflatten\nrelu"),
        (lambda x: x.mean(3).mean(2), f"{GLOBAL}\nflatten"),
        (lambda x: x.mean(2).mean(2), f"{GLOBAL}\nflatten"),
        (lambda x: x.mean(3, keepdim=True).mean(2, keepdim=True), GLOBAL),
        (lambda x: F.adaptive_avg_pool2d(x, 1)[:, :, 0, 0], f"{GLOBAL}\nflatten"),
        (lambda x: F.adaptive_avg_pool2d(x, 1)[..., 0, 0].relu(), f"{GLOBAL}\nflatten\nrelu"),
        (lambda x: x.permute(0, 2, 3, 1).mean((1, 2)), f"{GLOBAL}\nflatten"),
        (lambda x: x.permute(0, 2, 3, 1).mean((1, 2), keepdim=True).permute(0, 3, 1, 2), GLOBAL),
        (lambda x: x.float().to(torch.float32).tanh(), "tanh"),
        (lambda x: x.movedim(1, -1).tanh().movedim(-1, 1), "tanh"),
        (lambda x: x.moveaxis((2, 3), (1, 2)).tanh().moveaxis((1, 2), (2, 3)), "tanh"),
        (lambda x: x.unflatten(1, (2, 2)).swapaxes(1, 2).flatten(1, 2), "shuffle 2"),
        (lambda x: x.unflatten(1, (2, 2)).swapdims(1, 2).flatten(1, 2), "shuffle 2"),
        (lambda x: torch.concatenate((x.tanh(), x), 1), "concat:\n    path: tanh\n    path: identity"),
        (
            lambda x: torch.cat((x.permute(0, 2, 3, 1).tanh(), x.permute(0, 2, 3, 1)), -1).permute(0, 3, 1, 2),
            "concat:\n    path: tanh\n    path: identity",
        ),
        (lambda x: x.permute(0, 2, 3, 1).softmax(-1).permute(0, 3, 1, 2), "softmax"),
        (lambda x: x.permute(0, 2, 3, 1)[..., 2:].permute(0, 3, 1, 2), "slice 2 of 2"),
        (lambda x: x.view_as(x.relu()).tanh(), "tanh"),
        (lambda x: F.interpolate(x, scale_factor=2, mode="nearest-exact"), "upsample 2"),
        (lambda x: x.unflatten(1, (1, 4)).transpose(1, 2).reshape(x.shape).tanh(), "tanh"),
        (lambda x: x.unflatten(1, (4, 1)).transpose(1, 2).reshape(x.shape).tanh(), "tanh"),
        (lambda x: x[:, :, ::2, ::2], "pool max 1 stride 2"),
        (lambda x: x[:, :, ::2], "pool max 1 stride 2x1"),
        (lambda x: F.pad(x, [0, 0, 0, 0]).relu(), "relu"),
        (lambda x: F.avg_pool2d(F.pad(x, [1, 1, 1, 1]), 3, 1), "pool avg 3 stride 1 pad 1 counted"),
        (lambda x: F.avg_pool2d(F.pad(x, [1, 0, 1, 0]), 2), "pool avg 2 pad 1/0 counted"),
        (
            lambda x: F.max_pool2d(F.pad(x, [0, 1, 0, 1], value=-torch.inf), 3, 2),
            "pool max 3 stride 2 pad 0/1",
        ),
    ],
)
def test_ways_to_write_it(function: Callable[[Tensor], Tensor], text: str) -> None:
    assert lines(function) == text.splitlines()


def test_a_pad_that_cuts_off() -> None:
    assert lines(lambda x, two: two(F.pad(x, [-1, 2, 1, 1])), two=nn.Conv2d(4, 4, 3)) == [
        "conv filters 3x3 channels 4 pad 1/1 x -1/2"
    ]


def test_the_shortcut_of_small_residual_networks() -> None:
    """Every second pixel, and channels of zeros beside: option A of the paper."""

    def run(x: Tensor, two: nn.Module) -> Tensor:
        return F.relu(two(x) + F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 2, 2)))

    text = lines(run, two=conv(4, 8, stride=2))
    assert "\n".join(text) == (
        "add:\n    path: conv filters 3x3 channels 8 stride 2\n    path:\n        pool max 1 stride 2\n"
        "        concat:\n            path:\n                slice 1 of 2\n"
        "                zero\n            path: identity\n            path:\n                slice 1 of 2\n"
        "                zero\nrelu"
    )


def test_more_zeros_than_channels() -> None:
    text = lines(lambda x: F.pad(x, (0, 0, 0, 0, 0, 6)))
    assert text == (
        "concat:\n    path: identity\n    path: zero\n    path:\n        slice 1 of 2\n        zero".splitlines()
    )


@pytest.mark.parametrize("how", ["nearest", "bilinear"])
def test_one_pixel_everywhere(how: str) -> None:
    """As in the pooled branch of DeepLab: any interpolation of one pixel is that pixel."""

    def run(x: Tensor) -> Tensor:
        pixel = F.adaptive_avg_pool2d(x, 1).tanh()
        corners = None if how == "nearest" else True
        return torch.cat((x, F.interpolate(pixel, size=x.shape[2:], mode=how, align_corners=corners)), 1)

    assert lines(run)[-1] == "        upsample 12"
    found = from_torch(Fn(lambda x: x * F.interpolate(x.mean((2, 3), keepdim=True), size=(8, 12))), (3, 8, 12))
    assert str(found.architecture).endswith(f"mul:\n    path: identity\n    path: {GLOBAL}\n")
    with pytest.raises(dasdsl.DasError, match=r"E701.*one pixel everywhere"):
        from_torch(Fn(run), (3, 8, 12))


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda x: x.mean(3).relu(), "it reads a mean or a largest value over some sides"),
        (lambda x: x.mean(3).amax(2), "it is a amax over other sides"),
        (lambda x: x.mean(3), "it ends with a mean or a largest value over some sides of space"),
        (lambda x: x.flatten(2), "it ends with space in one line"),
        (lambda x: x.flatten(2).softmax(2), "it is a softmax over another side"),
        (lambda x: x[:, :, 0], "it takes one part of a side"),
        (lambda x: x.half().tanh().float(), "it computes in another precision"),
        (lambda x: x.mean((2, 3)).mean(1), "it changes the batch, which comes first"),
        (lambda x: F.pad(x, (1, 1, 0, 0, 1, 1)).relu(), "it pads channels, other than with channels of zeros"),
    ],
)
def test_what_no_statement_says(function: Callable[[Tensor], Tensor], words: str) -> None:
    with pytest.raises(dasdsl.DasError, match=rf"E701.*{words}"):
        from_torch(Fn(function), IMAGE)


def test_the_last_squeeze_of_a_regression() -> None:
    with pytest.raises(dasdsl.DasError) as caught:
        from_torch(nn.Sequential(nn.Flatten(), nn.Linear(432, 1), Fn(lambda x: x.squeeze(1))), IMAGE)
    assert "an output of one number is (N, 1)" in (caught.value.diagnostics[0].help or "")


@pytest.mark.parametrize("shape", [(3, -1, 12), (3, 12.0, 12), (), 0])
def test_what_is_no_shape(shape: object) -> None:
    with pytest.raises(ValueError, match="`input` is the shape of one sample"):
        from_torch(nn.ReLU(), shape)  # pyright: ignore[reportArgumentType]


def test_one_number_is_the_shape_of_a_vector() -> None:
    assert str(from_torch(nn.ReLU(), 5).architecture).endswith("input: 5\n---\nrelu\n")
