"""Merge two edits of a file statement by statement, as a git merge driver does; exit 1 on conflicts."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import PurePath
from typing import TYPE_CHECKING

from dasdsl.cli.support.console import colored, facts, message, print_json, read_source
from dasdsl.cli.support.inputs import valid_space
from dasdsl.diagnostics import Diagnostic, each

if TYPE_CHECKING:
    from dasdsl.language.merging import Merge
    from dasdsl.language.space import Space

GITS = ".merge_file_"
"""What git calls the files that it hands to a driver; that tells nobody anything."""


def add_arguments(parser: ArgumentParser) -> None:
    """`merge BASE A B [-o OUT] [--name NAME] [--marker-size N] [--json]`."""
    parser.add_argument(
        "base", metavar="BASE", help="the version that both edits began with; empty where there is none"
    )
    parser.add_argument("a", metavar="A", help="one edit; the result is written there unless OUT says where")
    parser.add_argument("b", metavar="B", help="the other edit")
    parser.add_argument("-o", "--output", "--write-to", metavar="OUT", help="write there, - for stdout; A unless said")
    parser.add_argument(
        "--name", metavar="NAME", help="what messages call the file (git: %%P); the sides are then ours and theirs"
    )
    parser.add_argument(
        "--marker-size", type=length, default=7, metavar="N", help="length of a conflict's marker (git: %%L)"
    )
    parser.add_argument("--json", action="store_true", help="print the conflicts as JSON")


def length(text: str) -> int:
    """The length of a marker: a usage error where it is none."""
    number = int(text)
    if not 1 <= number <= 100:
        raise ValueError(text)
    return number


def run(options: Namespace) -> int:
    """Merge."""
    from dasdsl.language.merging import merge
    from dasdsl.language.reports import render

    files = (options.base, options.a, options.b)
    base, a, b = each(lambda number: version(files[number], base=number == 0), range(3))
    assert a is not None
    assert b is not None
    named = options.name is not None or PurePath(options.a).name.startswith(GITS)
    names = ("ours", "theirs") if named else (options.a, options.b)
    merged = merge(base, a, b, names, options.marker_size)
    out: str = options.output or options.a
    name: str = options.name or ("the merged file" if named else "<stdout>" if out == "-" else out)
    problems = invalid(merged, name)
    write(merged.text, out, options.json)
    if options.json:
        conflicts = [conflict.facts() for conflict in merged.conflicts]
        print_json({"clean": merged.clean, "conflicts": conflicts, "diagnostics": [facts(one) for one in problems]})
    tell(merged, names, name, options.marker_size)
    if problems:
        message(f"{name}: nothing is in conflict, but what both edits make together is not valid")
        print(render(problems, {name: merged.text}, colored(sys.stderr)), file=sys.stderr)
    return 0 if merged.clean and not problems else 1


def version(file: str, *, base: bool) -> Space | None:
    """One of the three; a base without text is none: what both sides added has no other.

    Raises: DasError.
    """
    path, text = read_source(file)
    return None if base and not text.strip() else valid_space(text, path)


def invalid(merged: Merge, name: str) -> list[Diagnostic]:
    """What is wrong with a clean merge: both edits may be right, and what they make together not."""
    from dasdsl.ir.examining import examined

    found = examined(merged.text, name) if merged.clean else []
    return [diagnostic for diagnostic in found if diagnostic.severity == "error"]


def write(text: str, out: str, json: bool) -> None:
    """Put the result where it belongs; stdout holds either it or JSON."""
    from dasdsl.files import write_atomically

    if out != "-":
        write_atomically(out, text)
    elif not json:
        sys.stdout.write(text)


def tell(merged: Merge, names: tuple[str, str], name: str, size: int) -> None:
    """Say on stderr where conflicts are."""
    for conflict in merged.conflicts:
        message(conflict.told(names))
    if merged.conflicts:
        count = len(merged.conflicts)
        between = f"`{'<' * size}` and `{'>' * size}`"
        message(f"{name}: {count} conflict{'' if count == 1 else 's'}, each between {between}")
