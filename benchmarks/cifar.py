"""ResNet-20 and a plain network on CIFAR-10 at parts of their MACs: `dasdsl` beside its peers, with as many epochs.

    pip install -c constraints.txt -e '.[peers]'
    python benchmarks/cifar.py [--space resnet-20] [--seeds 5] [--only METHOD] [--data ../shared/data/cifar10.npz]

10,000 images, 1,000 a class; 12 epochs of search, 8 to eliminate or shave, 4 to fine-tune, as many for the others (see
`steering.py`). A point takes some minutes on two cores; results are appended to `benchmarks/points/cifar-SPACE.jsonl`,
so that this may be stopped at any time, and goes on where it was. Losses are compared in pairs of classes and seeds.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tables import machine
from trade import Plan, Target, measured, shown

from dasdsl.ir.closing import close
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.extremes import largest
from dasdsl.language import load

SPACES = {name: Path(__file__).parent / f"spaces/{name}.das" for name in ("resnet-20", "vgg-small")}
GROUPS = {"vgg-small": Path(__file__).parent / "spaces/vgg-small-groups.das"}
"""Spaces in which the patterns of connections are open too, by the space that they are beside."""
SHARES = (0.5, 0.25, 0.1)
"""Of the MACs of the largest network."""


def main() -> None:
    """Measure what is missing, and print a table for each space."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--space", choices=list(SPACES), action="append", help="only this one")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--only", default="", help="methods whose name contains this")
    parser.add_argument("--data", default="../shared/data/cifar10.npz")
    options = parser.parse_args()
    print(machine())
    for space in options.space or SPACES:
        program = elaborate(load(SPACES[space]))
        most = close(program, largest(program)).cost.macs
        plan = Plan(
            name=f"cifar-{space}",
            spaces={space: SPACES[space]} | ({"groups": GROUPS[space]} if space in GROUPS else {}),
            source=options.data,
            targets=tuple(Target(macs=int(share * most)) for share in SHARES),
            search=12,
            reduce=8,
            finetune=4,
        )
        points = measured(plan, range(options.first, options.first + options.seeds), options.only)
        print(f"\n{space}, {plan.epochs} epochs each\n")
        print(shown(points, f"largest, {plan.search} epochs"))


if __name__ == "__main__":
    main()
