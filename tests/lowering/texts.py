"""What the tests of lowering share."""

import torch
from torch import Tensor, nn

from dasdsl.ir.closing import close
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.extremes import largest
from dasdsl.lowering.composite import CompositeModel, lower
from dasdsl.lowering.gates.bank import Family
from tests.ir.texts import program

RECIPES: tuple[Family, ...] = ("default", "paper")

# everything that may be open, in one chain
EVERYTHING = """conv filters <1..3>x<1|3> channels<=6
norm batch
relu
conv filters <3x3|1x5|5x1> channels <3|5> groups<=3
relu
conv filters 3x3 channels<=4 groups <1> reads all
relu
conv filters <2|4>x2 channels 4 reads any
tanh
flatten
linear channels<=5
relu
linear channels 3""".replace(" groups <1> reads all", "")


def composite(body: str, recipe: Family = "default", shape: str = "4x8x8", define: str = "") -> CompositeModel:
    torch.manual_seed(0)
    return lower(program(body, shape, define), recipe)


def plain_largest(model: CompositeModel) -> CompositeModel:
    return lower(elaborate(close(model.program, largest(model.program)).space))


def inputs(model: CompositeModel, samples: int = 5) -> Tensor:
    return torch.randn(samples, *model.program.space.input, generator=torch.Generator().manual_seed(1))


def gate(model: CompositeModel, name: str) -> nn.Module:
    return dict(model.bank.items())[name]
