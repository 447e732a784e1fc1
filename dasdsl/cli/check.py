"""Say what is wrong with files, or that nothing is."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from dasdsl.cli.support.console import facts, message, print_json, read_source, report
from dasdsl.diagnostics import DasError, Diagnostic


def add_arguments(parser: ArgumentParser) -> None:
    """`check FILE… [--format text|json|github|sarif]`."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="a .das file, or - for stdin")
    parser.add_argument(
        "--format", choices=("text", "json", "github", "sarif"), default="text", help="how to print what is found"
    )
    parser.add_argument("--json", action="store_const", const="json", dest="format", help="the same as --format json")


def run(options: Namespace) -> int:
    """Check every file; 1 where one has errors (warnings are no errors)."""
    files: list[str] = options.files
    found = [diagnostic for file in files for diagnostic in check(file)]
    errors = sum(diagnostic.severity == "error" for diagnostic in found)
    match options.format:
        case "json":
            print_json({"files": len(files), "diagnostics": [facts(diagnostic) for diagnostic in found]})
        case "sarif":
            from dasdsl.cli.support.formats import sarif

            print_json(sarif(found))
        case "github":
            from dasdsl.cli.support.formats import github

            print(github(found), end="")
        case _:
            if found:
                report(found, sys.stdout)
            warnings = len(found) - errors
            message(f"{counted(len(files), 'file')}: {counted(errors, 'error')}, {counted(warnings, 'warning')}")
    return 1 if errors else 0


def check(file: str) -> list[Diagnostic]:
    """Everything that is to be said about one file."""
    from dasdsl.ir.examining import examined

    try:
        path, text = read_source(file)
    except DasError as error:
        return error.diagnostics
    return examined(text, path)


def counted(number: int, noun: str) -> str:
    """`1 file`, `2 files`, `no errors`."""
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
