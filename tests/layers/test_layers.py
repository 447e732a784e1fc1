"""The layers themselves: pads, choices of channels, patterns, and any of them as one dense weight."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dasdsl.layers.convolution import Conv1d, Conv2d, Geometry, Linear, make_kernel
from dasdsl.layers.dense import dense, fill_
from dasdsl.layers.gated import GatedKernel, Plan, ReadGate, filter_masks
from dasdsl.layers.patterns import Constant, PatternKernel
from dasdsl.operations.core.filters import Filter


def geometry(window: tuple[int, ...], pads: tuple[tuple[int, int], ...]) -> Geometry:
    return Geometry(window, (1,) * len(window), (1,) * len(window), pads)


def test_pytorchs_own_layers_where_they_can_say_it() -> None:
    kinds = {
        nn.Conv2d: make_kernel(4, 6, geometry((3, 3), ((1, 1), (1, 1))), groups=2, bias=True, features=None),
        nn.Linear: make_kernel(4, 6, Geometry(), groups=1, bias=False, features=None),
        Conv2d: make_kernel(4, 6, geometry((2, 3), ((1, 0), (1, 1))), groups=1, bias=True, features=None),
        Conv1d: make_kernel(2, 6, geometry((3,), ((1, 1),)), groups=1, bias=True, features=[0, 3]),
        Linear: make_kernel(2, 6, Geometry(), groups=1, bias=True, features=[1, 2]),
    }
    assert all(type(module) is kind for kind, module in kinds.items())


def test_pads_differ_before_and_after_and_may_crop() -> None:
    module = make_kernel(1, 1, geometry((2, 2), ((1, 0), (-1, 2))), groups=1, bias=False, features=None)
    assert isinstance(module, nn.Conv2d)
    x = torch.randn(1, 1, 4, 5)
    expected = F.conv2d(F.pad(x, [-1, 2, 1, 0]), module.weight)
    torch.testing.assert_close(module(x), expected)


def test_a_choice_of_features() -> None:
    module = make_kernel(2, 3, Geometry(), groups=1, bias=True, features=[3, 1])
    assert isinstance(module, nn.Linear)
    x = torch.randn(2, 4)
    torch.testing.assert_close(module(x), F.linear(x[:, [3, 1]], module.weight, module.bias))
    # which they are is not a weight
    assert set(module.state_dict()) == {"weight", "bias"}


def test_patterns_put_their_outputs_in_order() -> None:
    parts = [
        make_kernel(2, 2, geometry((1, 1), ((0, 0), (0, 0))), groups=1, bias=True, features=[0, 2]),
        Constant(1, bias=True),
        make_kernel(1, 1, geometry((1, 1), ((0, 0), (0, 0))), groups=1, bias=True, features=[1]),
    ]
    module = PatternKernel(parts, [[0, 2], [], [1]], [[0, 3], [2], [1]])
    x = torch.randn(2, 3, 4, 4)
    first, constant, last = parts
    with torch.no_grad():
        assert isinstance(constant.bias, nn.Parameter)
        constant.bias.fill_(5.0)
    found = module(x)
    expected = torch.stack([first(x)[:, 0], last(x)[:, 0], torch.full((2, 4, 4), 5.0), first(x)[:, 1]], dim=1)
    torch.testing.assert_close(found, expected)


def test_constants_without_bias_are_zero() -> None:
    assert Constant(3, bias=False)(torch.randn(2, 4, 5, 5)).shape == (2, 3, 5, 5)
    assert not Constant(3, bias=False)(torch.randn(2, 4)).any()


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("groups", [1, 2])
def test_dense_and_back(groups: int, bias: bool) -> None:
    module = make_kernel(4, 6, geometry((3,), ((1, 1),)), groups=groups, bias=bias, features=None)
    weight, own = dense(module, 4, {})
    assert weight.shape == (6, 4, 3)
    x = torch.randn(2, 4, 9)
    torch.testing.assert_close(F.conv1d(x, weight, own, padding=1), module(x))
    other = make_kernel(4, 6, geometry((3,), ((1, 1),)), groups=groups, bias=bias, features=None)
    fill_(other, weight, own)
    torch.testing.assert_close(other(x), module(x), rtol=0, atol=0)


def test_patterns_as_one_dense_weight() -> None:
    parts = [make_kernel(2, 2, Geometry(), groups=1, bias=True, features=[0, 2]), Constant(1, bias=True)]
    module = PatternKernel(parts, [[0, 2], []], [[0, 2], [1]])
    weight, bias = dense(module, 3, {})
    x = torch.randn(4, 3)
    torch.testing.assert_close(F.linear(x, weight, bias), module(x))
    assert not weight[1].any()
    assert not weight[:, 1].any()


def test_what_has_no_kernel_is_refused() -> None:
    with pytest.raises(TypeError, match="ReLU"):
        dense(nn.ReLU(), 3, {})
    with pytest.raises(TypeError, match="ReLU"):
        fill_(nn.ReLU(), torch.zeros(1, 1), None)


def test_masks_are_nested_and_aligned() -> None:
    masks = filter_masks([Filter((h,), (1,), (5,), (1,)) for h in range(1, 6)], (5,))
    assert masks.int().tolist() == [
        [0, 0, 1, 0, 0],
        [0, 1, 1, 0, 0],
        [0, 1, 1, 1, 0],
        [1, 1, 1, 1, 0],
        [1, 1, 1, 1, 1],
    ]


def test_masks_of_open_dilations() -> None:
    """Sides up to 3 apart by up to 2: one dense kernel of 5 taps."""
    masks = filter_masks([Filter((h,), (d,), (3,), (2,)) for d in (1, 2) for h in (1, 2, 3)], (5,))
    assert masks.int().tolist() == [
        [0, 0, 1, 0, 0],
        [0, 1, 1, 0, 0],
        [0, 1, 1, 1, 0],
        [0, 0, 1, 0, 0],
        [1, 0, 1, 0, 0],
        [1, 0, 1, 0, 1],
    ]


def gated(reads: tuple[ReadGate, ...], spreads: tuple[int, ...]) -> GatedKernel:
    return GatedKernel(3, Geometry(), Plan(None, (), reads, spreads), bias=True)


def test_gates_of_channels_are_spread_over_their_features() -> None:
    layer = gated((ReadGate("a", (0, 2)), ReadGate("b", (2,))), (2, 1, 3))
    gates = {"a": torch.tensor([2.0, 3.0]), "b": torch.tensor([5.0])}
    factor: Tensor = torch.tensor([2.0, 2.0, 1.0, 15.0, 15.0, 15.0])
    torch.testing.assert_close(layer.effective(gates), layer.weight * factor)


def test_a_gate_of_none_of_the_positions() -> None:
    """Of a pattern that reads nothing of what a count gates."""
    layer = gated((ReadGate("a", (), ((), ())), ReadGate("b", (0, 1))), (1, 1))
    gates = {"a": torch.tensor([0.5, 0.5]), "b": torch.tensor([2.0, 3.0])}
    torch.testing.assert_close(layer.effective(gates), layer.weight * torch.tensor([2.0, 3.0]))
