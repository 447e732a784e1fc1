"""Does a search find a planted architecture? Exact recovery of the text, up to the order of channels, by mechanism.

    python benchmarks/planted.py [--seeds 5] [--recipes default paper] [--mechanisms …]

A *teacher* is a random architecture of the space with random weights; its outputs on random input, scaled to a standard
deviation of 1, are the targets. A search is exact where the discovered text says the same as the teacher's; beside that
the choices that are right are counted, one by one: sides of filters, dilations, branches, depths. Filters are planted
together with channels: a student that is no wider than its teacher gets stuck in training, whatever its filters.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from tables import machine, table

import dasdsl
from dasdsl.data.sets import Data, Normalisation, Split
from dasdsl.inverse.discover import discover
from dasdsl.ir.closing import Closing, close
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.program import Program
from dasdsl.language.space import Space
from dasdsl.lowering.composite import lower
from dasdsl.operations.core.decisions import Assignment, OneOf, Outcome, Outcomes, Subset
from dasdsl.search.folder import Folder
from dasdsl.search.ladder import choose
from dasdsl.search.loop import Trainer
from dasdsl.search.run import Job, Phases
from dasdsl.search.settings import Settings
from dasdsl.search.task import Task

HEAD = "---\ndas: 1\nspace: planted\ninput: 8x10x10\n---\n"


@dataclass(frozen=True)
class Mechanism:
    """A space, and the settings of its search that differ from the defaults."""

    body: str
    default: dict[str, float]
    paper: dict[str, float]


MECHANISMS = {
    "channels": Mechanism(
        "conv filters 3x3 channels<=8 reads any\nleaky 0.1\nconv filters 3x3 channels<=8\nleaky 0.1\n"
        "conv filters 3x3 channels 4\n",
        default={},
        paper={"gamma": 1e-3},
    ),
    "filters and channels": Mechanism(
        "conv filters <1..5>x<1..5> channels<=8 reads any\nleaky 0.1\nconv filters <1..5>x<1..5> channels<=8\n"
        "leaky 0.1\nconv filters <1..5>x<1..5> channels 4\n",
        default={},
        paper={"gamma": 1e-3},
    ),
    "dilation": Mechanism(
        "conv filters 3x3 channels 8 dilation <1..3>\nleaky 0.1\nconv filters 3x3 channels 4 dilation <1..3>\n",
        default={},
        paper={"gamma": 1e-3},
    ),
    "choice": Mechanism(
        "conv filters 3x3 channels 8\nleaky 0.1\n"
        + 2
        * (
            "add:\n    path: identity\n    path:\n        choose:\n            path: zero\n"
            "            path: pool avg 3 stride 1 pad 1\n            path: conv filters 1x1 channels 8\n"
            "            path: conv filters 3x3 channels 8\n        leaky 0.1\n"
        )
        + "conv filters 1x1 channels 4\n",
        default={},
        paper={"gamma": 1e-3},
    ),
    "depth": Mechanism(
        "conv filters 3x3 channels 8\nleaky 0.1\nrepeat <1..4>:\n    conv filters 3x3 channels 8\n    leaky 0.1\n"
        "conv filters 1x1 channels 4\n",
        default={},
        paper={"gamma": 1e-3},
    ),
    "optional": Mechanism(
        "conv filters 3x3 channels 8\nleaky 0.1\n"
        + 3 * "optional:\n    conv filters 3x3 channels 8\n    leaky 0.1\n"
        + "conv filters 1x1 channels 4\n",
        default={},
        paper={"gamma": 1e-3},
    ),
    "groups": Mechanism(
        "conv filters 3x3 channels 12 groups<=3\n",
        default={"gamma": 5e-3, "eta": 2e-3, "weight_decay": 6e-4},
        paper={"gamma": 1e-3, "eta": 2e-3, "weight_decay": 6e-4},
    ),
}


def draw(program: Program, generator: random.Random) -> Outcomes:
    """Random outcomes: any size of a filter, 3 to 6 inputs, 3 to 5 hidden channels, patterns that share no input."""
    out: dict[str, Outcome] = {}
    for decision in program.decisions:
        match decision:
            case OneOf(options=options):
                out[decision.name] = generator.randrange(len(options))
            case Subset(name=name, positions=positions):
                count = generator.randint(3, 6 if name.startswith("conv1") else 5)
                out[decision.name] = tuple(sorted(generator.sample(positions, count)))
            case Assignment(inputs=inputs, patterns=patterns, outputs=outputs):
                owner = [generator.randrange(patterns) for _ in range(inputs)]
                for pattern, position in enumerate(generator.sample(range(inputs), patterns)):
                    owner[position] = pattern
                sets = [tuple(i for i in range(inputs) if owner[i] == pattern) for pattern in range(patterns)]
                chosen = [*range(patterns), *(generator.randrange(patterns) for _ in range(outputs - patterns))]
                generator.shuffle(chosen)
                out[decision.name] = tuple(sets[pattern] for pattern in chosen)
    return out


def teach(closing: Closing, seed: int, samples: int, noise: float) -> Data:
    """What the teacher answers to random input."""
    torch.manual_seed(seed)
    teacher = lower(elaborate(closing.space)).eval()
    x = torch.randn(samples + samples // 4, *closing.space.header.input)
    with torch.no_grad():
        y = torch.cat([teacher(part) for part in x.split(256)]).flatten(1)
    y = y / y.std()
    y = y + noise * torch.randn_like(y)
    train, test = Split(x[:samples], y[:samples]), Split(x[samples:], y[samples:])
    unit = Normalisation(torch.zeros(x.shape[1]), torch.ones(x.shape[1]))
    return Data("planted", "regression", train, test, (), unit)


@dataclass(frozen=True)
class Attempt:
    """The teacher's text, the text that was found, how many of how many choices are right, and the seconds it took."""

    teacher: Space
    found: Space
    right: int
    choices: int
    seconds: float

    @property
    def exact(self) -> bool:
        """Whether both say the same, whatever their headers tell of where they come from."""
        return self.teacher.body == self.found.body


def attempt(mechanism: Mechanism, recipe: str, seed: int, noise: float) -> Attempt:
    """One search for one teacher."""
    start = time.perf_counter()
    program = elaborate(dasdsl.loads(HEAD + mechanism.body))
    outcomes = draw(program, random.Random(seed))  # noqa: S311 - a benchmark's teachers
    closing = close(program, outcomes)
    data = teach(closing, seed, 2048, noise)
    own = mechanism.default if recipe == "default" else mechanism.paper
    # one training of 1,800 steps: 80 % before the clamp; a rung must not cost more than a tenth of the RMSE
    told = {"recipe": recipe, "learning_rate": 2e-2, "epochs": 23, "finetune": 6, "tolerance": 0.1, "seed": seed}
    settings = Settings.of({}, {**told, **own}).completed(len(data.train))
    with tempfile.TemporaryDirectory() as folder:
        task = Task.of(data, data.train)
        trainer = Trainer(data, data.train, data.test, task, settings)
        phases = Phases(Job(program, data, settings, Folder(Path(folder)), trainer, start))
        composite = phases.composite()
        rungs, reference = phases.ladder(composite)
        found = discover(composite, choose(rungs, task, reference, settings.tolerance).threshold)
    choices = [decision.name for decision in program.decisions if isinstance(decision, OneOf)]
    right = sum(outcomes[name] == found.outcomes[name] for name in choices)
    return Attempt(closing.space, found.architecture, right, len(choices), time.perf_counter() - start)


def row(name: str, recipe: str, attempts: list[Attempt]) -> tuple[str, ...]:
    exact, number = sum(one.exact for one in attempts), len(attempts)
    right, choices = sum(one.right for one in attempts), sum(one.choices for one in attempts)
    seconds = sum(one.seconds for one in attempts) / number
    return name, recipe, f"{exact}/{number}", f"{right}/{choices}" if choices else "", f"{seconds:.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--recipes", nargs="+", default=["default", "paper"])
    parser.add_argument("--mechanisms", nargs="+", default=list(MECHANISMS), choices=list(MECHANISMS))
    parser.add_argument("--noise", type=float, default=0.0)
    parser.add_argument("--show", action="store_true", help="print both texts where they differ")
    options = parser.parse_args()
    rows = []
    for name in options.mechanisms:
        for recipe in options.recipes:
            attempts: list[Attempt] = []
            for seed in range(options.first, options.first + options.seeds):
                attempts.append(attempt(MECHANISMS[name], recipe, seed, options.noise))
                last = attempts[-1]
                print(f"{name}, {recipe}, seed {seed}: {'exact' if last.exact else 'not exact'}", file=sys.stderr)
                if options.show and not last.exact:
                    print(f"# {name}, {recipe}, seed {seed}\n{last.teacher}\n{last.found}")
            rows.append(row(name, recipe, attempts))
    print(f"{machine()}; noise {options.noise}\n")
    print(table(("mechanism", "recipe", "exact", "choices right", "seconds a search"), rows))


if __name__ == "__main__":
    main()
