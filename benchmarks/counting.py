"""What it takes to count an architecture: from the beginning, and with what is remembered of its neighbours.

    python benchmarks/counting.py [--moves 100] [--space spaces/mobilenet-v2.das ...]

Neighbours of the largest architecture of each space, drawn at random; medians, both ways one after the other in one
run. A budget counts all neighbours once a rung, and then thousands of architectures around its limit.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from statistics import median

from tables import machine, table

from dasdsl.ir.counting import layers
from dasdsl.ir.counts import Counts
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.extremes import largest
from dasdsl.language import load
from dasdsl.operations.core.decisions import Outcomes
from dasdsl.search.budget.moves import neighbours

ROOT = Path(__file__).parents[1]
SPACES = [
    ROOT / f"spaces/{name}.das" for name in ("pilotnet", "pilotnet-groups", "resnet-20", "vgg-11", "mobilenet-v2")
]


def timed(count: Callable[[Outcomes], object], found: Sequence[Outcomes]) -> tuple[float, list[object]]:
    """The median in milliseconds, and what came out."""
    times: list[float] = []
    out: list[object] = []
    for outcomes in found:
        start = time.perf_counter()
        out.append(count(outcomes))
        times.append(1e3 * (time.perf_counter() - start))
    return median(times), out


def main() -> None:
    """Count both ways, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moves", type=int, default=100)
    parser.add_argument("--space", type=Path, action="append", help="only this one")
    options = parser.parse_args()
    print(machine())
    rows: list[list[object]] = []
    for path in options.space or SPACES:
        program = elaborate(load(path))
        begun = largest(program)
        moves = list(neighbours(program, begun))
        drawn = Random(0).sample(moves, min(options.moves, len(moves)))  # noqa: S311 - not for secrets
        found = [move.after(begun) for move in drawn]
        counts = Counts(program)
        whole, one = timed(lambda outcomes, program=program: dict(layers(program, outcomes)), found)
        known, two = timed(lambda outcomes, counts=counts: dict(counts.layers(outcomes) or {}), found)
        assert one == two, path
        rows.append([path.stem, len(moves), f"{whole:.2f}", f"{known:.2f}", f"{whole / known:.0f}"])
    print(table(["space", "neighbours", "from the beginning, ms", "remembered, ms", "ratio"], rows))


if __name__ == "__main__":
    main()
