"""Is a limit met, and how good is what meets it? Beside it, the best of random architectures of that cost.

    python benchmarks/budgets.py [--space spaces/digits.das] [--data digits] [--first 0] [--seeds 3]
                                 [--shares 100 50 25 10 5 2] [--what params macs] [--random 10]

For each seed the composite is trained once, and brought to each limit from there (`shaving` steps), then fine-tuned.
The random architectures are drawn from the space: sides, counts and numbers of channels at random, then moved up or
down until they cost 98 to 100 % of the limit. Each is trained from scratch for as many steps as search, shaving and
fine-tuning took together, at the learning rate of its own best trial; the best of them is the one with the best
validation metric, and its test metric is shown, so that it is chosen as the found network is. Results are appended to
`benchmarks/points/budgets.jsonl`, part by part, so that a long run may be stopped and gone on with; the table is made
of all that is there.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from math import ceil
from pathlib import Path
from random import Random
from statistics import mean

import torch
from tables import machine, table
from workbench import Workbench, append, known

from dasdsl.ir.closing import close
from dasdsl.ir.counts import Counts
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.feasible import wanted
from dasdsl.ir.limit import Limit
from dasdsl.ir.program import Program
from dasdsl.lowering.composite import CompositeModel
from dasdsl.operations.core.decisions import Assignment, OneOf, Outcomes, Subset
from dasdsl.operations.core.operation import Cost
from dasdsl.report.numbers import short
from dasdsl.search.budget.moves import neighbours
from dasdsl.search.budget.phase import meet
from dasdsl.search.folder import Folder
from dasdsl.search.rates import rated_
from dasdsl.search.run import seeded

RESULTS = Path(__file__).parent / "points/budgets.jsonl"
RUNS = Path("build/budgets")
TRIES = 400
"""Random architectures that are drawn before one is given up on, and moves that are made from each."""


@dataclass(frozen=True)
class Point:
    """One network at one limit: found by shaving (`number` -1), or random."""

    space: str
    seed: int
    limit: str
    number: int
    params: int
    macs: int
    share: float
    validation: float
    test: float
    seconds: float
    steps: int

    @property
    def key(self) -> tuple[str, int, str, int]:
        """What it is the result of."""
        return self.space, self.seed, self.limit, self.number


class Bench(Workbench):
    """One space on one data set with one seed."""

    def __init__(self, space: Path, data: str, seed: int) -> None:
        super().__init__(space, data, {"seed": seed}, RUNS / f"{space.stem}-{seed}")
        self.seed = seed

    def found(self, text: str) -> Point:
        """The composite brought to a limit."""
        composite, start = self.composite, time.perf_counter()
        limit, _ = wanted(self.program, text)
        assert limit is not None
        with tempfile.TemporaryDirectory() as folder:
            met = meet(self.trainer, composite, limit, self.threshold, self.steps, Path(folder))
        model = self.discovered(met.model)
        steps = self.steps + met.facts["steps"] + self.finetune * self.trainer.steps_per_epoch
        return self._point(text, -1, model, limit, start, steps)

    def random(self, text: str, number: int, steps: int) -> Point | None:
        """A random architecture of that cost, trained from scratch; None where none was drawn."""
        start = time.perf_counter()
        limit, _ = wanted(self.program, text)
        assert limit is not None
        outcomes = drawn(self.program, limit, Random(f"{self.seed}/{text}/{number}"))  # noqa: S311 - not for secrets
        if outcomes is None:
            return None
        program = elaborate(close(self.program, outcomes).space)
        settings = replace(self.settings, seed=1000 + number)
        epochs = ceil(steps / self.trainer.steps_per_epoch)
        with tempfile.TemporaryDirectory() as folder:
            rated_(self.trainer, Folder(Path(folder)), "random", lambda: seeded(program, settings), epochs)
        model = seeded(program, settings)
        self.trained(model, f"random-{number}", epochs)
        return self._point(text, number, model, limit, start, epochs * self.trainer.steps_per_epoch)

    def _point(self, text: str, number: int, model: CompositeModel, limit: Limit, start: float, steps: int) -> Point:
        cost = model.program.cost
        validation = self.trainer.evaluate(model, self.trainer.validation)
        test = self.trainer.evaluate(model, self.data.test)
        seconds = round(time.perf_counter() - start, 1)
        share = round(limit.share(cost), 4)
        return Point(
            self.name, self.seed, text, number, cost.params, cost.macs, share, validation, test, seconds, steps
        )


def drawn(program: Program, limit: Limit, random: Random) -> Outcomes | None:
    """A random architecture that costs 98 to 100 % of the limit."""
    counts = Counts(program)
    for _ in range(TRIES):
        outcomes = _any(program, random)
        cost = counts.of(outcomes)
        for _ in range(TRIES):
            if cost is None:
                break
            if limit.near(cost):
                return outcomes
            outcomes, cost = _nearer(counts, limit, outcomes, cost, random)
    return None


def _any(program: Program, random: Random) -> Outcomes:
    """Every decision at random, each number of channels as likely as another."""
    out: Outcomes = {}
    for decision in program.decisions:
        match decision:
            case OneOf(options=options):
                out[decision.name] = random.randrange(len(options))
            case Subset(positions=positions):
                out[decision.name] = tuple(sorted(random.sample(positions, random.randint(1, len(positions)))))
            case Assignment(inputs=inputs, patterns=patterns, outputs=outputs):
                sets = [tuple(sorted(random.sample(range(inputs), random.randint(1, inputs)))) for _ in range(patterns)]
                out[decision.name] = tuple(random.choice(sets) for _ in range(outputs))
    return out


def _nearer(
    counts: Counts, limit: Limit, outcomes: Outcomes, cost: Cost, random: Random
) -> tuple[Outcomes, Cost | None]:
    """A random move among a dozen that leads nearer to the limit; nothing where none does."""
    moves = list(neighbours(counts.program, outcomes))
    for move in random.sample(moves, min(len(moves), 12)):
        after = move.after(outcomes)
        changed = counts.of(after)
        if changed is not None and limit.gap(changed) < limit.gap(cost):
            return after, changed
    return outcomes, None


# ---- parts -----------------------------------------------------------------------------------------------------------


def kept(point: Point) -> Point:
    """Append a result."""
    append(RESULTS, asdict(point))
    return point


def measure(bench: Bench, text: str, most: int, done: dict[tuple[str, int, str, int], Point]) -> None:
    """What is missing at one limit."""
    key = (bench.name, bench.seed, text, -1)
    if key not in done:
        done[key] = kept(bench.found(text))
    for number in range(most):
        other = (bench.name, bench.seed, text, number)
        if other not in done:
            point = bench.random(text, number, done[key].steps)
            if point is not None:
                done[other] = kept(point)


def rows(points: list[Point], limits: list[str], *, higher: bool) -> list[tuple[str, ...]]:
    """A line for each limit: means over seeds."""
    out: list[tuple[str, ...]] = []
    for text in limits:
        found = [point for point in points if point.limit == text and point.number < 0]
        if not found:
            continue
        best: list[Point] = []
        for point in found:
            others = [one for one in points if (one.limit, one.seed) == (text, point.seed) and one.number >= 0]
            if others:
                chosen = max if higher else min
                best.append(chosen(others, key=lambda one: one.validation))
        out.append(
            (
                text,
                f"{short(mean(p.params for p in found))}",
                f"{short(mean(p.macs for p in found))}",
                f"{100 * min(p.share for p in found):.1f}–{100 * max(p.share for p in found):.1f} %",
                f"{mean(p.test for p in found):.4f}",
                f"{mean(p.test for p in best):.4f}" if best else "",
                f"{wins(found, best, higher=higher)}/{len(best)}",
                f"{mean(p.seconds for p in found):.0f}",
            )
        )
    return out


def wins(found: list[Point], best: list[Point], *, higher: bool) -> int:
    """How many of the found networks are no worse on test data than the best random one of their seed."""
    of = {point.seed: point for point in found}
    return sum(of[one.seed].test >= one.test if higher else of[one.seed].test <= one.test for one in best)


def main() -> None:
    """Measure what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--space", type=Path, default=Path("spaces/digits.das"))
    parser.add_argument("--data", default="digits")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--shares", nargs="+", default=["100", "50", "25", "10", "5", "2"], help="in percent")
    parser.add_argument("--what", nargs="+", default=["params", "macs"], choices=["params", "macs"])
    parser.add_argument("--random", type=int, default=10, help="random architectures at each limit")
    options = parser.parse_args()
    torch.set_num_threads(1)
    limits = [f"{what}={share}%" for what in options.what for share in options.shares]
    done = {point.key: point for point in (Point(**facts) for facts in known(RESULTS))}
    higher = True
    seeds = range(options.first, options.first + options.seeds)
    for seed in seeds:
        bench = Bench(options.space, options.data, seed)
        higher = bench.trainer.task.kind == "classification"
        # what is found first: it takes less time
        for most in (0, options.random):
            for text in limits:
                measure(bench, text, most, done)
    name = options.space.stem
    print(f"{machine()}; {name}, seeds {seeds[0]} to {seeds[-1]}, {options.random} random architectures each\n")
    chosen = [point for key, point in done.items() if key[0] == name and key[1] in seeds]
    head = ("limit", "params", "MACs", "share", "test, found", "test, best random", "no worse", "seconds")
    print(table(head, rows(chosen, limits, higher=higher)))


if __name__ == "__main__":
    main()
