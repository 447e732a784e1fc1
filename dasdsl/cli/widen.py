"""Open an architecture again: a space around it that contains it."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace

from dasdsl.cli.support.console import message
from dasdsl.cli.support.inputs import read_space

KEEP = "keep"
"""What leaves a field as it is."""


def add_arguments(parser: ArgumentParser) -> None:
    """`widen [FILE] [--filters +1] [--channels x1.5] [--groups N] [--dilation +1] [--depth +1] [-o OUT]`."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="a .das file in which nothing is open, or - for stdin")
    parser.add_argument("-o", "--output", metavar="OUT", help="write there, not to stdout")
    far = parser.add_argument_group("how far (defaults in parentheses; `keep` leaves a field as it is)")
    far.add_argument("--filters", type=more, default=1, metavar="+N", help="sides: from 1 to so many longer (+1)")
    far.add_argument(
        "--channels", type=growth, default="x1.5", metavar="xF|+N", help="at most F times as many, or N more (x1.5)"
    )
    far.add_argument(
        "--groups", type=int, metavar="N", help="at most N patterns in every layer (where there are some, as many)"
    )
    far.add_argument("--dilation", type=more, metavar="+N", help="from 1 to so much larger (keep)")
    far.add_argument(
        "--depth", type=more, metavar="+N", help="of each `repeat n`: from 1 to so many copies more (keep)"
    )
    layers = parser.add_argument_group("which layers (all), by the names that `compile` shows; a block is all in it")
    layers.add_argument("--only", nargs="+", action="extend", default=[], metavar="LAYER", help="these")
    layers.add_argument(
        "--except", nargs="+", action="extend", default=[], dest="exclude", metavar="LAYER", help="all but these"
    )


def more(text: str) -> int | None:
    """`+1` as 1, `keep` as None."""
    if text == KEEP:
        return None
    try:
        return int(text)
    except ValueError:
        raise ArgumentTypeError(f"`{text}` is no whole number; write `+1`, or `{KEEP}`") from None


def growth(text: str) -> str | None:
    """`x1.5` or `+8`, `keep` as None."""
    return None if text == KEEP else text


def run(options: Namespace) -> int:
    """Widen."""
    from dasdsl.files import write_atomically
    from dasdsl.ir.widening import widen

    widened = widen(
        read_space(options.file),
        filters=options.filters,
        channels=options.channels,
        groups=options.groups,
        dilation=options.dilation,
        depth=options.depth,
        only=options.only,
        exclude=options.exclude,
    )
    if options.output:
        write_atomically(options.output, str(widened))
        message(f"wrote {options.output}")
    else:
        sys.stdout.write(str(widened))
    return 0
