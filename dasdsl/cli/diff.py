"""Compare two networks statement by statement, with what the changes cost; exit 1 if they differ."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import PurePath
from typing import TYPE_CHECKING

from dasdsl.cli.support.console import STDIN, message, print_json
from dasdsl.cli.support.inputs import read_space
from dasdsl.diagnostics import each

if TYPE_CHECKING:
    from dasdsl.ir.diff import Difference
    from dasdsl.language.space import Space

UNDECIDED = (
    "whether hidden channels are only numbered in another order would take too long to find out; "
    "they are counted as other channels"
)
RENUMBERED = "hidden channels are numbered in another order"


def add_arguments(parser: ArgumentParser) -> None:
    """`diff A B [--json|--text]`."""
    parser.add_argument("a", metavar="A", help="a .das file, or - for stdin")
    parser.add_argument("b", metavar="B", help="the other")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the changes as JSON")
    form.add_argument("--text", action="store_true", help="print the statements that differ, as a unified diff")


def run(options: Namespace) -> int:
    """Compare."""
    from dasdsl.ir.diff import diff

    a, b = each(read_space, (options.a, options.b))
    found = diff(a, b)
    if options.json:
        print_json(found.facts())
    elif options.text and not found.equal:
        show_text(a, b, (options.a, options.b))
    elif not found.equal:
        show_table(found, (options.a, options.b))
    if not options.json:
        for said in (RENUMBERED if found.renumbered else "", UNDECIDED if found.undecided else ""):
            if said:
                message(said)
    return 0 if found.equal else 1


def show_text(a: Space, b: Space, names: tuple[str, str]) -> None:
    """The canonical texts, as a unified diff."""
    from dasdsl.language.alignment.unified import unified

    for line in unified(a, b, named(names)):
        print(line)


def show_table(found: Difference, names: tuple[str, str]) -> None:
    """What changed, layer by layer."""
    from shutil import get_terminal_size

    from dasdsl.cli.support.tables import show
    from dasdsl.report.differences import differences

    show(differences(found.facts(), shortened(names), get_terminal_size().columns))


def named(names: tuple[str, str]) -> tuple[str, str]:
    """What the files are called, as a terminal may show it."""
    from dasdsl.language.reports import visible

    a, b = (STDIN if name == "-" else visible(name) for name in names)
    return a, b


def shortened(names: tuple[str, str]) -> tuple[str, str]:
    """The same without their folders, where that tells them apart."""
    a, b = (PurePath(name).name for name in named(names))
    return named(names) if a == b else (a, b)
