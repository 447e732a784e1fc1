"""Does the confidence of a discovery hold? Fitted on some planted networks, told against others.

    python benchmarks/confidence.py [--until 1006]

Reads what `benchmarks/planted.py` has measured, `build/planted.jsonl`: searches by the default recipe of planted
networks that can be found. It prints the log odds fitted on fresh seeds below `--until`, those that the package has
(`dasdsl/search/elimination/confidence.py`), and how many searches were exact where the package's confidence says so
much, for the seeds that were fitted and for the others.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterable
from itertools import pairwise

import torch
from planted import FRESH, Attempt, known
from tables import machine, table
from torch.nn.functional import binary_cross_entropy_with_logits

from dasdsl.search.elimination.confidence import BASE, SLOPE, confidence, margin
from dasdsl.search.elimination.state import Progress

EDGES = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 1.0)
"""Of the bins of the reliability table."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--until", type=int, default=1006, help="fit on fresh seeds below this one")
    options = parser.parse_args()
    attempts = {(one.mechanism, one.seed, one.noise): one for one in known() if counts(one)}.values()
    fitted = [one for one in attempts if one.seed < options.until]
    others = [one for one in attempts if one.seed >= options.until]
    print(f"{machine()}\n")
    if fitted:
        base, slope = fit(fitted)
        print(f"log odds {base:.2f} + {slope:.2f} log10(margin) on {len(fitted)} searches")
    print(f"the package has {BASE} and {SLOPE}\n")
    for name, part in (("fitted", fitted), ("others", others)):
        if not part:
            continue
        print(f"{name}, {sum(one.exact for one in part)} of {len(part)} exact\n")
        print(table(("confidence", "searches", "mean confidence", "exact"), rows(part)), "\n")


def counts(one: Attempt) -> bool:
    """Whether an attempt tells of the confidence."""
    return one.recipe == "default" and one.identifiable and one.seed >= FRESH


def said(one: Attempt) -> float:
    """What the package says."""
    told = confidence(Progress(one.error, margins=list(one.margins), exhausted=one.exhausted, untried=one.untried))
    assert told is not None
    return told


def fit(attempts: Iterable[Attempt]) -> tuple[float, float]:
    """The log odds at a margin of 1, and for each factor of 10."""
    features = torch.tensor(
        [[1.0, math.log10(margin(one.margins, exhausted=one.exhausted))] for one in attempts], dtype=torch.float64
    )
    exact = torch.tensor([float(one.exact) for one in attempts], dtype=torch.float64)
    odds = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([odds], max_iter=200)

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        # A weak prior, of which nothing is left after some dozen searches.
        value = binary_cross_entropy_with_logits(features @ odds, exact, reduction="sum") + 0.02 * odds.square().sum()
        value.backward()
        return value

    optimizer.step(loss)
    base, slope = odds.tolist()
    return base, slope


def rows(attempts: list[Attempt]) -> list[tuple[str, ...]]:
    """The reliability table."""
    found: list[tuple[str, ...]] = []
    for low, high in pairwise(EDGES):
        part = [one for one in attempts if low <= said(one) < high or said(one) == high == EDGES[-1]]
        if part:
            mean = sum(map(said, part)) / len(part)
            exact = sum(one.exact for one in part)
            found.append((f"{low:g} to {high:g}", str(len(part)), f"{mean:.2f}", f"{exact}, {exact / len(part):.2f}"))
    return found


if __name__ == "__main__":
    main()
