"""How well small networks are fitted in few steps, by Adam and by SOAP, from large and from small fresh weights.

    python benchmarks/optimizers.py [--seeds 3] [--steps 557]

A network of the largest architecture of a space with a planted teacher is trained from fresh weights, with as many
channels and with twice as many inside (spare channels), at batch 32 and a rate that goes down along a cosine. Fresh
weights are those that a search begins with (He et al., 2015), or half as large. The error at the end is a part of the
targets' variance. One thread; a training takes 2 to 6 s.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from statistics import median

import torch
from planting import MECHANISMS, Planted
from tables import machine, table

from dasdsl.ir.closing import close
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.extremes import largest
from dasdsl.ir.program import Program
from dasdsl.ir.spare import with_spare
from dasdsl.lowering.composite import CompositeModel
from dasdsl.lowering.settling import decide_
from dasdsl.operations.core.decisions import Subset
from dasdsl.search.adam import Adam
from dasdsl.search.elimination.small import SMALL, small_
from dasdsl.search.soap import Soap

SPACES = ("optional", "depth", "channels")
TIMES = (1.0, 2.0)
RATES = (0.02, 0.06)
SIZES = (1.0, SMALL)
BATCH = 32
FRESH = 1000
"""The first seed."""


@dataclass(frozen=True)
class Task:
    """Inputs and targets, and the network that is to learn them."""

    program: Program
    x: torch.Tensor
    y: torch.Tensor

    @classmethod
    def of(cls, mechanism: str, seed: int, times: float) -> Task:
        """Of a planted teacher; the largest architecture of its space, with so many times the channels inside."""
        teacher = Planted.of(MECHANISMS[mechanism], seed)
        data = teacher.data(0.0)
        program = elaborate(close(teacher.program, largest(teacher.program)).space)
        wider = program if times == 1 else with_spare(program, times)
        assert wider is not None
        x, y = data.batch(data.train, torch.arange(len(data.train)))
        return cls(wider, x, y)


def adam(model: CompositeModel, rate: float) -> tuple[Callable[[float], None], Callable[[], None]]:
    """What sets its rate, and what makes a step."""
    optimizer = Adam(model.parameters(), lr=rate, betas=(0.9, 0.99), fused=True)

    def at(now: float) -> None:
        optimizer.param_groups[0]["lr"] = now

    return at, optimizer.step


def soap(model: CompositeModel, rate: float) -> tuple[Callable[[float], None], Callable[[], None]]:
    """What sets its rate, and what makes a step."""
    optimizer = Soap(model.parameters(), rate)

    def at(now: float) -> None:
        optimizer.rate = now

    return at, optimizer.step


OPTIMIZERS = {"Adam": adam, "SOAP": soap}


def fitted(task: Task, optimizer: str, rate: float, size: float, steps: int, seed: int) -> tuple[float, float]:
    """The error at the end, as a part of the variance, and the seconds of a training from fresh weights."""
    torch.manual_seed(seed)
    model = CompositeModel(task.program, "decided")
    if size == SMALL:
        small_(model)
    decide_(model, {one.name: one.positions for one in task.program.decisions if isinstance(one, Subset)})
    at, step = OPTIMIZERS[optimizer](model.train(), rate)
    start = time.perf_counter()
    for number in range(steps):
        at(rate * min(1.0, (number + 1) / 20) * (0.02 + 0.49 * (1 + math.cos(math.pi * number / steps))))
        chosen = torch.randint(len(task.x), (BATCH,))
        model.zero_grad(set_to_none=True)
        (model(task.x[chosen]).flatten(1) - task.y[chosen].flatten(1)).square().mean().backward()
        step()
    seconds = time.perf_counter() - start
    with torch.no_grad():
        error = (model.eval()(task.x).flatten(1) - task.y.flatten(1)).square().mean() / task.y.var()
    return float(error), seconds


def rows(seeds: int, steps: int) -> Iterator[list[str]]:
    """A row for each space, width, optimizer, rate and size of fresh weights."""
    for mechanism in SPACES:
        for times in TIMES:
            tasks = [Task.of(mechanism, FRESH + seed, times) for seed in range(seeds)]
            for optimizer in OPTIMIZERS:
                for rate, size in product(RATES, SIZES):
                    found = [fitted(task, optimizer, rate, size, steps, seed) for seed, task in enumerate(tasks)]
                    errors = sorted(error for error, _ in found)
                    spread = f"{median(errors):.5f} ({errors[0]:.5f} to {errors[-1]:.5f})"
                    took = 1000 * median(seconds for _, seconds in found) / steps
                    yield [mechanism, f"x{times:g}", optimizer, f"{rate:g}", f"{size:g}", spread, f"{took:.1f}"]


def main() -> None:
    """Train them all, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=557)
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{machine()}; {options.seeds} seeds, {options.steps} steps\n")
    error = "error: median (least to largest)"
    header = ["space", "channels", "optimizer", "rate", "fresh weights", error, "ms a step"]
    print(table(header, list(rows(options.seeds, options.steps))))


if __name__ == "__main__":
    main()
