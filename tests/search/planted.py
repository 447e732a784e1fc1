"""A network that is planted in a space: what it makes of noise is what is learnt."""

from __future__ import annotations

import torch

from dasdsl.data.sets import Data, Normalisation, Split
from dasdsl.ir.elaborate import elaborate
from dasdsl.language import loads
from dasdsl.lowering.composite import CompositeModel, lower
from dasdsl.search.loop import Trainer
from dasdsl.search.settings import Settings
from dasdsl.search.task import Task

SPACE = """---
das: 1
space: planted
input: 3x6x6
---
conv filters <1..3>x<1..3> channels<=4 reads any
relu
conv filters <1..3>x<1..3> channels 2
"""
TRUTH = SPACE.replace("<1..3>x<1..3> channels<=4 reads any", "2x1 channels 2 reads [0,2]").replace(
    "<1..3>x<1..3>", "1x3"
)


def taught(truth: str = TRUTH, *, samples: int = 512, seed: int = 1) -> Data:
    """What a random network of this text makes of noise, with a deviation of 1."""
    torch.manual_seed(seed)
    space = loads(truth.replace("space:", "architecture:"))
    teacher = lower(elaborate(space)).eval()
    x = torch.randn(samples + samples // 4, *space.input)
    with torch.no_grad():
        y = teacher(x).flatten(1)
    y = y / y.std()
    unit = Normalisation(torch.zeros(x.shape[1]), torch.ones(x.shape[1]))
    return Data("planted", "regression", Split(x[:samples], y[:samples]), Split(x[samples:], y[samples:]), (), unit)


def trainer(data: Data, **settings: object) -> Trainer:
    """One that judges on the test split."""
    told = Settings.of({}, {"learning_rate": 2e-2, **settings}).completed(len(data.train))
    return Trainer(data, data.train, data.test, Task.of(data, data.train), told)


def whole(text: str = SPACE, *, seed: int = 0) -> CompositeModel:
    """The largest network of a space, with random weights, everything decided."""
    torch.manual_seed(seed)
    return CompositeModel(elaborate(loads(text)), "decided").eval()
