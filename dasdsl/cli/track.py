"""Tell a tracker of a run that is there already: how it went, what it found, its files."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from dasdsl.cli.support.console import message


def add_arguments(parser: ArgumentParser) -> None:
    """`track RUN --to NAME`."""
    from dasdsl.trackers.registry import NAMES

    parser.add_argument("run", metavar="RUN", help="the folder of a search or a training")
    parser.add_argument(
        "--to", action="append", required=True, choices=NAMES, help="the tracker; more than once for more than one"
    )


def run(options: Namespace) -> int:
    """Tell each of the trackers."""
    from dasdsl.search.tracking import track

    track(Path(options.run), options.to)
    message(f"told {', '.join(options.to)} of {options.run}")
    return 0
