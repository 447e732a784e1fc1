"""How long a search trains its composite, beside the largest network alone: all of it computed, or what is left of it.

    python benchmarks/shrinking.py [--space spaces/pilotnet.das] [--data ../shared/data/steering] [--seeds 3]

The first three of a seed have as many epochs; validation after each is included, elimination is not. The other two are
a whole search (the composite, its ladder, elimination with two thirds of these epochs, fine-tuning with one) and the
largest network with as many epochs in all, twice those of the composite. They follow one another in an order that
rotates, with the same samples and a given rate. Results are appended to `build/shrinking.jsonl`, so that this may be
stopped at any time, and goes on where it was.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from tables import machine, spread, table
from workbench import Workbench, append, known

from dasdsl.ir.closing import close
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.extremes import largest
from dasdsl.lowering.composite import CompositeModel
from dasdsl.search.loop import Phase, Schedule
from dasdsl.search.run import seeded

RESULTS = Path("build/shrinking.jsonl")
BESIDE = {
    "largest network": "largest network",
    "search, all of it": "largest network",
    "search, what is left": "largest network",
    "largest network, twice the epochs": "largest network, twice the epochs",
    "whole search, as many epochs": "largest network, twice the epochs",
}
"""Each training, and what its time is a part of."""
REDUCE, FINETUNE = 2 / 3, 1 / 3
"""Elimination and fine-tuning of a whole search, in epochs of its composite."""


class Trainings:
    """The trainings of a seed; each returns its network, and what the largest one that is left at its end costs."""

    def __init__(self, space: Path, source: str, epochs: int, seed: int, rate: float) -> None:
        self.space, self.source, self.epochs = space, source, epochs
        self.flags: dict[str, Any] = {"seed": seed, "epochs": epochs, "learning_rate": rate}
        self.bench = Workbench(space, source, self.flags, Path("build/shrinking"))

    def named(self) -> dict[str, Callable[[], dict[str, Any]]]:
        """All of them."""
        made = (
            partial(self.alone, self.epochs),
            partial(self.searched, shrink=False),
            partial(self.searched, shrink=True),
            partial(self.alone, 2 * self.epochs),
            self.whole,
        )
        return dict(zip(BESIDE, made, strict=True))

    def alone(self, epochs: int) -> dict[str, Any]:
        """The largest network."""
        program = self.bench.program
        plain = elaborate(close(program, largest(program)).space)
        return self._fit(seeded(plain, self.bench.settings), Phase("search", epochs, Schedule()))

    def searched(self, *, shrink: bool) -> dict[str, Any]:
        """The composite."""
        scale, settings = self.bench.trainer.task.scale, self.bench.settings
        gamma, eta = (settings.gamma or 0.0) * scale, (settings.eta or 0.0) * scale
        schedule = Schedule(0.0, self.bench.phases.share)
        phase = Phase("search", self.epochs, schedule, gamma, eta, shrink=shrink)
        return self._fit(seeded(self.bench.program, settings), phase)

    def _fit(self, model: CompositeModel, phase: Phase) -> dict[str, Any]:
        facts = self.bench.trainer.fit(model, phase)
        return {"validation": facts["validation"], "macs": facts.get("macs", model.program.cost.macs)}

    def whole(self) -> dict[str, Any]:
        """A search as a person starts it, but for trials of rates and the baseline, in a folder of its own."""
        flags = self.flags | {"elimination": REDUCE, "finetune": round(FINETUNE * self.epochs)}
        with tempfile.TemporaryDirectory() as folder:
            bench = Workbench(self.space, self.source, flags, Path(folder))
            model = bench.phases.eliminated(bench.composite, bench.threshold)
            assert model is not None
            found = bench.discovered(model)
            error = bench.trainer.task.evaluate(found, bench.data, bench.trainer.validation)
        return {"validation": error, "macs": found.program.cost.macs}


def measured(space: Path, source: str, epochs: int, seed: int, rate: float) -> Iterator[dict[str, Any]]:
    """The trainings of a seed, each as a line of facts."""
    made = Trainings(space, source, epochs, seed, rate).named()
    names = [*made]
    for method in (*names[seed % len(names) :], *names[: seed % len(names)]):
        start = time.perf_counter()
        facts = made[method]()
        seconds = round(time.perf_counter() - start, 2)
        yield {"space": space.stem, "epochs": epochs, "seed": seed, "method": method, "seconds": seconds, **facts}


def main() -> None:
    """Measure what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--space", type=Path, default=Path("spaces/pilotnet.das"))
    parser.add_argument("--data", default="../shared/data/steering")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rate", type=float, default=0.002)
    options = parser.parse_args()
    key = (options.space.stem, options.epochs)
    found = [one for one in known(RESULTS) if (one["space"], one["epochs"]) == key]
    for seed in range(options.seeds):
        if sum(one["seed"] == seed for one in found) < len(BESIDE):
            made = list(measured(options.space, options.data, options.epochs, seed, options.rate))
            found = [one for one in found if one["seed"] != seed] + made
            for one in made:
                append(RESULTS, one)
    rows: list[list[object]] = []
    times = {(one["seed"], one["method"]): one["seconds"] for one in found}
    for method, beside in BESIDE.items():
        mine = [one for one in found if one["method"] == method]
        rows.append(
            [
                method,
                spread([one["seconds"] for one in mine], 0),
                spread([one["seconds"] / times[one["seed"], beside] for one in mine], 2),
                f"{median(one['macs'] for one in mine):,.0f}",
                spread([one["validation"] for one in mine], 4),
            ]
        )
    head = ("training", "seconds: median (min–max)", "ratio to the largest", "MACs at the end", "validation")
    print(f"{machine()}; {options.space}, {options.epochs} epochs, {options.seeds} seeds\n")
    print(table(head, rows))


if __name__ == "__main__":
    main()
