"""Compare two networks layer by layer, with what the changes cost; exit 1 if they differ."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from dasdsl.cli.support.console import print_json
from dasdsl.cli.support.inputs import read_space


def add_arguments(parser: ArgumentParser) -> None:
    """`diff A B`."""
    parser.add_argument("a", metavar="A", help="a .das file, or - for stdin")
    parser.add_argument("b", metavar="B", help="the other")
    parser.add_argument("--json", action="store_true", help="print the changes as JSON")


def run(options: Namespace) -> int:
    """Compare."""
    from dasdsl.ir.diff import Change, diff
    from dasdsl.report.numbers import short

    found = diff(read_space(options.a), read_space(options.b))
    if options.json:
        costs = {key: {"a": getattr(found.a, key), "b": getattr(found.b, key)} for key in ("params", "macs")}
        print_json({"equal": found.equal, "changes": [asdict(change) for change in found.changes], **costs})
        return 0 if found.equal else 1

    def line(change: Change) -> str:
        match change.what:
            case "added":
                return f"+ {change.layer}: {change.b}"
            case "removed":
                return f"- {change.layer}: {change.a}"
            case what:
                return f"~ {change.layer}: {what} {change.a or '(default)'} → {change.b or '(default)'}"

    for change in found.changes:
        print(line(change))
    if not found.equal:
        a, b = found.a, found.b
        print(f"params {short(a.params)} → {short(b.params)}, MACs {short(a.macs)} → {short(b.macs)}")
    return 0 if found.equal else 1
