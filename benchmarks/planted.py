"""Does a search find a planted architecture? Exact recovery of the text, up to the order of channels, by mechanism.

    python benchmarks/planted.py [--seeds 10] [--recipes default paper] [--mechanisms …] [--fresh]

A *teacher* is a random architecture of the space with random weights; its outputs on random input, scaled to a standard
deviation of 1, are the targets. A search is exact where the discovered text says the same as the teacher's; beside that
the choices that are right are counted, one by one: sides of filters, dilations, branches, depths. Filters are planted
together with channels: a student that is no wider than its teacher gets stuck in training, whatever its filters.

Teachers that a smaller network fits as well are left out: those of which one of the units that cost least can be taken
out at less than 1 % of the variance, after 500 steps of retraining. Seeds from 0 on were looked at while the method was
made; those of `--fresh`, from 1000 on, never. The recipe `default` has its default settings. Results are appended to
`build/planted.jsonl`, so that a long run may be stopped and gone on with; the table is made of all that is there.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from planting import MECHANISMS, Mechanism, Planted
from tables import machine, table

from dasdsl.inverse.discover import discover
from dasdsl.ir.diff import diff
from dasdsl.operations.core.decisions import OneOf
from dasdsl.search.folder import Folder
from dasdsl.search.job import Job
from dasdsl.search.loop import Trainer
from dasdsl.search.run import Phases
from dasdsl.search.settings import Settings
from dasdsl.search.task import Task

FRESH = 1000
RESULTS = Path("build/planted.jsonl")
SURE = 10.0
"""A margin from which on a discovery counts as sure."""


@dataclass(frozen=True)
class Attempt:
    """One search for one teacher; `margin` is the least by which a failed elimination failed, 0 without any.

    `margins` are all of them, `grown` the errors after growths that brought nothing, as parts of the error without, and
    `exhausted` tells that the steps ended first, `untried` that moves were left then: what a confidence can be made of.
    """

    mechanism: str
    recipe: str
    seed: int
    noise: float
    identifiable: bool
    exact: bool = False
    right: int = 0
    choices: int = 0
    error: float = 0.0
    margin: float = 0.0
    seconds: float = 0.0
    margins: tuple[float, ...] = ()
    grown: tuple[float, ...] = ()
    exhausted: bool = False
    untried: bool = False


def attempt(name: str, mechanism: Mechanism, recipe: str, seed: int, noise: float, *, show: bool) -> Attempt:
    """Plant, and search where it can be found."""
    teacher = Planted.of(mechanism, seed)
    if not teacher.identifiable():
        return Attempt(name, recipe, seed, noise, identifiable=False)
    start = time.perf_counter()
    data = teacher.data(noise)
    own = {} if recipe == "default" else mechanism.paper
    settings = Settings.of({}, {"recipe": recipe, "seed": seed, **own}).completed(len(data.train))
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(data, data.train, data.test, Task.of(data, data.train), settings)
        phases = Phases(Job(teacher.program, data, settings, Folder(Path(folder)), trainer, start))
        composite = phases.composite()
        threshold = phases.threshold(phases.ladder(composite))
        whole = phases.eliminated(composite, threshold)
        found = discover(composite, threshold) if whole is None else discover(whole)
    done, progress = time.perf_counter(), phases.elimination
    choices = [decision.name for decision in teacher.program.decisions if isinstance(decision, OneOf)]
    exact = diff(teacher.closing.space, found.architecture).equal
    if show and not exact:
        print(f"# {name}, {recipe}, seed {seed}\n{teacher.closing.space}\n{found.architecture}")
    return Attempt(
        name,
        recipe,
        seed,
        noise,
        identifiable=True,
        exact=exact,
        right=sum(teacher.outcomes[choice] == found.outcomes[choice] for choice in choices),
        choices=len(choices),
        error=trainer.task.evaluate(found.model, data, data.test) ** 2,
        margin=0.0 if progress is None else min(progress.margins, default=0.0),
        seconds=done - start,
        margins=() if progress is None else tuple(progress.margins),
        grown=() if progress is None else tuple(progress.grown),
        exhausted=progress is not None and progress.exhausted,
        untried=progress is not None and progress.untried,
    )


def known() -> Iterator[Attempt]:
    """What was measured already."""
    if RESULTS.exists():
        for line in RESULTS.read_text(encoding="utf-8").splitlines():
            yield Attempt(**json.loads(line))


def row(name: str, recipe: str, attempts: list[Attempt]) -> tuple[str, ...]:
    """One line of the table."""
    found = [one for one in attempts if one.identifiable]
    exact, number = sum(one.exact for one in found), len(found)
    right, choices = sum(one.right for one in found), sum(one.choices for one in found)
    sure = [one for one in found if one.margin >= SURE]
    seconds = sum(one.seconds for one in found) / max(number, 1)
    return (
        name,
        recipe,
        f"{exact}/{number}",
        f"{right}/{choices}" if choices else "",
        f"{sum(one.exact for one in sure)}/{len(sure)}" if sure else "",
        f"{len(attempts) - number}",
        f"{seconds:.0f}",
    )


def main() -> None:
    """Search, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--fresh", action="store_true", help="seeds that were never looked at")
    parser.add_argument("--recipes", nargs="+", default=["default", "paper"])
    parser.add_argument("--mechanisms", nargs="+", default=list(MECHANISMS), choices=list(MECHANISMS))
    parser.add_argument("--noise", type=float, default=0.0)
    parser.add_argument("--show", action="store_true", help="print both texts where they differ")
    options = parser.parse_args()
    torch.set_num_threads(1)
    first = options.first + (FRESH if options.fresh else 0)
    done = {(one.mechanism, one.recipe, one.seed, one.noise): one for one in known()}
    RESULTS.parent.mkdir(exist_ok=True)
    rows = []
    for name in options.mechanisms:
        for recipe in options.recipes:
            attempts: list[Attempt] = []
            for seed in range(first, first + options.seeds):
                key = (name, recipe, seed, options.noise)
                if key not in done:
                    done[key] = attempt(name, MECHANISMS[name], recipe, seed, options.noise, show=options.show)
                    with RESULTS.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(asdict(done[key])) + "\n")
                    print(json.dumps(asdict(done[key])), file=sys.stderr)
                attempts.append(done[key])
            rows.append(row(name, recipe, attempts))
    print(f"{machine()}; noise {options.noise}; {'fresh seeds' if options.fresh else 'seeds'} from {first}\n")
    head = ("mechanism", "recipe", "exact", "choices right", "exact where sure", "not identifiable", "seconds a search")
    print(table(head, rows))


if __name__ == "__main__":
    main()
