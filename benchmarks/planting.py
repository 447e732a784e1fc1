"""Spaces with a network planted in them: what can be found, and what a found network is compared with."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import torch

import dasdsl
from dasdsl.data.sets import Data, Normalisation, Split
from dasdsl.inverse.cutting import Cut
from dasdsl.inverse.discover import close_exactly
from dasdsl.ir.closing import Closing, close
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.program import Program
from dasdsl.lowering.composite import CompositeModel, lower
from dasdsl.lowering.settling import decide_
from dasdsl.operations.core.decisions import Assignment, OneOf, Outcome, Outcomes, Subset
from dasdsl.search.elimination.workpiece import Workpiece
from dasdsl.search.loop import Trainer
from dasdsl.search.settings import Settings
from dasdsl.search.task import Task

HEAD = "---\ndas: 1\nspace: planted\ninput: 8x10x10\n---\n"
SAMPLES = 2048
TEACHERS = 2_000_003
"""Added to a seed for its teacher's weights: a search of that seed would begin with the teacher's own otherwise."""
REDUCIBLE = 1e-2
"""Of the targets' variance: where a smaller network comes so near, nobody can tell it from the teacher."""
RETRAINED, EASIEST = 500, 4
"""Steps of retraining, and how many of the units whose loss costs least are tried."""


@dataclass(frozen=True)
class Mechanism:
    """A space, and what the recipe `paper` is told; `default` is told nothing. Patterns may share inputs or not."""

    body: str
    overlapping: bool = False
    paper: dict[str, float] = field(default_factory=lambda: {"learning_rate": 2e-2, "gamma": 1e-3})


FILTERS = "conv filters <1..5>x<1..5> channels"
CHAIN = f"{FILTERS}<=8 reads any\nACT\n{FILTERS}<=8\nACT\n{FILTERS} 4\n"
BRANCH = (
    "add:\n    path: identity\n    path:\n        choose:\n            path: zero\n"
    "            path: pool avg 3 stride 1 pad 1\n            path: conv filters 1x1 channels 8\n"
    "            path: conv filters 3x3 channels 8\n        leaky 0.1\n"
)
STEM, HEADING = "conv filters 3x3 channels 8\nleaky 0.1\n", "conv filters 1x1 channels 4\n"

GROUPED = {"learning_rate": 2e-2, "gamma": 1e-3, "eta": 2e-3, "weight_decay": 6e-4}

MECHANISMS = {
    "channels": Mechanism(
        "conv filters 3x3 channels<=8 reads any\nleaky 0.1\nconv filters 3x3 channels<=8\nleaky 0.1\n"
        "conv filters 3x3 channels 4\n",
    ),
    "filters and channels": Mechanism(CHAIN.replace("ACT", "leaky 0.1")),
    "filters and channels, relu": Mechanism(CHAIN.replace("ACT", "relu")),
    "residual": Mechanism(
        f"{FILTERS}<=8 reads any\nleaky 0.1\nresidual:\n    {FILTERS}<=8\n    leaky 0.1\n    {FILTERS}<=8\n"
        f"leaky 0.1\n{FILTERS} 4\n",
    ),
    "filters and channels, 6 layers": Mechanism(
        f"{FILTERS}<=8 reads any\nleaky 0.1\n" + 4 * f"{FILTERS}<=8\nleaky 0.1\n" + f"{FILTERS} 4\n",
    ),
    "residual, 6 layers": Mechanism(
        f"{FILTERS}<=8 reads any\nleaky 0.1\n"
        + 2 * f"residual:\n    {FILTERS}<=8\n    leaky 0.1\n    {FILTERS}<=8\nleaky 0.1\n"
        + f"{FILTERS} 4\n",
    ),
    "counts": Mechanism(
        "conv filters 3x3 channels <2|4|6|8> reads any\nleaky 0.1\nconv filters 3x3 channels <2|4|6|8>\nleaky 0.1\n"
        "conv filters 3x3 channels 4\n",
    ),
    "dilation": Mechanism(
        "conv filters 3x3 channels 8 dilation <1..3>\nleaky 0.1\nconv filters 3x3 channels 4 dilation <1..3>\n",
    ),
    "choice": Mechanism(STEM + 2 * BRANCH + HEADING),
    "depth": Mechanism(STEM + "repeat <1..4>:\n    conv filters 3x3 channels 8\n    leaky 0.1\n" + HEADING),
    "optional": Mechanism(STEM + 3 * "optional:\n    conv filters 3x3 channels 8\n    leaky 0.1\n" + HEADING),
    "groups": Mechanism(
        "conv filters 3x3 channels 12 groups<=3\n",
        paper=GROUPED,
    ),
    "groups, overlapping": Mechanism(
        "conv filters 3x3 channels 12 groups<=3\n",
        overlapping=True,
        paper=GROUPED,
    ),
}


def draw(program: Program, generator: random.Random, *, overlapping: bool = False) -> Outcomes:
    """Random outcomes: any size of a filter, 3 to 6 inputs, 3 to 5 hidden channels, patterns that may share inputs."""
    out: dict[str, Outcome] = {}
    for decision in program.decisions:
        match decision:
            case OneOf(options=options):
                out[decision.name] = generator.randrange(len(options))
            case Subset(name=name, positions=positions):
                count = generator.randint(3, 6 if name.startswith("conv1") else 5)
                out[decision.name] = tuple(sorted(generator.sample(positions, count)))
            case Assignment(inputs=inputs, patterns=patterns, outputs=outputs):
                sets = (shared if overlapping else parted)(inputs, patterns, generator)
                chosen = [*range(patterns), *(generator.randrange(patterns) for _ in range(outputs - patterns))]
                generator.shuffle(chosen)
                out[decision.name] = tuple(sets[pattern] for pattern in chosen)
    return out


def parted(inputs: int, patterns: int, generator: random.Random) -> list[tuple[int, ...]]:
    """Sets of inputs, each input in one of them, no set empty."""
    owner = [generator.randrange(patterns) for _ in range(inputs)]
    for pattern, position in enumerate(generator.sample(range(inputs), patterns)):
        owner[position] = pattern
    return [tuple(i for i in range(inputs) if owner[i] == pattern) for pattern in range(patterns)]


def shared(inputs: int, patterns: int, generator: random.Random) -> list[tuple[int, ...]]:
    """Sets of three to five inputs, no two of them equal, of which the first two share one or more."""
    while True:
        sets = [tuple(sorted(generator.sample(range(inputs), generator.randint(3, 5)))) for _ in range(patterns)]
        if len(set(sets)) == patterns and set(sets[0]) & set(sets[1]):
            return sets


@dataclass(frozen=True)
class Planted:
    """A teacher: its space, what it decided, its text, and its network, whose outputs have a deviation of 1."""

    program: Program
    outcomes: Outcomes
    closing: Closing
    model: CompositeModel
    seed: int

    @classmethod
    def of(cls, mechanism: Mechanism, seed: int) -> Planted:
        """The teacher of a seed."""
        program = elaborate(dasdsl.loads(HEAD + mechanism.body))
        outcomes = draw(program, random.Random(seed), overlapping=mechanism.overlapping)  # noqa: S311 - a benchmark's teachers
        closing = close(program, outcomes)
        torch.manual_seed(seed + TEACHERS)
        model = lower(elaborate(closing.space)).eval()
        last = model.layer(model.program.output.name)
        with torch.no_grad():
            deviation = model(torch.randn(SAMPLES, *program.space.input)).std()
            for parameter in last.parameters():
                parameter.div_(deviation)
        return cls(program, outcomes, closing, model, seed)

    def data(self, noise: float = 0.0) -> Data:
        """What the teacher answers to random input."""
        torch.manual_seed(self.seed + 1_000_003)
        x = torch.randn(SAMPLES + SAMPLES // 4, *self.program.space.input)
        with torch.no_grad():
            y = torch.cat([self.model(part) for part in x.split(256)]).flatten(1)
        y = y + noise * torch.randn_like(y)
        train, test = Split(x[:SAMPLES], y[:SAMPLES]), Split(x[SAMPLES:], y[SAMPLES:])
        unit = Normalisation(torch.zeros(x.shape[1]), torch.ones(x.shape[1]))
        return Data("planted", "regression", train, test, (), unit)

    def placed(self) -> CompositeModel:
        """The teacher as a member of the space, everything decided."""
        whole = CompositeModel(self.program, "decided").eval()
        decide_(whole, self.outcomes)
        Cut(whole, close_exactly(whole), self.model).put_back_()
        return whole

    def identifiable(self) -> bool:
        """Whether each of the units that cost least costs more than a hundredth of the variance, also retrained."""
        data = self.data()
        settings = Settings.of({}, {"learning_rate": 2e-2, "seed": self.seed}).completed(SAMPLES)
        trainer = Trainer(data, data.train, data.test, Task.of(data, data.train), settings)
        piece = Workpiece(trainer, self.placed())
        before = piece.kept()
        for one in piece.ranked()[:EASIEST]:
            piece.apply_([one.label], piece.moments())
            if piece.train_("identifiable", RETRAINED, 5e-3) < REDUCIBLE:
                return False
            piece.undo_(before)
        return True
