"""One training step of the composite against one of the plain largest network, side by side in one run.

    python benchmarks/overhead.py [--rounds 15] [--steps 4] [--batch 32]

Each round times a few steps of every model in turn, so a machine that changes its speed changes all alike; the ratio is
taken within each round, and the median over the rounds is printed with its spread.
"""

from __future__ import annotations

import argparse
import time

import torch
from tables import machine, spread, table
from torch import Tensor

import dasdsl
from dasdsl.ir.closing import close
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.extremes import largest
from dasdsl.lowering.composite import CompositeModel

PILOTNET = """---
das: 1
space: pilotnet
input: 3x66x200
---
conv filters {five} {c1} stride 2 pad valid
relu
conv filters {five} {c2} stride 2 pad valid{g}
relu
conv filters {five} {c3} stride 2 pad valid{g}
relu
conv filters {three} {c4} pad valid{g}
relu
conv filters {three} {c5} pad valid{g}
relu
flatten
linear {l1}
relu
linear {l2}
relu
linear {l3}
relu
linear channels 1
"""


def space(*, filters: bool, channels: bool, groups: bool) -> str:
    """PilotNet with these things open."""
    sign = "<=" if channels else " "
    counts = {"c1": 24, "c2": 36, "c3": 48, "c4": 64, "c5": 64, "l1": 100, "l2": 50, "l3": 10}
    words = {name: f"channels{sign}{count}" for name, count in counts.items()}
    five, three = ("<1..5>x<1..5>", "<1..3>x<1..3>") if filters else ("5x5", "3x3")
    return PILOTNET.format(five=five, three=three, g=" groups<=4" if groups else "", **words)


VARIANTS = {
    "filters, 25 and 9 choices": {"filters": True, "channels": False, "groups": False},
    "channels": {"filters": False, "channels": True, "groups": False},
    "filters and channels": {"filters": True, "channels": True, "groups": False},
    "filters, channels and groups": {"filters": True, "channels": True, "groups": True},
}


class Contender:
    """A model with its optimizer, ready to step."""

    def __init__(self, model: CompositeModel) -> None:
        self.model = model.train()
        self.model.progress(0.9)
        self.optimizer = torch.optim.Adam(model.parameter_groups(1e-3), fused=True)

    def step(self, x: Tensor, y: Tensor) -> None:
        """One training step, penalties included."""
        loss = (self.model(x).flatten(1) - y).square().mean() + self.model.penalty(1e-3, 1e-3)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.model.step_(self.optimizer)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--batch", type=int, default=32)
    options = parser.parse_args()
    torch.manual_seed(0)
    x, y = torch.randn(options.batch, 3, 66, 200), torch.randn(options.batch, 1)

    programs = {name: elaborate(dasdsl.loads(space(**open_))) for name, open_ in VARIANTS.items()}
    plain = elaborate(close(next(iter(programs.values())), largest(next(iter(programs.values())))).space)
    contenders = {"plain": Contender(CompositeModel(plain)), "plain again": Contender(CompositeModel(plain))}
    for recipe in ("default", "paper"):
        for name, program in programs.items():
            contenders[f"{recipe}: {name}"] = Contender(CompositeModel(program, recipe))

    times: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(options.rounds + 1):
        for name, contender in contenders.items():
            start = time.perf_counter()
            for _ in range(options.steps):
                contender.step(x, y)
            if number:  # the first round warms up
                times[name].append((time.perf_counter() - start) / options.steps)
    rows = []
    for name, taken in times.items():
        ratios = [own / other for own, other in zip(taken, times["plain"], strict=True)]
        rows.append((name, spread([1000 * t for t in taken], 1), spread(ratios)))
    print(f"{machine()}; batch {options.batch}, {options.rounds} rounds of {options.steps} steps\n")
    print(table(("network", "ms a step: median (min–max)", "ratio to plain: median (min–max)"), rows))


if __name__ == "__main__":
    main()
