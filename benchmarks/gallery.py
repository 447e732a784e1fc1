"""The spaces of the gallery against torchvision: the same counts, and the same outputs with the same weights.

python benchmarks/gallery.py        needs torchvision, which dasdsl itself does not
"""

from __future__ import annotations

from pathlib import Path

import torch
from importing import models
from tables import table
from torch import nn

from dasdsl.ir.closing import close
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.extremes import largest
from dasdsl.ir.program import Program
from dasdsl.language import load
from dasdsl.lowering.composite import lower

SPACES = Path(__file__).parents[1] / "spaces"
PAIRS = {
    "densenet-121": "densenet121",
    "efficientnet-b0": "efficientnet_b0",
    "googlenet": "googlenet",
    "mobilenet-v2": "mobilenet_v2",
    "mobilenet-v3-large": "mobilenet_v3_large",
    "mobilenet-v3-small": "mobilenet_v3_small",
    "resnet-50": "resnet50",
    "resnext-50": "resnext50_32x4d",
    "shufflenet-v2": "shufflenet_v2_x1_0",
    "squeezenet": "squeezenet1_1",
    "vgg-11": "vgg11",
}


def largest_of(name: str) -> Program:
    program = elaborate(load(SPACES / f"{name}.das"))
    return elaborate(close(program, largest(program)).space)


def reference(name: str) -> nn.Module:
    """Torchvision's model, the statistics of its norms as different as a training leaves them."""
    options = {"aux_logits": False, "init_weights": True} if name == "googlenet" else {}
    model = models().get_model(name, weights=None, **options).eval()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    return model


def layers(model: nn.Module) -> list[nn.Module]:
    """The modules with weights, in order."""
    return [module for module in model.modules() if any(True for _ in module.parameters(recurse=False))]


def copy_(ours: nn.Module, theirs: nn.Module) -> None:
    """Their weights, and the epsilon of their norms."""
    for mine, other in zip(layers(ours), layers(theirs), strict=True):
        mine.load_state_dict(other.state_dict())
        if isinstance(mine, nn.BatchNorm2d) and isinstance(other, nn.BatchNorm2d):
            mine.eps = other.eps


def macs_of(model: nn.Module, x: torch.Tensor) -> int:
    """Counted by hooks: one for each weight of a linear layer, and of a convolution at each position."""
    found: list[int] = []

    def count(module: nn.Module, _: object, made: torch.Tensor) -> None:
        weight = module.weight
        assert isinstance(weight, nn.Parameter)
        found.append(weight.numel() * made[0, 0].numel())

    handles = [m.register_forward_hook(count) for m in model.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    model(x)
    for handle in handles:
        handle.remove()
    return sum(found)


@torch.no_grad()
def compared(name: str, model: str) -> list[str]:
    torch.manual_seed(0)
    program, theirs = largest_of(name), reference(model)
    ours = lower(program).eval()
    copy_(ours, theirs)
    # in deep networks with fresh weights signals fade, so that inputs differ by no more than single precision rounds
    ours, theirs, x = ours.double(), theirs.double(), torch.randn(2, *program.space.input).double()
    expected = theirs(x)
    between = (expected[0] - expected[1]).abs().max()
    params = sum(parameter.numel() for parameter in theirs.parameters())
    return [
        name,
        f"{program.cost.params:,}",
        f"{params:,}",
        f"{program.cost.macs:,}",
        f"{macs_of(theirs, x):,}",
        f"{((ours(x) - expected).abs().max() / between).item():.2g}",
    ]


def main() -> None:
    head = ("space", "params", "torchvision", "MACs", "torchvision", "largest difference, of that between two inputs")
    print(table(head, [compared(name, model) for name, model in PAIRS.items()]))


if __name__ == "__main__":
    main()
