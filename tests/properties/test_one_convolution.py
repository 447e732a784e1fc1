"""The identities that let one convolution stand for all choices (method: one searched convolution)."""

import itertools

import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from dasdsl.layers.convolution import Geometry, make_kernel
from dasdsl.layers.gated import GatedKernel, Plan, ReadGate, filter_masks
from dasdsl.operations.core.filters import Filter

CONVOLVE = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
SIDE = {1: 12, 2: 9, 3: 6}


@st.composite
def slides(draw: st.DrawFn) -> tuple[Geometry, tuple[int, ...], str]:
    """A geometry of a largest filter, and a smaller filter inside of it."""
    rank = draw(st.integers(1, 3))
    sides = st.tuples(*[st.integers(1, 5 if rank < 3 else 3)] * rank)
    large = draw(sides)
    small = tuple(draw(st.integers(1, side)) for side in large)
    stride = draw(st.tuples(*[st.integers(1, 3)] * rank))
    dilation = draw(st.tuples(*[st.integers(1, 2)] * rank))
    how = draw(st.sampled_from(["same", "written"]))
    if how == "same":
        pads = tuple((d * (h // 2), d * ((h - 1) // 2)) for h, d in zip(large, dilation, strict=True))
    else:
        reach = [d * (h - 1) for h, d in zip(large, dilation, strict=True)]
        pads = tuple((draw(st.integers(0, r + 1)), draw(st.integers(0, r + 1))) for r in reach)
        size = SIDE[rank]
        pads = tuple(
            (before, max(after, r + 1 - size - before)) for (before, after), r in zip(pads, reach, strict=True)
        )
    return Geometry(large, stride, dilation, pads), small, how


def within(small: tuple[int, ...], large: tuple[int, ...]) -> Filter:
    """A small filter in the kernel of a large one, neither dilated."""
    ones = (1,) * len(large)
    return Filter(small, ones, large, ones)


def small_pads(geometry: Geometry, small: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """Pads that leave the taps of a smaller filter where they were."""
    return tuple(
        (b - d * (H // 2 - h // 2), a - d * ((H - 1) // 2 - (h - 1) // 2))
        for (b, a), d, H, h in zip(geometry.pads, geometry.dilation, geometry.window, small, strict=True)
    )


def convolve(x: Tensor, weight: Tensor, geometry: Geometry, pads: tuple[tuple[int, int], ...]) -> Tensor:
    padded = F.pad(x, [number for pair in reversed(pads) for number in pair])
    return CONVOLVE[len(geometry.window)](padded, weight, None, geometry.stride, 0, geometry.dilation)


@given(slides(), st.integers(0, 2**31))
def test_a_small_filter_equals_the_zero_padded_one(slide: tuple[Geometry, tuple[int, ...], str], seed: int) -> None:
    geometry, small, how = slide
    torch.manual_seed(seed)
    rank = len(geometry.window)
    x = torch.randn(2, 2, *[SIDE[rank]] * rank, dtype=torch.float64)
    weight = torch.randn(3, 2, *small, dtype=torch.float64)
    mask = filter_masks([within(small, geometry.window)], geometry.window)[0].bool()
    wide = torch.zeros(3, 2, *geometry.window, dtype=torch.float64)
    wide[:, :, mask] = weight.flatten(2)
    pads = small_pads(geometry, small)
    if how == "same":
        # for `same` the pads of the small filter are its own `same`
        assert pads == tuple((d * (h // 2), d * ((h - 1) // 2)) for h, d in zip(small, geometry.dilation, strict=True))
    expected = convolve(x, weight, geometry, pads)
    found = convolve(x, wide, geometry, geometry.pads)
    assert expected.shape == found.shape
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)


@given(slides(), st.integers(0, 2**31), st.floats(-3, 3), st.floats(-3, 3))
def test_convolution_is_linear_in_the_kernel(
    slide: tuple[Geometry, tuple[int, ...], str], seed: int, alpha: float, beta: float
) -> None:
    geometry, _, _ = slide
    torch.manual_seed(seed)
    rank = len(geometry.window)
    x = torch.randn(1, 2, *[SIDE[rank]] * rank, dtype=torch.float64)
    W, V = (torch.randn(2, 2, *geometry.window, dtype=torch.float64) for _ in range(2))
    apart = alpha * convolve(x, W, geometry, geometry.pads) + beta * convolve(x, V, geometry, geometry.pads)
    together = convolve(x, alpha * W + beta * V, geometry, geometry.pads)
    torch.testing.assert_close(together, apart, rtol=1e-10, atol=1e-10)


@given(st.integers(1, 3), st.data(), st.integers(0, 2**31))
def test_one_convolution_equals_the_sum_over_all_choices(rank: int, data: st.DataObject, seed: int) -> None:
    """`Σ over (h, w) of α[h, w] · (V restricted to h×w) * (β·x)`, each convolution done on its own."""
    torch.manual_seed(seed)
    most = 4 if rank < 3 else 3
    options = [tuple(range(1, data.draw(st.integers(1, most)) + 1)) for _ in range(rank)]
    sizes = tuple(itertools.product(*options))
    window = tuple(max(side) for side in options)
    stride = data.draw(st.tuples(*[st.integers(1, 2)] * rank))
    pads = tuple((h // 2, (h - 1) // 2) for h in window)
    geometry = Geometry(window, stride, (1,) * rank, pads)
    plan = Plan(
        "conv1.filters", tuple(within(size, window) for size in sizes), (ReadGate("conv1.reads", (0, 1, 2)),), (1, 1, 1)
    )
    layer = GatedKernel(2, geometry, plan, bias=True).double()
    alpha = torch.randn(*[len(side) for side in options], dtype=torch.float64)
    beta = torch.randn(3, dtype=torch.float64)
    x = torch.randn(2, 3, *[SIDE[rank]] * rank, dtype=torch.float64)
    found = layer(x, {"conv1.filters": alpha, "conv1.reads": beta})
    assert layer.bias is not None
    expected = layer.bias.view(1, -1, *[1] * rank).expand_as(found).clone()
    for size, factor in zip(sizes, alpha.flatten(), strict=True):
        inside = filter_masks([within(size, window)], window)[0].bool()
        V = layer.weight[:, :, inside].view(2, 3, *size)
        same = tuple((h // 2, (h - 1) // 2) for h in size)
        expected = expected + factor * convolve(beta.view(1, -1, *[1] * rank) * x, V, geometry, same)
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)


@given(st.integers(0, 3), st.data(), st.integers(0, 2**31))
def test_fewer_channels_are_the_largest_layer_with_zeros(rank: int, data: st.DataObject, seed: int) -> None:
    """A layer that reads a subset of its input, after `flatten` too, is the whole layer under β of 0 and 1."""
    torch.manual_seed(seed)
    inputs = data.draw(st.integers(1, 6))
    spread = data.draw(st.integers(1, 4)) if rank == 0 else 1
    kept = sorted(data.draw(st.sets(st.integers(0, inputs - 1), min_size=1)))
    window = (3,) * rank
    geometry = Geometry(window, (1,) * rank, (1,) * rank, ((1, 1),) * rank)
    everything = tuple(range(inputs))
    plan = Plan(None, (), (ReadGate("conv1.reads", everything),), (spread,) * inputs)
    layer = GatedKernel(4, geometry, plan, bias=True).double()
    beta = torch.zeros(inputs, dtype=torch.float64)
    beta[kept] = 1
    features = [position * spread + k for position in kept for k in range(spread)]
    x = torch.randn(2, inputs * spread, *[5] * rank, dtype=torch.float64)
    small = make_kernel(len(features), 4, geometry, groups=1, bias=True, features=features).double()
    small.load_state_dict({"weight": layer.weight[:, features], "bias": layer.bias})
    torch.testing.assert_close(layer(x, {"conv1.reads": beta}), small(x), rtol=1e-12, atol=1e-12)


@given(st.integers(1, 3), st.data(), st.sampled_from(["same", "written"]), st.integers(0, 2**31))
def test_a_dilated_filter_is_a_zero_padded_one(rank: int, data: st.DataObject, how: str, seed: int) -> None:
    """Every choice (h, d) of sides and dilation lies in the one dense kernel of the largest."""
    torch.manual_seed(seed)
    H = data.draw(st.tuples(*[st.integers(1, 4 if rank < 3 else 2)] * rank))
    h = tuple(data.draw(st.integers(1, side)) for side in H)
    D = data.draw(st.integers(1, 3 if rank < 3 else 2))
    d = data.draw(st.integers(1, D))
    stride = data.draw(st.tuples(*[st.integers(1, 2)] * rank))
    choice = Filter(h, (d,) * rank, H, (D,) * rank)
    window = tuple(D * (side - 1) + 1 for side in H)
    weight = torch.randn(2, 2, *h, dtype=torch.float64)
    wide = torch.zeros(2, 2, *window, dtype=torch.float64)
    wide[(slice(None), slice(None), *choice.region)] = weight
    assert int(filter_masks([choice], window).sum()) == choice.taps
    size = 12 if rank < 3 else 7
    x = torch.randn(1, 2, *[size] * rank, dtype=torch.float64)
    if how == "same":
        large = tuple((D * (side // 2), D * ((side - 1) // 2)) for side in H)
        small = tuple((d * (side // 2), d * ((side - 1) // 2)) for side in h)
    else:
        large = tuple((data.draw(st.integers(0, 3)), data.draw(st.integers(0, 3))) for _ in H)
        small = tuple(
            (b - (D * (a // 2) - d * (c // 2)), e - (D * ((a - 1) // 2) - d * ((c - 1) // 2)))
            for (b, e), a, c in zip(large, H, h, strict=True)
        )
    ones = (1,) * rank
    expected = convolve(x, weight, Geometry(h, stride, (d,) * rank), small)
    found = convolve(x, wide, Geometry(window, stride, ones), large)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
