"""Train an architecture on its own, from scratch: a baseline, or a discovered one."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path

from dasdsl.cli.support.console import print_json
from dasdsl.cli.support.inputs import add_data_arguments, data_of, read_space
from dasdsl.cli.support.resuming import add_resume, resumable
from dasdsl.cli.support.training import add_settings, add_tracker, progress, settings_of


def add_arguments(parser: ArgumentParser) -> None:
    """`train [FILE] --data D [--out DIR]`, `train --resume DIR`."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="a .das file in which nothing is open")
    parser.add_argument("--out", metavar="DIR", help="a new or empty folder (runs/NAME-1, -2, …)")
    add_resume(parser)
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    add_tracker(parser)
    add_data_arguments(parser)
    add_settings(parser, search=False)


def run(options: Namespace) -> int:
    """Train for as long as a search and its fine-tuning take together, or go on with that."""
    return resumable("train", options, lambda placed: _train(options, placed))


def _train(options: Namespace, placed: Callable[[Path], None]) -> int:
    from dasdsl.language.reports import visible
    from dasdsl.report.numbers import metric, short
    from dasdsl.search import api

    if options.resume is not None:
        with progress() as listener:
            folder, report = api.resume_training(Path(options.resume), listener, device=options.device)
    else:
        space = read_space(options.file)
        source, reading = data_of(options, space)
        settings = settings_of(options)
        with progress() as listener:
            folder, report = api.train(
                space,
                source,
                out=options.out,
                options=reading,
                listener=listener,
                placed=placed,
                trackers=options.tracker or (),
                **settings,
            )
    if options.json:
        print_json(report)
    else:
        value = metric(report["metric_name"], report["metric"])
        print(f"{report['metric_name']} {value}, {short(report['params'])} params, {short(report['macs'])} MACs")
        for path in (folder.architecture, folder.weights, folder.report):
            print(visible(f"wrote {path}"))
    return 0
