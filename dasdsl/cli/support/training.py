"""What commands that train share: their settings, and a line that shows how far they are."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Generator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any, get_args

from dasdsl.cli.support.console import message

if TYPE_CHECKING:
    from dasdsl.search.events import Event, Listener


def cost_limit(text: str) -> str:
    """A limit on cost: `params=20%`, `macs=40M`, or both with a comma between."""
    from dasdsl.language.amounts import limit_text, read_limit

    try:
        return limit_text(read_limit(text))
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def real(text: str) -> float:
    """A number; where there is none, what to write."""
    from dasdsl.language.header.scalars import number_for

    try:
        return float(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no number; {number_for(text)}") from None


SETTINGS = {
    "epochs": (int, "epochs of the search (as many as make 1,800 steps, 12 to 100)"),
    "finetune": (int, "epochs after it (a quarter as many)"),
    "batch": (int, "samples a step (32)"),
    "learning-rate": (real, "of the weights (the best of short trials; 0.001 for the recipe paper)"),
    "weight-decay": (real, "of the weights (2e-4; 0 for the recipe paper)"),
    "validation": (real, "the part of the training data that thresholds are chosen on (0.15)"),
    "seed": (int, "of everything random (0)"),
}
SEARCH_SETTINGS = {
    "gamma": (real, "the strength of sparsity, for a loss of order 1 (0.01; 1e-6 for paper)"),
    "eta": (real, "the strength of the penalty on connectivity (0.002; 3e-6 for paper)"),
    "threshold": (real, "what is below goes (chosen on validation data)"),
    "tolerance": (real, "how much worse the chosen threshold may be: of RMSE relative, of accuracy absolute (0.01)"),
    "elimination": (real, "most steps of elimination, as a multiple of the search's; 0 for none (8; 0 for paper)"),
    "limit": (
        cost_limit,
        "what the found network may cost at most: params=20%%, macs=40M, or both with a comma (none)",
    ),
    "shaving": (real, "steps to meet the limit, as a multiple of the search's (1)"),
    "gate-learning-rate": (real, "of the gates (0.02; that of the weights for paper)"),
}
LINES_APART = 10.0
"""Seconds between lines of progress where the output is no terminal."""


def add_settings(parser: ArgumentParser, *, search: bool) -> None:
    """A flag for each setting; they override the header's `search:`."""
    from dasdsl.language.amounts import CostName

    group = parser.add_argument_group("settings (they override the header's `search:`; defaults in parentheses)")
    if search:
        group.add_argument("--recipe", choices=("default", "paper"), help="the method (default)")
        group.add_argument(
            "--cost",
            choices=get_args(CostName),
            help="what the penalties weigh layers by (that of the limit, where it names one; layers)",
        )
        group.add_argument(
            "--shrink", choices=("on", "off"), help="compute only what is left, while the search goes on (on)"
        )
    group.add_argument("--device", metavar="NAME", help="where networks are trained: cpu, cuda, or cuda:1 (cpu)")
    group.add_argument(
        "--precision",
        choices=("float32", "bfloat16"),
        help="of the products in a training, not of weights (float32)",
    )
    for name, (kind, text) in ((SEARCH_SETTINGS if search else {}) | SETTINGS).items():
        group.add_argument(f"--{name}", type=kind, metavar="N", help=text)


def add_tracker(parser: ArgumentParser) -> None:
    """`--tracker NAME`, more than once for more than one."""
    from dasdsl.trackers.registry import NAMES

    parser.add_argument(
        "--tracker", action="append", choices=NAMES, help="tell it how the run goes; more than once for more than one"
    )


def settings_of(options: Namespace) -> dict[str, Any]:
    """The flags that were given."""
    names = [
        name.replace("-", "_")
        for name in ("recipe", "cost", "shrink", "device", "precision", *SEARCH_SETTINGS, *SETTINGS)
    ]
    return {name: value for name in names if (value := getattr(options, name, None)) is not None}


@contextmanager
def progress() -> Generator[Listener]:
    """Shows events on stderr: a bar with the time left on a terminal, a line now and then elsewhere."""
    if sys.stderr.isatty():
        with _bar() as listener:
            yield listener
    else:
        yield _lines()


@contextmanager
def _bar() -> Generator[Listener]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from dasdsl.language.reports import visible

    columns = (
        TextColumn("{task.description:<9}"),
        BarColumn(bar_width=16),
        TextColumn("{task.percentage:>3.0f} %,"),
        TimeRemainingColumn(compact=True),
        TextColumn("left  {task.fields[facts]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        tasks: dict[str, Any] = {}

        def listen(event: Event) -> None:
            if event.warning:
                bar.console.print(f"warning: {visible(event.warning)}", markup=False, highlight=False)
                return
            if event.phase not in tasks:
                tasks[event.phase] = bar.add_task(event.phase, total=event.steps, facts="")
            bar.update(tasks[event.phase], completed=event.step, total=event.steps)
            if event.facts:
                bar.update(tasks[event.phase], facts=told(event))

        yield listen


def _lines() -> Listener:
    lines = _Lines()
    return lines.listen


class _Lines:
    """Lines of progress for a log."""

    def __init__(self) -> None:
        self.phase, self.said, self.began, self.first = "", 0.0, 0.0, 0
        self.facts: dict[str, Any] = {}
        self.ended = False

    def listen(self, event: Event) -> None:
        if event.warning:
            message(f"warning: {event.warning}")
            return
        now = monotonic()
        if event.phase != self.phase:
            self.phase, self.said, self.began, self.first, self.ended = event.phase, now, now, event.step, False
        ends = event.step >= event.steps
        if not event.facts or (now - self.said < LINES_APART and not ends):
            return
        if event.again and event.facts == self.facts and ends == self.ended:
            return
        self.said, self.facts, self.ended = now, event.facts, ends
        done = event.step - self.first
        left = (event.steps - event.step) * (now - self.began) / done if done > 0 else 0.0
        print(f"{event.phase}: {event.step}/{event.steps} steps, {told(event)}, {left:.0f} s left", file=sys.stderr)


def told(event: Event) -> str:
    """The facts of an epoch, of a trial, or of a network that becomes smaller, on one line."""
    if "epoch" in event.facts:
        return f"epoch {event.facts['epoch']}, {measured(event)}"
    if "rate" in event.facts:
        loss = event.facts["loss"]
        return f"learning rate {event.facts['rate']:g}, {'diverged' if loss is None else f'loss {loss:.4g}'}"
    from dasdsl.report.numbers import short

    return f"{short(event.facts['params'])} params, {short(event.facts['macs'])} MACs, loss {event.facts['loss']:.4g}"


def measured(event: Event) -> str:
    """The loss and the metric of an epoch."""
    told = f"loss {event.facts['loss']:.4g}, validation {event.facts['validation']:.4g}"
    if "macs" not in event.facts:
        return told
    from dasdsl.report.numbers import short

    return f"{told}, {short(event.facts['macs'])} MACs"
