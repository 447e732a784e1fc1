"""Validate a file and show what it says: shapes, decisions, the size of the space, params and MACs."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from dasdsl.cli.support.console import json_text, message, print_json, report
from dasdsl.cli.support.inputs import read_space


def add_arguments(parser: ArgumentParser) -> None:
    """`compile [FILE] [-o IR.json] [--emit json|dot|mermaid|svg]`."""
    parser.add_argument(
        "file", nargs="?", metavar="FILE", help="a .das file, or - for stdin; the only one here if left out"
    )
    parser.add_argument(
        "-o", "--output", metavar="OUT", help="write there; without --emit the IR that `search` takes too"
    )
    parser.add_argument("--emit", choices=("json", "dot", "mermaid", "svg"), help="print the graph in this form")
    parser.add_argument("--json", action="store_const", const="json", dest="emit", help="the same as --emit json")


def run(options: Namespace) -> int:
    """Compile."""
    import sys

    from dasdsl.ir.elaborate import elaborate
    from dasdsl.ir.facts import facts
    from dasdsl.ir.feasible import refuse_tight
    from dasdsl.report import drawings

    space = read_space(options.file)
    program = elaborate(space)
    refuse_tight(program)
    if program.warnings:
        report(program.warnings, sys.stderr)
    found = facts(program) | {"text": str(space), "path": space.source.path}
    emit = options.emit or ("json" if options.output else None)
    if emit is None:
        from dasdsl.cli.support.tables import show_program

        show_program(found)
        return 0
    if emit == "json":
        text = json_text(found) + "\n"
    else:
        text = {"dot": drawings.dot, "mermaid": drawings.mermaid, "svg": drawings.svg}[emit](found)
    if options.output:
        from dasdsl.files import write_atomically

        write_atomically(options.output, text)
        message(f"wrote {options.output}")
    elif emit == "json":
        print_json(found)
    else:
        sys.stdout.write(text)
    return 0
