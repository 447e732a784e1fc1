"""Networks as their users write them, read as texts: they compute the same, and say it as one would write it."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import prune

import dasdsl
from dasdsl.imports.network import from_torch
from tests.imports.building import IMAGE, Fn, Moved, body, conv


def changed_view(x: Tensor) -> Tensor:
    x = x.tanh()
    x.flatten(1).relu_()
    return x.sigmoid()


def ungraded(x: Tensor) -> Tensor:
    with torch.no_grad():
        x = x.relu()
    return x.tanh()


def complex_one() -> nn.Module:
    module = nn.ReLU()
    module.register_buffer("angles", torch.zeros(1, dtype=torch.complex64))
    return module


class Block(nn.Module):
    """One of ConvNeXt, as its authors have it."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, 7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.pwconv1, self.act, self.pwconv2 = nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim)
        self.gamma = nn.Parameter(torch.rand(dim))

    def forward(self, x: Tensor) -> Tensor:
        kept = x
        x = self.dwconv(x).permute(0, 2, 3, 1)
        x = self.gamma * self.pwconv2(self.act(self.pwconv1(self.norm(x))))
        return kept + x.permute(0, 3, 1, 2)


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (conv(3, 4), "conv filters 3x3 channels 4"),
        (conv(3, 4, bias=False, stride=2), "conv filters 3x3 channels 4 stride 2 bias off"),
        (nn.Conv2d(3, 4, (5, 1), stride=(2, 1)), "conv filters 5x1 channels 4 stride 2x1 pad valid"),
        (nn.Conv2d(3, 4, 3, padding=2), "conv filters 3x3 channels 4 pad 2"),
        (nn.Conv2d(3, 4, 3, padding=(0, 1)), "conv filters 3x3 channels 4 pad 0x1"),
        (nn.Conv2d(3, 4, 3, dilation=2, padding=2), "conv filters 3x3 channels 4 dilation 2"),
        (nn.Conv2d(3, 4, 4, padding="same"), "conv filters 4x4 channels 4 pad 1/2"),
        (nn.Conv2d(3, 4, 3, padding="valid"), "conv filters 3x3 channels 4 pad valid"),
        (nn.Conv2d(3, 6, 3, padding=1, groups=3), "conv filters 3x3 channels 6 groups 3"),
        (nn.Conv2d(3, 3, 3, padding=1, groups=3), "conv depthwise filters 3x3"),
        (nn.Sequential(nn.ZeroPad2d((1, 2, 0, 1)), nn.Conv2d(3, 4, 3)), "conv filters 3x3 channels 4 pad 0/1 x 1/2"),
        (nn.Sequential(nn.ZeroPad2d(1), conv(3, 4)), "conv filters 3x3 channels 4 pad 2"),
        (nn.BatchNorm2d(3), "norm batch"),
        (nn.BatchNorm2d(3, eps=1e-2), "norm batch eps 0.01"),
        (nn.GroupNorm(3, 3, eps=1e-2), "norm group 3 eps 0.01"),
        (nn.GroupNorm(1, 3, eps=1e-12), "norm layer eps 1e-12"),
        (nn.InstanceNorm2d(3, eps=1e-3, affine=True), "norm instance eps 0.001"),
        (nn.GroupNorm(3, 3), "norm group 3"),
        (nn.GroupNorm(1, 3), "norm layer"),
        (nn.InstanceNorm2d(3, affine=True), "norm instance"),
        (nn.MaxPool2d(2), "pool max 2"),
        (nn.MaxPool2d(3, 2, 1), "pool max 3 stride 2 pad 1"),
        (nn.MaxPool2d((3, 2), (1, 2)), "pool max 3x2 stride 1x2"),
        (nn.MaxPool2d(2, ceil_mode=True), "pool max 2"),
        (nn.AvgPool2d(2), "pool avg 2"),
        (nn.MaxPool2d(5, 5, ceil_mode=True), "pool max 5 pad 0/3"),
        (nn.MaxPool2d((3, 2), 2, (1, 0), ceil_mode=True), "pool max 3x2 stride 2 pad 1/2 x 0"),
        (nn.MaxPool2d(4, 3, (1, 2), ceil_mode=True), "pool max 4 stride 3 pad 1/3 x 2"),
        (nn.AvgPool2d(3, 1, 1, count_include_pad=False), "pool avg 3 stride 1 pad 1"),
        (nn.AvgPool2d(3, 1, 1), "pool avg 3 stride 1 pad 1 counted"),
        (nn.AvgPool2d(5, 4, (0, 2), ceil_mode=True, count_include_pad=False), "pool avg 5 stride 4 pad 0/1 x 2/3"),
        (nn.AvgPool2d(5, 5, ceil_mode=True), "pool avg 5 pad 0/3"),
        (nn.AdaptiveAvgPool2d(1), "pool global avg"),
        (nn.AdaptiveMaxPool2d(1), "pool global max"),
        (nn.AdaptiveAvgPool2d((4, 6)), "pool avg 3x2"),
        (nn.Upsample(scale_factor=2), "upsample 2"),
        (nn.Upsample(scale_factor=2, mode="bilinear"), "upsample 2 linear"),
        (nn.Flatten(), "flatten"),
        (nn.ReLU(), "relu"),
        (nn.ReLU(inplace=True), "relu"),
        (nn.ReLU6(), "relu6"),
        (nn.Hardtanh(0, 6), "relu6"),
        (nn.SiLU(), "silu"),
        (nn.GELU(), "gelu"),
        (nn.ELU(), "elu"),
        (nn.LeakyReLU(0.2), "leaky 0.2"),
        (nn.Tanh(), "tanh"),
        (nn.Sigmoid(), "sigmoid"),
        (nn.Hardswish(), "hardswish"),
        (nn.Hardsigmoid(), "hardsigmoid"),
        (nn.Softmax(1), "softmax"),
        (nn.Softmax2d(), "softmax"),
        (nn.Dropout(0.3), "dropout 0.3"),
        (nn.Identity(), "identity"),
        (nn.Sequential(nn.SiLU(inplace=True), conv(3, 2)), "silu\nconv filters 3x3 channels 2"),
        (nn.Sequential(nn.Flatten(), nn.Dropout(0.2, inplace=True), nn.ReLU()), "flatten\ndropout 0.2\nrelu"),
        (Fn(lambda x: sum([x.relu(), x.tanh()])), "add:\n    path: relu\n    path: tanh"),
        (nn.LeakyReLU(True), "leaky 1"),
        (nn.Sequential(nn.Dropout(0.0), nn.Identity(), nn.ReLU()), "relu"),
        (Fn(lambda x: x.mean((2, 3))), "pool global avg\nflatten"),
        (Fn(lambda x: x.mean((-1, -2), keepdim=True)), "pool global avg"),
        (Fn(lambda x: x.amax((2, 3))), "pool global max\nflatten"),
        (Fn(lambda x: x.view(x.shape[0], -1).contiguous()), "flatten"),
    ],
)
def test_one_layer(layer: nn.Module, text: str) -> None:
    assert body(layer) == f"{text}\n"


@pytest.mark.parametrize(
    ("layer", "shape", "text"),
    [
        (nn.Conv1d(2, 4, 3, padding=1), (2, 9), "conv filters 3 channels 4"),
        (nn.Conv3d(2, 4, 3, padding=1), (2, 4, 4, 4), "conv filters 3x3x3 channels 4"),
        (
            nn.Sequential(nn.Conv1d(2, 4, 4), nn.BatchNorm1d(4)),
            (2, 9),
            "conv filters 4 channels 4 pad valid\nnorm batch",
        ),
        (nn.Linear(5, 3, bias=False), (5,), "linear channels 3 bias off"),
        (
            nn.Sequential(nn.Linear(5, 3), nn.LayerNorm(3), nn.BatchNorm1d(3)),
            (5,),
            "linear channels 3\nnorm layer\nnorm batch",
        ),
        (nn.Upsample(scale_factor=3), (2, 4), "upsample 3"),
    ],
)
def test_other_ranks(layer: nn.Module, shape: tuple[int, ...], text: str) -> None:
    assert body(layer, shape) == f"{text}\n"


def test_a_residual_network_with_a_shortcut() -> None:
    def run(x: Tensor, stem: nn.Module, one: nn.Module, two: nn.Module, short: nn.Module) -> Tensor:
        x = stem(x)
        x = F.relu(x + one(x))
        out = two(x)
        out += short(x)
        return F.relu_(out)

    layers = {
        "stem": conv(3, 4),
        "one": nn.Sequential(conv(4, 4), nn.ReLU(inplace=True), conv(4, 4)),
        "two": conv(4, 6, stride=2),
        "short": nn.Conv2d(4, 6, 1, stride=2),
    }
    assert body(Fn(run, **layers)) == (
        "conv filters 3x3 channels 4\n"
        "residual:\n"
        "    conv filters 3x3 channels 4\n"
        "    relu\n"
        "    conv filters 3x3 channels 4\n"
        "relu\n"
        "add:\n"
        "    path: conv filters 3x3 channels 6 stride 2\n"
        "    path: conv filters 1x1 channels 6 stride 2\n"
        "relu\n"
    )


def test_squeeze_and_excitation_within_a_residual() -> None:
    def run(x: Tensor, one: nn.Module, squeeze: nn.Module) -> Tensor:
        y = one(x)
        return x + y * squeeze(y).sigmoid()

    squeeze = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(3, 2, 1), nn.ReLU(), nn.Conv2d(2, 3, 1))
    assert body(Fn(run, one=conv(3, 3), squeeze=squeeze)) == (
        "residual:\n"
        "    conv filters 3x3 channels 3\n"
        "    mul:\n"
        "        path: identity\n"
        "        path:\n"
        "            pool global avg\n"
        "            conv filters 1x1 channels 2\n"
        "            relu\n"
        "            conv filters 1x1 channels 3\n"
        "            sigmoid\n"
    )


def test_a_block_of_convnext() -> None:
    """Channels that come last for a while are where they were; linear layers on them are 1x1 filters."""
    assert body(nn.Sequential(conv(3, 4), Block(4))) == (
        "conv filters 3x3 channels 4\nresidual:\n    conv depthwise filters 7x7\n    norm position\n"
        "    conv filters 1x1 channels 8\n    gelu\n    conv filters 1x1 channels 4\n"
        "    conv depthwise filters 1x1 bias off\n"
    )
    one = nn.Linear(4, 4)
    twice = Fn(lambda x, c, one: one(one(c(x).permute(0, 2, 3, 1))).permute(0, 3, 1, 2), c=conv(3, 4), one=one)
    assert from_torch(twice, IMAGE).shared == ("layers.one",)


@pytest.mark.parametrize(
    "network",
    [
        nn.Sequential(conv(3, 4), Block(4)),
        nn.Sequential(nn.MaxPool2d(3, 2, ceil_mode=True), nn.AvgPool2d(2, 1, 1)),
        nn.Sequential(nn.ConstantPad2d((-1, 2, 1, 0), 0.0), nn.Conv2d(3, 4, 3)),
        Fn(lambda x: torch.cat((x * 0, x / 3 - 1), 1)),
    ],
)
def test_what_is_lowered_comes_back(network: nn.Module) -> None:
    found = from_torch(network, IMAGE, "same")
    assert str(from_torch(found.model, IMAGE, "same").architecture) == str(found.architecture)


def test_channels_first_and_last_are_not_added() -> None:
    with pytest.raises(dasdsl.DasError, match=r"E701.*it reads a value whose channels come last"):
        from_torch(Fn(lambda x: x.permute(0, 2, 3, 1) + x), (3, 3, 3))


def test_weights_that_are_computed_of_parameters() -> None:
    """Weight standardisation, for one: in evaluation mode the kernel is a constant."""

    def run(x: Tensor, one: nn.Conv2d) -> Tensor:
        weight = one.weight - one.weight.mean((1, 2, 3), keepdim=True)
        return F.conv2d(x, weight / weight.std((1, 2, 3), keepdim=True), one.bias, padding=1)

    assert body(Fn(run, one=conv(3, 4))) == "conv filters 3x3 channels 4\n"

    def halves(x: Tensor, one: nn.Conv2d) -> Tensor:
        first, second = one.weight.chunk(2, 0)
        return F.conv2d(F.conv2d(x, first, padding=1), second[:, :2], padding=1)

    assert "conv filters 3x3 channels 2 bias off\n" * 2 in str(
        from_torch(Fn(halves, one=conv(3, 4)), IMAGE).architecture
    )

    turned = Fn(
        lambda x, one: F.linear(x.permute(0, 2, 3, 1), one.weight.t()).permute(0, 3, 1, 2),
        one=nn.Linear(4, 3, bias=False),
    )
    assert body(turned) == "conv filters 1x1 channels 4 bias off\n"


def test_a_parameter_that_is_changed_in_place() -> None:
    with pytest.raises(dasdsl.DasError, match=r"E70[12].*"):
        from_torch(Moved(lambda x, own: x * own.data.add_(1), 3, 1, 1), IMAGE)


def gated(x: Tensor, gate: Tensor) -> Tensor:
    return x * gate.view(x.shape[0], x.shape[1], 1, 1).expand_as(x)


SQUEEZED = """\
conv filters 3x3 channels 4
mul:
    path: identity
    path:
        pool global avg
        conv filters 1x1 channels 2 bias off
        relu
        conv filters 1x1 channels 4
        sigmoid
"""


@pytest.mark.parametrize(
    "function",
    [
        lambda x, y: gated(x, y(F.adaptive_avg_pool2d(x, 1).view(x.shape[0], 4))),
        lambda x, y: x * y(x.mean((2, 3)))[:, :, None, None],
        lambda x, y: x * y(x.mean([2, 3])).unsqueeze(-1).unsqueeze(-1).expand(-1, -1, 12, 12),
        lambda x, y: x * y(F.adaptive_avg_pool2d(x, 1).flatten(1)).unflatten(1, (4, 1, 1)),
        lambda x, y: x * y(F.adaptive_avg_pool2d(x, 1).squeeze(-1).squeeze(-1)).reshape(-1, 4, 1, 1),
    ],
)
def test_squeeze_and_excitation_by_linear_layers(function: Callable[..., Tensor]) -> None:
    """As most code has it: nothing is flattened, and linear layers are 1x1 convolutions."""
    excite = nn.Sequential(nn.Linear(4, 2, bias=False), nn.ReLU(inplace=True), nn.Linear(2, 4), nn.Sigmoid())
    assert body(Fn(lambda x, one, y: function(one(x), y), one=conv(3, 4), y=excite)) == SQUEEZED


def test_attention_to_channels_by_two_pools() -> None:
    """One perceptron on what two pools give: its uses become two."""

    def run(x: Tensor, one: nn.Module, mlp: nn.Module) -> Tensor:
        x = one(x)
        both = mlp(F.avg_pool2d(x, 12)) + mlp(F.max_pool2d(x, 12))
        return x * torch.sigmoid(both).unsqueeze(2).unsqueeze(3).expand_as(x)

    mlp = nn.Sequential(nn.Flatten(), nn.Linear(4, 2), nn.ReLU(), nn.Linear(2, 4))
    found = from_torch(Fn(run, one=conv(3, 4), mlp=mlp), IMAGE)
    assert found.shared == ("layers.mlp.1", "layers.mlp.3")
    assert str(found.architecture).count("conv filters 1x1 channels 2") == 2
    assert "flatten" not in str(found.architecture)


def test_what_is_a_vector_and_a_pixel() -> None:
    def run(x: Tensor, one: nn.Module, two: nn.Module, last: nn.Module) -> Tensor:
        vector = two(x.mean((2, 3))).relu()
        return last(torch.cat((vector, (one(x) * vector.view(2, 4, 1, 1)).mean((2, 3))), 1))

    layers = {"one": conv(3, 4), "two": nn.Linear(3, 4), "last": nn.Linear(8, 2)}
    assert "conv filters 1x1 channels 4\n" in body(Fn(run, **layers))
    assert body(Fn(lambda x, two: two(x.mean((2, 3))).relu().view(-1, 4, 1, 1), two=nn.Linear(3, 4))) == (
        "pool global avg\nconv filters 1x1 channels 4\nrelu\n"
    )


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (
            nn.Sequential(nn.Flatten(), nn.Linear(12, 4), nn.Unflatten(1, (4, 1, 1))),
            "it makes 4x1x1 of a vector, which was 3x2x2 and no pixel before",
        ),
        (nn.Sequential(nn.Flatten(), nn.Linear(12, 4), nn.ReLU(), nn.Unflatten(1, (4, 1))), "it makes 4x1 of a vector"),
        (Fn(lambda x: x.flatten(1)[:, :3].view(-1, 3, 1, 1) * x), "it makes 3x1x1 of a vector"),
        (Fn(lambda x: x.mean((2, 3))[:, :, None, None].expand(-1, -1, 4, 3).relu()), "it reads one pixel everywhere"),
        (Fn(lambda x: x.mean((2, 3))[:, :, None, None].expand(-1, -1, 4, 3)), "it ends with one pixel everywhere"),
        (Fn(lambda x: x[:, :1].expand(-1, 3, -1, -1)), "it repeats values"),
    ],
)
def test_what_was_no_pixel(network: nn.Module, words: str) -> None:
    with pytest.raises(dasdsl.DasError, match=rf"E701.*{words}"):
        from_torch(network, (3, 2, 2))


def test_a_vector_that_the_network_reads_is_no_pixel() -> None:
    with pytest.raises(dasdsl.DasError, match=r"E701.*it makes 6x1x1 of a vector"):
        from_torch(Fn(lambda x, one: one(x.view(-1, 6, 1, 1)), one=conv(6, 4)), (6,))


def test_a_u_net_is_nested() -> None:
    def run(x: Tensor, down: nn.Module, middle: nn.Module, out: nn.Module) -> Tensor:
        fine = down(x)
        coarse = middle(F.max_pool2d(fine, 2))
        return out(torch.cat([fine, F.interpolate(coarse, scale_factor=2.0)], 1))

    assert body(Fn(run, down=conv(3, 4), middle=conv(4, 8), out=conv(12, 2, 1))) == (
        "conv filters 3x3 channels 4\n"
        "concat:\n"
        "    path: identity\n"
        "    path:\n"
        "        pool max 2\n"
        "        conv filters 3x3 channels 8\n"
        "        upsample 2\n"
        "conv filters 1x1 channels 2\n"
    )


def test_a_dense_block_is_a_chain_of_concats() -> None:
    def run(x: Tensor, one: nn.Module, two: nn.Module, three: nn.Module) -> Tensor:
        every = [x]
        for layer in (one, two, three):
            every.append(layer(torch.cat(every, 1)))
        return torch.cat(every, 1)

    block = "concat:\n    path: identity\n    path: conv filters 3x3 channels 2\n"
    assert body(Fn(run, one=conv(3, 2), two=conv(5, 2), three=conv(7, 2))) == 3 * block


def test_ways_that_share_a_part_begin_at_labels() -> None:
    def run(x: Tensor, one: nn.Module, two: nn.Module, three: nn.Module) -> Tensor:
        shared = one(x)
        left = two(shared) + x
        return torch.cat([left, three(shared), shared], 1)

    assert body(Fn(run, one=conv(3, 3), two=conv(3, 3), three=conv(3, 4))) == (
        "at1 = identity\n"
        "conv filters 3x3 channels 3\n"
        "concat:\n"
        "    path:\n"
        "        add:\n"
        "            path: conv filters 3x3 channels 3\n"
        "            path from at1: identity\n"
        "    path: conv filters 3x3 channels 4\n"
        "    path: identity\n"
    )


def test_what_is_read_again_from_afar() -> None:
    """Two shared parts side by side: after the first one, the second begins at a label."""

    def run(x: Tensor, one: nn.Module, two: nn.Module) -> Tensor:
        a, b = one(x), two(x)
        return torch.cat([a.relu() + b, a + b.tanh()], 1)

    assert body(Fn(run, one=conv(3, 3), two=conv(3, 3, 1))) == (
        "at1 = identity\n"
        "at2 = conv filters 3x3 channels 3\n"
        "add:\n"
        "    path from at1: conv filters 1x1 channels 3\n"
        "concat:\n"
        "    path:\n"
        "        add:\n"
        "            path from at2: relu\n"
        "            path: identity\n"
        "    path:\n"
        "        add:\n"
        "            path from at2: identity\n"
        "            path: tanh\n"
    )


def test_a_value_that_is_changed_in_place_is_the_new_one() -> None:
    """The skip connection of a pre-activated block reads what the activation has left there."""

    def run(x: Tensor, one: nn.Module) -> Tensor:
        x = one(x)
        y = F.relu_(x)
        return x + F.max_pool2d(y, 3, 1, 1)

    assert body(Fn(run, one=conv(3, 3))) == ("conv filters 3x3 channels 3\nrelu\nresidual: pool max 3 stride 1 pad 1\n")


def test_what_nobody_reads_is_left_out() -> None:
    def run(x: Tensor, one: nn.Module, two: nn.Module) -> Tensor:
        two(x)
        return one(x)

    found = from_torch(Fn(run, one=conv(3, 3), two=conv(3, 5)), IMAGE)
    assert str(found.architecture).endswith("---\nconv filters 3x3 channels 3\n")
    assert found.layers == {"conv1": "`layers.one` (Conv2d)"}


def test_a_layer_that_is_used_twice() -> None:
    one = conv(3, 3)
    found = from_torch(Fn(lambda x, one: one(one(x)), one=one), IMAGE)
    assert found.shared == ("layers.one",)
    assert found.costs.params == 2 * sum(parameter.numel() for parameter in one.parameters())


def test_the_module_stays_as_it_is() -> None:
    module = nn.Sequential(conv(3, 4), nn.BatchNorm2d(4), nn.Dropout(0.5)).double().train()
    state = torch.random.get_rng_state()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    found = from_torch(module, IMAGE, "a_name")
    assert found.architecture.name == "a_name"
    assert module.training
    assert all(torch.equal(before[name], tensor) for name, tensor in module.state_dict().items())
    assert torch.equal(state, torch.random.get_rng_state())


# ---- parts of the channels -------------------------------------------------------------------------------------------


def dealt(x: Tensor) -> Tensor:
    sides = x.shape
    return x.view(sides[0], 2, sides[1] // 2, *sides[2:]).transpose(1, 2).contiguous().view(sides)


def shuffled(x: Tensor, stem: nn.Module, side: nn.Module) -> Tensor:
    one, two = stem(x).chunk(2, dim=1)
    return dealt(torch.cat((one, side(two)), 1))


def test_a_unit_of_shufflenet() -> None:
    assert body(Fn(shuffled, stem=conv(3, 8), side=conv(4, 4))) == (
        "conv filters 3x3 channels 8\nconcat:\n    path: slice 1 of 2\n    path:\n        slice 2 of 2\n"
        "        conv filters 3x3 channels 4\nshuffle 2\n"
    )


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda x: x[:, 1:3], "slice [1-2]"),
        (lambda x: x[:, -2:], "slice 2 of 2"),
        (lambda x: x[:, ::3], "slice [0,3]"),
        (lambda x: x.narrow(1, 2, 1), "slice 3 of 4"),
        (lambda x: x[:, [0, 2, 3]], "slice [0,2-3]"),
        (lambda x: x.split([1, 3], 1)[1], "slice [1-3]"),
        (lambda x: x.split(3, 1)[1], "slice 4 of 4"),
        (lambda x: x[:, :][:, 0:4].tanh(), "tanh"),
        (lambda x: x.permute(0, 1, 2, 3).unflatten(1, (2, 2)).permute(0, 2, 1, 3, 4).flatten(1, 2), "shuffle 2"),
        (lambda x: x.unflatten(1, (2, 2)).flatten(1, 2).tanh(), "tanh"),
        (nn.ChannelShuffle(2), "shuffle 2"),
    ],
)
def test_ways_to_take_a_part(function: Callable[[Tensor], Tensor], said: str) -> None:
    assert body(Fn(lambda x, one: function(one(x)), one=conv(3, 4))).splitlines()[1:] == [said]


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda x: x[:, :, 1:], "it takes a part of another side than the channels"),
        (lambda x: x[:, [2, 0]], "it puts channels into another order"),
        (lambda x: x.split([0, 4], 1)[0] + 0, "takes no channel"),
        (lambda x: x.transpose(2, 3), "it exchanges sides"),
        (lambda x: x.unflatten(1, (2, 2)).relu().flatten(1, 2), "channels that stand in groups"),
        (lambda x: x.unflatten(1, (2, 2)).transpose(1, 2), "it ends with channels in groups"),
    ],
)
def test_what_is_no_part_of_the_channels(function: Callable[[Tensor], Tensor], words: str) -> None:
    with pytest.raises(dasdsl.DasError, match=words):
        from_torch(Fn(lambda x, one: function(one(x)), one=conv(3, 4)), IMAGE)


# ---- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (nn.ConvTranspose2d(3, 4, 3), "`conv_transpose2d` has no statement"),
        (nn.Linear(12, 4), "it is a linear layer on 3x12x12, and `linear` reads vectors"),
        (nn.Sequential(nn.Flatten(), nn.LogSoftmax(1)), "it is a log-softmax, which is part of the loss here"),
        (nn.LayerNorm([3, 12, 12]), "it has a scale for each position"),
        (nn.LayerNorm(12), "it normalises over some sides of its input"),
        (nn.BatchNorm2d(3, track_running_stats=False), "it normalises by the batch in evaluation mode too"),
        (nn.MaxPool2d(2, dilation=2), "it is a pool with a dilation"),
        (nn.AvgPool2d(5, 5, 1, ceil_mode=True), "it is a mean that counts its pad, but not what its last windows lack"),
        (nn.AdaptiveAvgPool2d(5), "it is an adaptive pool whose windows have different sizes"),
        (nn.Upsample(size=18), "it upsamples by something else than one whole number"),
        (nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True), "it interpolates between corners"),
        (nn.Upsample(scale_factor=2, mode="bicubic"), "`upsample_bicubic2d` has no statement"),
        (nn.ELU(0.5), "it is an `elu` with a scale"),
        (nn.GELU("tanh"), "it approximates a gelu"),
        (nn.Hardtanh(), "it cuts values off at other places than 0 and 6"),
        (nn.Softmax(2), "it is a softmax over another side than the channels"),
        (nn.PReLU(3), "it is a `prelu` with a slope for each channel"),
        (nn.Sequential(nn.ConstantPad2d(1, 1.0), conv(3, 4)), "it pads with something else than zeros"),
        (
            nn.Sequential(nn.ZeroPad2d(1), nn.ReLU()),
            "it reads a pad, and only convolutions and pools have pads of their own",
        ),
        (Fn(lambda x: x.view(2, 3, 2, 6, 12)), "it makes 3x2x6x12 of 3x12x12, and `flatten` makes a vector"),
        (nn.ZeroPad2d(1), "it ends with a pad"),
        (nn.Sequential(nn.ZeroPad2d(-1), nn.MaxPool2d(2)), "it reads a value that was cut off"),
        (nn.Sequential(nn.ZeroPad2d(1), nn.MaxPool2d(2)), "that of `pool max` is never the largest"),
        (Fn(lambda x: F.dropout(x, 0.5)), "it drops values in evaluation mode too"),
        (Fn(changed_view), "it changes in place what is read by another name later"),
        (Fn(ungraded), "it switches gradients off or on"),
        (Fn(lambda x: x + x.mean((2, 3), keepdim=True)), "it adds values of different shapes"),
        (Fn(lambda x: torch.cat([x, x.relu()], 2)), "it joins along another side than the channels"),
        (Fn(lambda x: x.mean(1)), "it is a mean over other sides than all of space"),
        (Fn(lambda x: x.reshape(-1, 12)), "it changes the batch, which comes first"),
    ],
)
def test_what_no_statement_says(layer: nn.Module, words: str) -> None:
    with pytest.raises(dasdsl.DasError) as caught:
        from_torch(nn.Sequential(nn.Identity(), layer), IMAGE)
    [found] = caught.value.diagnostics
    assert found.code == "E701"
    assert words in found.message
    assert found.message.startswith(("`1", "the network"))


class Two(nn.Module):
    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return x + y


def loud(_: Tensor) -> Tensor:
    raise KeyError("\nno such thing\nat all")


@pytest.mark.parametrize(
    ("module", "words"),
    [
        (Fn(lambda x: x if x.sum() > 0 else -x), "PyTorch cannot trace this network"),
        (Fn(loud), "PyTorch cannot trace this network"),
        (Two(), "PyTorch cannot trace this network"),
        (conv(4, 4), "expected input"),
        (Fn(lambda x: (x, x.relu())), "gives something else than one tensor"),
        (Fn(lambda x: {"out": x.relu()}), "gives something else than one tensor"),
        (Fn(lambda x: {"out": x.relu(), "aux": x}), "gives something else than one tensor"),
        (Fn(lambda _: 3), "gives something else than one tensor"),
    ],
)
def test_what_cannot_be_traced(module: nn.Module, words: str) -> None:
    with pytest.raises(dasdsl.DasError) as caught:
        from_torch(module, IMAGE)
    [found] = caught.value.diagnostics
    assert found.code == "E702"
    assert words in found.message
    assert "\n" not in found.message


def test_what_computes_something_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from dasdsl.imports import activations, calls

    monkeypatch.setitem(calls.SAID, "relu", calls.SAID["tanh"])
    assert activations.ACTIVATIONS["tanh"] == "tanh"
    with pytest.raises(dasdsl.DasError, match=r"E703.*differs from the network by"):
        from_torch(nn.ReLU(), IMAGE)


def test_a_text_that_the_language_refuses() -> None:
    """A norm over a single value is no norm."""
    with pytest.raises(dasdsl.DasError, match=r"E701.*the network has no text"):
        from_torch(nn.GroupNorm(3, 3), (3, 1, 1))


def test_small_variances_below_a_small_epsilon() -> None:
    """What little is added is added here too."""
    norm = nn.BatchNorm2d(3, eps=1e-8).eval()
    norm.running_var.copy_(torch.tensor([0.0, 1e-6, 1.0]))
    assert from_torch(norm, IMAGE).certificate.relative < 1e-6


def test_crossing_paths_have_each_layer_once() -> None:
    def run(x: Tensor, c: nn.Module, e: nn.Module, f: nn.Module, g: nn.Module) -> Tensor:
        a = c(x)
        b = a + x
        y = a * b
        return torch.cat([e(b), f(y), g(y)], 1)

    body(Fn(run, c=conv(3, 3), e=conv(3, 2), f=conv(3, 2), g=conv(3, 2)))


def test_labels_are_of_the_whole_text() -> None:
    def run(x: Tensor, c: nn.Module) -> Tensor:
        c = c(x)
        z = torch.cat([x, torch.cat([c, x, c], 1)], 1)
        w = z + z
        return w * (z * w)

    text = body(Fn(run, c=conv(3, 3)))
    labels = [line.strip().split(" = ")[0] for line in text.splitlines() if " = " in line]
    assert labels == [f"at{number}" for number in range(1, len(labels) + 1)]


def test_a_leapfrog_of_many_layers() -> None:
    def run(x: Tensor, **layers: nn.Module) -> Tensor:
        a, b = x, x
        for layer in layers.values():
            a, b = layer(a) + b, a
        return a

    body(Fn(run, **{f"l{number}": conv(3, 3, 1) for number in range(12)}))


def test_a_batch_that_the_code_knows() -> None:
    assert body(Fn(lambda x: x.relu().view(2, -1))) == "relu\nflatten\n"


@pytest.mark.parametrize(
    ("module", "shape", "words"),
    [
        (nn.Conv1d(2, 2, 3, padding=1), (7,), "E701.*it reads 7, which has not 1 sides"),
        (nn.AvgPool2d(2), (4, 8), "E701.*it reads 4x8, which has not 2 sides"),
        (prune.l1_unstructured(nn.Conv2d(3, 2, 1), "weight", 0.5), IMAGE, "E702.*cannot be copied.*"),
        (nn.Conv2d(3, 2, 1, device="meta"), IMAGE, "E702"),
        (complex_one(), IMAGE, "E701.*complex"),
        (Fn(lambda _: sys.exit(0)), IMAGE, "E702"),
    ],
)
def test_networks_that_are_odd(module: nn.Module, shape: tuple[int, ...], words: str) -> None:
    with pytest.raises(dasdsl.DasError, match=words):
        from_torch(module, shape)
