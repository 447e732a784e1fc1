"""Rewrite files in canonical form; comments and the header's text stay."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from difflib import unified_diff

from dasdsl.cli.support.console import STDIN, facts, message, print_json, read_source, report
from dasdsl.diagnostics import DasError, Diagnostic
from dasdsl.frozen import frozen


@frozen(slots=True)
class Outcome:
    """What formatting one file came to."""

    path: str
    before: str = ""
    after: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether the canonical form is another."""
        return not self.diagnostics and self.before != self.after


def add_arguments(parser: ArgumentParser) -> None:
    """`fmt [--check] [--diff] [--json] FILE…`."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="a .das file, or - for stdin, formatted to stdout")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where a file would change")
    parser.add_argument("--diff", action="store_true", help="write nothing; show what would change, exit with 1 if so")
    parser.add_argument("--json", action="store_true", help="print which files changed, as JSON")


def run(options: Namespace) -> int:
    """Format every file; a file with errors is left alone."""
    outcomes = [outcome(file) for file in options.files]
    keeps = options.check or options.diff
    for result in outcomes:
        if result.diagnostics:
            if not options.json:
                report(result.diagnostics, sys.stderr)
        elif keeps:
            show(result, options)
        else:
            write(result, options)
    if options.json:
        print_json(
            {
                "files": len(outcomes),
                "changed": [result.path for result in outcomes if result.changed],
                "diagnostics": [facts(found) for result in outcomes for found in result.diagnostics],
            }
        )
    failed = any(result.diagnostics for result in outcomes)
    return 1 if failed or (keeps and any(result.changed for result in outcomes)) else 0


def outcome(file: str) -> Outcome:
    """Format one file, without writing it."""
    from dasdsl.language.formatting import format as formatted

    try:
        path, text = read_source(file)
        return Outcome(path, text, formatted(text, path))
    except DasError as error:
        return Outcome(STDIN if file == "-" else file, diagnostics=tuple(error.diagnostics))


def show(result: Outcome, options: Namespace) -> None:
    """What would change."""
    if not result.changed:
        return
    if options.diff and not options.json:
        before, after = result.before.splitlines(keepends=True), result.after.splitlines(keepends=True)
        sys.stdout.writelines(unified_diff(before, after, result.path, result.path))
    else:
        message(f"would reformat {result.path}")


def write(result: Outcome, options: Namespace) -> None:
    """Put the canonical form in the file's place."""
    from dasdsl.files import write_atomically

    if result.path == STDIN:
        if not options.json:
            sys.stdout.write(result.after)
    elif result.changed:
        write_atomically(result.path, result.after)
        message(f"reformatted {result.path}")
