"""Search a space on data: train once, discover the architecture, fine-tune it, compare it with the largest."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dasdsl.cli.support.console import INTERRUPTED, message, print_json, report
from dasdsl.cli.support.inputs import add_data_arguments, data_of, read_space
from dasdsl.cli.support.resuming import BESIDE, MISUSE, add_resume, resumable
from dasdsl.cli.support.training import add_settings, add_tracker, progress, settings_of
from dasdsl.diagnostics import DasError

if TYPE_CHECKING:
    from dasdsl.data.options import DataOptions
    from dasdsl.language.space import Space
    from dasdsl.search.api import Run


def add_arguments(parser: ArgumentParser) -> None:
    """`search [FILE|IR.json] --data D [--from RUN] [--out DIR]`, `search --resume DIR`."""
    parser.add_argument(
        "file", nargs="?", metavar="FILE", help="a .das file or a compiled .json; the only .das here if left out"
    )
    parser.add_argument("--out", metavar="DIR", help="a new or empty folder for the run (runs/NAME-1, -2, …)")
    parser.add_argument(
        "--from",
        dest="start",
        metavar="RUN",
        help="start from what a run found: its folder, or an architecture.das with its weights beside it; "
        "without FILE in the space that `dasdsl widen` makes of it",
    )
    add_resume(parser)
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    add_tracker(parser)
    add_data_arguments(parser)
    add_settings(parser, search=True)


def run(options: Namespace) -> int:
    """Search, or go on with a search; under `torchrun` as one of its ranks."""
    from dasdsl.search import ranks

    if not ranks.launched():
        return _resumable(options)
    count, most = ranks.restarts()
    if most and options.out is None and options.resume is None:
        message("dasdsl search: give --out, so that the run is found again when torchrun restarts it")
        return MISUSE
    if count and options.out is not None and (Path(options.out) / "run.json").is_file():
        kept = {name: getattr(options, name) for name in BESIDE}
        options = Namespace(**dict.fromkeys(vars(options)) | kept | {"resume": options.out})
    return _resumable(options) if ranks.number() == 0 else _quietly(options)


def _quietly(options: Namespace) -> int:
    """As a rank that is not the first: it has nothing to say that the first does not say."""
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        try:
            return _resumable(options)
        except KeyboardInterrupt:
            return INTERRUPTED
        except (DasError, OSError):
            return 1


def _resumable(options: Namespace) -> int:
    return resumable("search", options, lambda placed: _search(options, placed))


def _search(options: Namespace, placed: Callable[[Path], None]) -> int:
    from dasdsl.search import api

    if options.resume is not None:
        with progress() as listener:
            done = api.resume(Path(options.resume), listener, device=options.device)
    else:
        from dasdsl.ir.elaborate import elaborate
        from dasdsl.search.settings import Settings
        from dasdsl.search.starting import Start

        start = None if options.start is None else Start.read(options.start)
        space = read_space(options.file) if start is None or options.file is not None else start.around()
        warnings = elaborate(space).warnings
        if warnings:
            report(warnings, sys.stderr)
        source, reading = _data(options, space)
        settings = Settings.of(api.header_settings(space, start), settings_of(options))
        with progress() as listener:
            done = api.begin(
                space, source, options.out, settings, reading, listener, placed, start, options.tracker or ()
            )
    _show(done, as_json=options.json)
    return 0


def _data(options: Namespace, space: Space) -> tuple[str, DataOptions]:
    """Where the data is: flags, then the header, then what the run that this one starts from was trained on."""
    from dasdsl.search import api

    known = None
    if options.start is not None and options.data is None and space.header.data is None:
        known = api.data_of(Path(options.start))
    if known is None:
        return data_of(options, space)
    source, read = known
    _, flags = data_of(Namespace(**vars(options) | {"data": source}), space)
    return source, flags.over(read)


def _began(report: dict[str, Any]) -> str:
    """What the search started from."""
    from dasdsl.report.numbers import metric, short

    begun, name = report["from"], report["metric_name"]
    costs = f"{short(begun['params'])} params, {short(begun['macs'])} MACs"
    return f"started from {begun['name']}: {costs}, test {name} {metric(name, begun['metric'])}"


def _show(done: Run, *, as_json: bool) -> None:
    if as_json:
        print_json(done.report)
        return
    from dasdsl.cli.support.tables import show
    from dasdsl.language.reports import visible
    from dasdsl.report.summary import certificate, confidence, ladder, limit, networks, title

    text = (done.folder / "architecture.das").read_text(encoding="utf-8")
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
    show(
        visible(title(done.report)),
        "",
        networks(done.report),
        *filter(None, (limit(done.report), confidence(done.report))),
        "",
        "thresholds, without training:",
        ladder(done.report),
        "",
    )
    if done.report["from"] is not None:
        print(visible(_began(done.report)))
    show(certificate(done.report))
    for name in ("architecture.das", "weights.safetensors", "report.json", "report.html"):
        print(visible(f"wrote {done.folder / name}"))
