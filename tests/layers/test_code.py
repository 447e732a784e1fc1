"""Modules as code."""

from __future__ import annotations

import pytest
from torch import nn

from dasdsl.layers.code import chosen_of, code_of, constructor, numbers
from dasdsl.layers.convolution import Geometry, make_kernel
from dasdsl.layers.labelled import Labelled


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        (nn.Conv2d(3, 8, (5, 4), stride=2, bias=False), "nn.Conv2d(3, 8, (5, 4), stride=2, bias=False)"),
        (nn.Conv1d(4, 8, 3, padding=1, groups=2, dilation=2), "nn.Conv1d(4, 8, 3, padding=1, dilation=2, groups=2)"),
        (nn.Linear(3, 4), "nn.Linear(3, 4)"),
        (
            nn.AvgPool2d(3, 1, 1, count_include_pad=False),
            "nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)",
        ),
        (nn.Upsample(scale_factor=2.0), "nn.Upsample(scale_factor=2.0)"),
        (nn.Tanh(), "nn.Tanh()"),
        (nn.InstanceNorm2d(4, affine=True), "nn.InstanceNorm2d(4, affine=True)"),
    ],
)
def test_a_module_of_pytorchs(module: nn.Module, expected: str) -> None:
    assert constructor(module) == expected


def test_what_is_made_is_made_alike() -> None:
    made = eval(constructor(nn.AvgPool2d(3, 1, 1, count_include_pad=False)), {"nn": nn})  # noqa: S307 - its own text
    assert (made.kernel_size, made.stride, made.padding, made.count_include_pad) == (3, 1, 1, False)


def test_our_own_kernels_are_pytorchs_behind_something() -> None:
    geometry = Geometry((3, 2), (1, 1), (1, 1), ((1, 1), (1, 0)))
    module = make_kernel(2, 4, geometry, groups=1, bias=True, features=[0, 3])
    code = code_of(module, "conv1", ["x"])
    assert code.value == "self.conv1(F.pad(x.index_select(1, self.conv1_reads), (1, 0, 1, 1)))"
    assert code.made == (
        "self.conv1 = nn.Conv2d(2, 4, (3, 2))",
        'self.register_buffer("conv1_reads", torch.tensor([0, 3]), persistent=False)',
    )
    assert code.tensors == {"weight": "conv1.weight", "bias": "conv1.bias"}


def test_a_module_that_does_not_say_how_it_is_written() -> None:
    with pytest.raises(TypeError, match="Labelled does not say how it is written"):
        code_of(Labelled(), "a", ["x"])


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ([0, 1, 2], "[*range(0, 3)]"),
        ([4, 5, 9], "[4, 5, 9]"),
        ([0, 1, 2, 3, 7, 10, 11, 12], "[*range(0, 4), 7, *range(10, 13)]"),
        ([2, 0, 1], "[2, 0, 1]"),
    ],
)
def test_numbers(chosen: list[int], expected: str) -> None:
    assert numbers(chosen) == expected
    assert eval(expected) == chosen  # noqa: S307 - its own text


def test_neighbours_are_a_slice() -> None:
    assert chosen_of("x", [2, 3, 4], "a") == ("x[:, 2:5]", ())
