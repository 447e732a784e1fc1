"""How long a search trains its composite, beside the largest network alone: all of it computed, or what is left of it.

    python benchmarks/shrinking.py [--space spaces/pilotnet.das] [--data ../shared/data/steering] [--seeds 3]

The three of a seed are trained one after the other, in an order that rotates, with as many epochs, the same samples and
a given rate; validation after each epoch is included, elimination is not. Results are appended to
`build/shrinking.jsonl`, so that this may be stopped at any time, and goes on where it was.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from tables import machine, spread, table
from workbench import Workbench, append, known

from dasdsl.ir.closing import close
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.extremes import largest
from dasdsl.search.loop import Phase, Schedule
from dasdsl.search.run import seeded

RESULTS = Path("build/shrinking.jsonl")
METHODS = ("largest network", "search, all of it", "search, what is left")


def measured(space: Path, source: str, epochs: int, seed: int, rate: float) -> Iterator[dict[str, Any]]:
    """The three trainings of a seed, each as a line of facts."""
    flags = {"seed": seed, "epochs": epochs, "learning_rate": rate}
    bench = Workbench(space, source, flags, Path("build/shrinking"))
    whole = bench.program
    plain = elaborate(close(whole, largest(whole)).space)
    scale, settings = bench.trainer.task.scale, bench.settings
    pressure = ((settings.gamma or 0.0) * scale, (settings.eta or 0.0) * scale)
    for method in (METHODS[(seed + turn) % len(METHODS)] for turn in range(len(METHODS))):
        searches = method != METHODS[0]
        model = seeded(whole if searches else plain, settings)
        gamma, eta = pressure if searches else (0.0, 0.0)
        phase = Phase("search", epochs, Schedule(0.0, bench.phases.share), gamma, eta, shrink=method == METHODS[2])
        start = time.perf_counter()
        facts = bench.trainer.fit(model, phase)
        yield {
            "space": bench.name,
            "epochs": epochs,
            "seed": seed,
            "method": method,
            "seconds": round(time.perf_counter() - start, 2),
            "validation": facts["validation"],
            "macs": facts.get("macs", model.program.cost.macs),
        }


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
        if sum(one["seed"] == seed for one in found) < len(METHODS):
            made = list(measured(options.space, options.data, options.epochs, seed, options.rate))
            found = [one for one in found if one["seed"] != seed] + made
            for one in made:
                append(RESULTS, one)
    rows: list[list[object]] = []
    plain = {one["seed"]: one["seconds"] for one in found if one["method"] == METHODS[0]}
    for method in METHODS:
        mine = [one for one in found if one["method"] == method]
        rows.append(
            [
                method,
                spread([one["seconds"] for one in mine], 0),
                spread([one["seconds"] / plain[one["seed"]] for one in mine], 2),
                f"{median(one['macs'] for one in mine):,.0f}",
                spread([one["validation"] for one in mine], 4),
            ]
        )
    head = ("training", "seconds: median (min–max)", "ratio to the largest", "MACs of the last step", "validation")
    print(f"{machine()}; {options.space}, {options.epochs} epochs, {options.seeds} seeds\n")
    print(table(head, rows))


if __name__ == "__main__":
    main()
