"""A text is compared with its network, with the weights that it has and with others."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import dasdsl
from dasdsl.imports.network import from_torch
from tests.imports.building import IMAGE, Fn, Moved, body, conv


def test_where_signals_fade_it_is_compared_with_other_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a deep network with small weights nothing of the input is left in the output, whatever the text says."""
    from dasdsl.imports import calls
    from dasdsl.imports.steps import Written

    def network() -> nn.Module:
        last = conv(3, 4)
        module = nn.Sequential(conv(3, 3), nn.ReLU(), conv(3, 3), nn.ReLU(), last)
        for part in module.modules():
            if isinstance(part, nn.Conv2d):
                nn.init.normal_(part.weight, std=1e-3)
                nn.init.ones_(part.bias)  # pyright: ignore[reportArgumentType]
        return module

    assert body(network()).count("relu") == 2
    monkeypatch.setitem(calls.SAID, "relu", lambda call: Written((call.value(),)))
    with pytest.raises(dasdsl.DasError, match="E703"):
        from_torch(network(), IMAGE)


@pytest.mark.parametrize("seed", [1, 2])
def test_signals_that_grow_with_other_weights_are_compared_finely(seed: int) -> None:
    """Products of products, of which nothing is left with small weights: rounding would decide where a `relu6` is 6."""

    class Star(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.space, self.one, self.two, self.three = conv(8, 8), conv(8, 24, 1), conv(8, 24, 1), conv(24, 8, 1)

        def forward(self, x: Tensor) -> Tensor:
            y = self.space(x)
            return x + self.three(F.relu6(self.one(y)) * self.two(y))

    torch.manual_seed(seed)
    last = nn.Linear(8, 4)
    network = nn.Sequential(conv(3, 8), *(Star() for _ in range(24)), nn.AdaptiveAvgPool2d(1), nn.Flatten(), last)
    for weight in network.parameters():
        if weight.dim() > 1:
            nn.init.normal_(weight, std=0.02)
    nn.init.ones_(last.bias)
    assert str(from_torch(network, IMAGE).architecture).count("relu6") == 24


def test_a_network_that_has_numbers_of_its_own_is_compared_as_it_is() -> None:
    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.number = conv(3, 3), torch.zeros(1)
            nn.init.zeros_(self.one.weight)

        def forward(self, x: Tensor) -> Tensor:
            return F.conv2d(x, self.one.weight, self.number.expand(3), padding=1)

    assert body(nn.Sequential(Own(), nn.ReLU())) == "conv filters 3x3 channels 3\nrelu\n"


def test_branches_behind_weights_that_are_zero_are_compared_too(monkeypatch: pytest.MonkeyPatch) -> None:
    from dasdsl.imports import calls

    last = nn.Conv2d(3, 3, 1)
    nn.init.zeros_(last.weight)
    module = Fn(lambda x, last: x + last(x.relu()), last=last)
    found = from_torch(module, IMAGE)
    assert not found.model.layer("residual1.conv1").weight.any()
    assert not last.weight.any()
    monkeypatch.setitem(calls.SAID, "relu", calls.SAID["tanh"])
    with pytest.raises(dasdsl.DasError, match="E703"):
        from_torch(module, IMAGE)


@pytest.mark.parametrize("gain", [0.0, 1e-6, -1e-9])
def test_branches_behind_a_small_gain_are_compared_too(gain: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """As ConvNeXt has them, before they are trained."""
    from dasdsl.imports import calls

    module = Moved(lambda x, own: x + own * x.relu(), 3, 1, 1)
    nn.init.constant_(module.own, gain)
    assert "relu" in body(module)
    assert bool((module.own == gain).all())
    monkeypatch.setitem(calls.SAID, "relu", calls.SAID["tanh"])
    with pytest.raises(dasdsl.DasError, match="E703"):
        from_torch(module, IMAGE)


def test_weights_that_may_only_be_positive_stay_so() -> None:
    module = Moved(lambda x, own: (x + own.sqrt() * x.relu()).tanh(), 3, 1, 1)
    nn.init.constant_(module.own, 1e-9)
    assert "relu" in body(module)
