"""Search a space on data: train once, discover the architecture, fine-tune it, compare it with the largest."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from dasdsl.cli.support.console import message, print_json, report
from dasdsl.cli.support.inputs import add_data_arguments, data_of, read_space
from dasdsl.cli.support.training import add_settings, progress, settings_of

if TYPE_CHECKING:
    from dasdsl.search.api import Run


def add_arguments(parser: ArgumentParser) -> None:
    """`search [FILE|IR.json] --data D [--out DIR]`, `search --resume DIR`."""
    parser.add_argument(
        "file", nargs="?", metavar="FILE", help="a .das file or a compiled .json; the only .das here if left out"
    )
    parser.add_argument("--out", metavar="DIR", help="a new or empty folder for the run (runs/NAME-1, -2, …)")
    parser.add_argument("--resume", metavar="DIR", help="go on with an interrupted run; nothing else is needed")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    add_data_arguments(parser)
    add_settings(parser, search=True)


def run(options: Namespace) -> int:
    """Search, or go on with a search."""
    from dasdsl.search import api
    from dasdsl.search.interrupts import Interrupted

    if options.resume is not None and _others(options):
        message(f"dasdsl search: --resume goes on as the run began, so {_others(options)} cannot be given with it")
        return 2
    places = [] if options.resume is None else [options.resume]

    def placed(folder: Path) -> None:
        places.append(str(folder))
        message(f"run in {folder}")

    try:
        if options.resume is not None:
            with progress() as listener:
                done = api.resume(Path(options.resume), listener)
        else:
            from dasdsl.ir import elaborate
            from dasdsl.search.settings import Settings

            space = read_space(options.file)
            warnings = elaborate(space).warnings
            if warnings:
                report(warnings, sys.stderr)
            source, reading = data_of(options, space)
            settings = Settings.of(api.header_settings(space), settings_of(options))
            with progress() as listener:
                done = api.start(space, source, options.out, settings, reading, listener, placed)
    except KeyboardInterrupt as stop:
        if not places:
            raise
        saved = "the state is saved, " if isinstance(stop, Interrupted) else ""
        message(f"interrupted; {saved}go on with: dasdsl search --resume {quote(places[0])}")
        return 130
    _show(done, as_json=options.json)
    return 0


def _others(options: Namespace) -> str:
    """What was given beside --resume that only a new search takes."""
    given = {
        name: value for name, value in vars(options).items() if name not in ("resume", "json") and value is not None
    }
    return ", ".join("FILE" if name == "file" else f"--{name.replace('_', '-')}" for name in given)


def _show(done: Run, *, as_json: bool) -> None:
    for warning in done.warnings:
        message(f"warning: {warning}")
    if as_json:
        print_json(done.report)
        return
    from dasdsl.cli.support.tables import show
    from dasdsl.language.reports import visible
    from dasdsl.report.summary import ladder, networks, title

    text = (done.folder / "architecture.das").read_text(encoding="utf-8")
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
    show(
        visible(title(done.report)),
        "",
        networks(done.report),
        "",
        "thresholds, without training:",
        ladder(done.report),
        "",
    )
    certificate = done.report["certificate"]
    difference = f"{certificate['max_abs_error']:.2g} on {certificate['samples']} held-out samples"
    show(f"the discovered network equals the clamped composite within {difference}")
    for name in ("architecture.das", "weights.safetensors", "report.json"):
        print(visible(f"wrote {done.folder / name}"))
