"""PilotNet on the driving frames: what `dasdsl` finds, beside its peers, each with 24 epochs.

    pip install -c constraints.txt -e '.[peers]'
    python benchmarks/steering.py [--seeds 5] [--only METHOD] [--data ../shared/data/steering]

A search: 12 epochs of the composite, 8 of elimination or shaving, 4 of fine-tuning. Torch-Pruning: 12 of the largest
network, 8 rounds of pruning with an epoch each, 4 more. From scratch: 24. Learning rates come from trials for all;
Torch-Pruning by magnitude has the rate of the search in a row of its own too, since its own trials chose a low one.
A point takes one to four minutes on two cores; results are appended to `benchmarks/points/steering.jsonl`, so that
this may be stopped at any time, and goes on where it was. Test data are eight blocks of the drive that no method saw;
losses are compared in pairs of blocks and seeds.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tables import machine
from trade import Plan, Target, measured, shown

TARGETS = (Target(10_000, 2_000_000), Target(5_000, 900_000), Target(2_700, 250_000))


def main() -> None:
    """Measure what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--only", default="", help="methods whose name contains this")
    parser.add_argument("--data", default="../shared/data/steering")
    options = parser.parse_args()
    plan = Plan(
        name="steering",
        spaces={"filters": Path("spaces/pilotnet.das"), "groups": Path("spaces/pilotnet-groups.das")},
        source=options.data,
        targets=TARGETS,
        search=12,
        reduce=8,
        finetune=4,
        kept=("linear3",),
    )
    points = measured(plan, range(options.first, options.first + options.seeds), options.only)
    print(f"{machine()}; {plan.epochs} epochs each\n")
    print(shown(points, "largest, 12 epochs"))


if __name__ == "__main__":
    main()
