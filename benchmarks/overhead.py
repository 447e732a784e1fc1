"""One training step of the composite against one of the plain largest network, side by side in one run.

    python benchmarks/overhead.py [--rounds 15] [--steps 4] [--batch 32] [--tables steps spaces ...]

Each round times a few steps of every model in turn, so a machine that changes its speed changes all alike; the ratio is
taken within each round, and the median over the rounds is printed with its spread. `steps`: PilotNet with more and more
open. `spaces`: other spaces, each beside its own plain network. `choices`: 1, 25 and 81 filters of one largest size.
`methods`: a branch for each filter (DARTS), and masks on output channels (PIT). `options`: the layout of images,
`torch.compile`, and bfloat16 by autocast, where the plain network is run in the same way. `memory`: the most that a
process held, beyond what it held before it made the network. The process keeps what it frees, as that of a search does;
with --given-back it does not.
"""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from unittest.mock import patch

import torch
from rivals import BranchedNet, MaskedNet
from tables import machine, spread, table
from torch import Tensor, nn

import dasdsl
from dasdsl.cli.support.memory import keep_freed
from dasdsl.ir.closing import close
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.extremes import largest
from dasdsl.ir.program import Program
from dasdsl.lowering import network
from dasdsl.lowering.composite import CompositeModel
from dasdsl.lowering.gates.bank import Family

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
NINE = """---
das: 1
space: nine
input: 3x66x200
---
conv filters <{n}..9>x<{n}..9> channels 24 stride 2
relu
conv filters <{n}..9>x<{n}..9> channels 36 stride 2
relu
conv filters <{n}..9>x<{n}..9> channels 48 stride 2
relu
pool global avg
flatten
linear channels 1
"""
SPACES = Path(__file__).parent / "spaces"
GALLERY = Path(__file__).parent.parent / "spaces"
CHOICES = {1: 9, 25: 5, 81: 1}
"""The smallest side, by how many filters there are."""


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
USUAL = "filters and channels"


def program(text: str) -> Program:
    """A space, ready to be lowered."""
    return elaborate(dasdsl.loads(text))


def plain(of: Program) -> CompositeModel:
    """The largest network of a space."""
    return CompositeModel(elaborate(close(of, largest(of)).space))


# ---- what is timed ---------------------------------------------------------------------------------------------------


class Contender:
    """A composite or a plain network with its optimizer, ready to step."""

    def __init__(self, model: CompositeModel) -> None:
        self.model = model.train()
        self.model.progress(0.9)
        self.shape = model.program.space.header.input
        self.optimizer = torch.optim.Adam(model.parameter_groups(1e-3), fused=True)
        self.forward: Callable[[Tensor], Tensor] = model

    def step(self, x: Tensor, y: Tensor) -> None:
        """One training step, penalties included."""
        loss = (self.forward(x).flatten(1) - y).square().mean() + self.model.penalty(1e-3, 1e-3)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.model.step_(self.optimizer)


class Compiled(Contender):
    """The same, its forward and backward passes compiled."""

    def __init__(self, model: CompositeModel) -> None:
        super().__init__(model)
        self.forward = torch.compile(model)


class Halved(Contender):
    """The same in bfloat16 where autocast does so; gates and weights stay float32."""

    def step(self, x: Tensor, y: Tensor) -> None:
        """One training step."""
        with torch.autocast(x.device.type, torch.bfloat16):
            super().step(x, y)


class InRows(Contender):
    """The same with images channel by channel, as they come."""

    def step(self, x: Tensor, y: Tensor) -> None:
        """One training step."""
        with patch.object(network, "laid_out", lambda x: x):
            super().step(x, y)


class Rival:
    """Another method's network with its optimizer."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model.train()
        self.shape = (3, 66, 200)
        self.optimizer = torch.optim.Adam(model.parameters(), 1e-3, fused=True)

    def step(self, x: Tensor, y: Tensor) -> None:
        """One training step with the method's penalty."""
        out, penalty = self.model(network.laid_out(x))
        loss = (out - y).square().mean() + 1e-3 * penalty
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()


Makers = dict[str, Callable[[], Contender | Rival]]


def steps() -> Makers:
    """More and more of PilotNet open, under both recipes."""
    programs = {name: program(space(**what)) for name, what in VARIANTS.items()}
    first = programs[USUAL]
    out: Makers = {"plain": lambda: Contender(plain(first)), "plain again": lambda: Contender(plain(first))}
    recipes: tuple[Family, ...] = ("default", "paper")
    for recipe in recipes:
        for name, of in programs.items():
            out[f"{recipe}: {name}"] = lambda of=of, recipe=recipe: Contender(CompositeModel(of, recipe))
    return out


def spaces() -> Makers:
    """Larger networks: pairs of the plain and the composite one."""
    files = [
        GALLERY / "pilotnet.das",
        GALLERY / "mobilenet-v1-025.das",
        GALLERY / "resnet-8.das",
        SPACES / "resnet-20.das",
        SPACES / "vgg-small.das",
    ]
    out: Makers = {}
    for file in files:
        of = elaborate(dasdsl.load(file))
        out[f"{file.stem}, plain"] = lambda of=of: Contender(plain(of))
        out[file.stem] = lambda of=of: Contender(CompositeModel(of))
    return out


def choices() -> Makers:
    """More and more filters."""
    programs = {count: program(NINE.format(n=least)) for count, least in CHOICES.items()}
    out: Makers = {"plain, 9x9": lambda: Contender(plain(programs[81]))}
    for count, of in programs.items():
        out[f"{count} filters a layer"] = lambda of=of: Contender(CompositeModel(of))
    return out


def methods() -> Makers:
    """Other ways to search for the same."""
    of = {name: program(space(**what)) for name, what in VARIANTS.items()}
    return {
        "plain": lambda: Contender(plain(of[USUAL])),
        "dasdsl: filters": lambda: Contender(CompositeModel(of["filters, 25 and 9 choices"])),
        "a branch for each filter (DARTS)": lambda: Rival(BranchedNet()),
        "dasdsl: channels": lambda: Contender(CompositeModel(of["channels"])),
        "masks on output channels (PIT)": lambda: Rival(MaskedNet()),
    }


def options() -> Makers:
    """The same steps, run in other ways: pairs of the plain and the composite network."""
    of = program(space(**VARIANTS[USUAL]))
    ways = {"": Contender, ", channel by channel": InRows, ", compiled": Compiled, ", bfloat16": Halved}
    out: Makers = {}
    for way, kind in ways.items():
        out[f"plain{way}"] = lambda kind=kind: kind(plain(of))
        out[f"{USUAL}{way}"] = lambda kind=kind: kind(CompositeModel(of))
    return out


TABLES: dict[str, Callable[[], Makers]] = {
    "steps": steps,
    "spaces": spaces,
    "choices": choices,
    "methods": methods,
    "options": options,
}
PAIRED = ("spaces", "options")
"""Tables in which each network stands below the plain one that it is compared with."""


# ---- tables ----------------------------------------------------------------------------------------------------------


def timed(makers: Makers, rounds: int, count: int, batch: int) -> dict[str, list[float]]:
    """Seconds a step of each, round by round; the first round warms up."""
    contenders = {name: make() for name, make in makers.items()}
    batches = {name: inputs(batch, contender.shape) for name, contender in contenders.items()}
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        for name, contender in contenders.items():
            start = time.perf_counter()
            for _ in range(count):
                contender.step(*batches[name])
            if number:
                times[name].append((time.perf_counter() - start) / count)
    return times


def inputs(batch: int, shape: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Random images and targets, one for all outputs of a network."""
    torch.manual_seed(0)
    return torch.randn(batch, *shape), torch.randn(batch, 1)


def compared(times: dict[str, list[float]], *, pairs: bool) -> list[tuple[object, ...]]:
    """Milliseconds, and the ratio to the first; of pairs to the network before, too."""
    names = list(times)
    rows: list[tuple[object, ...]] = []
    for number, name in enumerate(names):
        row = [name, spread([1000 * seconds for seconds in times[name]], 1), ratio(times[name], times[names[0]])]
        if pairs:
            row.append(ratio(times[name], times[names[number - 1]]) if number % 2 else "")
        rows.append(tuple(row))
    return rows


def ratio(own: list[float], other: list[float]) -> str:
    """Of each round."""
    return spread([a / b for a, b in zip(own, other, strict=True)])


def held(table_name: str, name: str, batch: int) -> int:
    """KiB that three steps held at most, beyond what was held before; in a process of its own."""
    make = TABLES[table_name]()[name]
    x, y = inputs(batch, (3, 66, 200))
    warm = nn.Conv2d(3, 3, 3)
    warm(x).sum().backward()
    before = peak()
    contender = make()
    for _ in range(3):
        contender.step(x, y)
    return peak() - before


def peak() -> int:
    """KiB that this process held at most; `resource` tells those of its parent where they are more."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0])


def memory(batch: int, runs: int = 5) -> Iterator[tuple[object, ...]]:
    """Peak memory of each method, and its ratio to the plain network."""
    first = 0.0
    for table_name in ("steps", "methods"):
        for name in TABLES[table_name]():
            command = [sys.executable, __file__, "--held", table_name, name, "--batch", str(batch)]
            found = [measured(command) for _ in range(runs)]
            first = first or median(found)
            yield f"{table_name}: {name}", spread(found, 0), f"{median(found) / first:.3f}"


def measured(command: list[str]) -> float:
    """MiB, as a process tells them in KiB."""
    return int(subprocess.run(command, capture_output=True, check=True).stdout) / 1024


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--tables", nargs="+", choices=[*TABLES, "memory"], default=[*TABLES, "memory"])
    parser.add_argument("--given-back", action="store_true", help="as Python is: freed memory goes back to the kernel")
    parser.add_argument("--held", nargs=2, help=argparse.SUPPRESS)
    told = parser.parse_args()
    if not told.given_back:
        keep_freed()
    if told.held:
        print(held(told.held[0], told.held[1], told.batch))
        return
    print(f"{machine()}; batch {told.batch}, {told.rounds} rounds of {told.steps} steps")
    for name in told.tables:
        print(f"\n{name}\n")
        if name == "memory":
            print(table(("network", "MiB: median (min–max)", "ratio to plain"), list(memory(told.batch))))
            continue
        with contextlib.suppress(KeyboardInterrupt):
            times = timed(TABLES[name](), told.rounds, told.steps, told.batch)
            pairs = name in PAIRED
            head = ("network", "ms a step: median (min–max)", "ratio to the first: median (min–max)")
            print(table((*head, "ratio to plain run so") if pairs else head, compared(times, pairs=pairs)))


if __name__ == "__main__":
    main()
