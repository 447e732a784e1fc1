"""Search a space many times, over settings: a grid, a study with a Pareto front, or the paper's Table 1."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

from dasdsl.cli.support.console import message, print_json, report
from dasdsl.cli.support.extras import need
from dasdsl.cli.support.inputs import add_data_arguments, data_of, read_space, reading_of, the_file
from dasdsl.cli.support.resuming import ending
from dasdsl.cli.support.training import add_settings, add_tracker, settings_of

if TYPE_CHECKING:
    from dasdsl.search.sweep.create import Task
    from dasdsl.search.sweep.places import Places

MISUSE = 2


def add_arguments(parser: ArgumentParser) -> None:
    """`sweep [FILE] --data D (--grid …|--study N|--preset table1)`, `sweep --resume DIR`, `sweep --worker DIR`."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="a .das file or a compiled .json")
    what = parser.add_argument_group("what is searched (one of these)")
    what.add_argument(
        "--grid", nargs="+", action="extend", metavar="KEY=V1,V2", help="every combination: gamma=1e-3,1e-2 seed=0..4"
    )
    what.add_argument("--study", type=int, metavar="N", help="so many points that a sampler chooses")
    what.add_argument("--preset", choices=("table1",), help="the paper's Table 1, beside its figures")
    what.add_argument(
        "--over",
        nargs="+",
        action="extend",
        metavar="KEY=A..B",
        help="what a study varies: gamma=1e-4..1e-1 recipe=default,paper (gamma, and eta where there are patterns)",
    )
    what.add_argument("--sampler", choices=("tpe", "nsga2"), help="of a study (tpe)")
    what.add_argument("--seeds", metavar="S1,S2", help="of a grid or preset: each point with each seed: 0,1,2 or 0..4")
    what.add_argument("--groups", metavar="FILE", help="table1: the space with groups (NAME-groups.das beside FILE)")
    how = parser.add_argument_group("how")
    how.add_argument("--workers", type=int, metavar="K", help="searches at a time on this machine (1); 0 only prepares")
    how.add_argument("--storage", metavar="URL", help="the database with the queue (a file in the folder of the sweep)")
    how.add_argument("--out", metavar="DIR", help="a new or empty folder for the sweep (runs/NAME-sweep-1, -2, …)")
    how.add_argument("--resume", metavar="DIR", help="go on with a sweep, and report")
    how.add_argument("--worker", metavar="DIR", help="take points of a sweep, on this or another machine")
    how.add_argument("--json", action="store_true", help="print the report as JSON")
    add_tracker(parser)
    add_data_arguments(parser)
    add_settings(parser, search=True)


def run(options: Namespace) -> int:
    """Sweep, go on with a sweep, or work for one."""
    wrong = misuse(options)
    if wrong:
        message(f"dasdsl sweep: {wrong}")
        return MISUSE
    need("sweep", "sweep", "optuna")
    if options.worker is not None:
        return _work(Path(options.worker), options.storage)
    from dasdsl.search.sweep.places import Places

    places = _created(options) if options.resume is None else Places(Path(options.resume))
    if options.resume is None:
        message(f"sweep in {places.path}")
    if options.workers == 0:
        return _prepared(places, options.storage)
    return _conduct(places, options)


def misuse(options: Namespace) -> str:
    """What was given that does not go together, empty where all does."""
    known = ("resume", "worker", "json", "workers", "storage")
    given = [
        name for name, value in vars(options).items() if name not in known and value is not None and value is not False
    ]
    kinds = [name for name in ("grid", "study", "preset") if name in given]
    if options.resume is not None or options.worker is not None:
        return f"a sweep that is there takes no --{given[0].replace('_', '-')}" if given else ""
    if len(kinds) != 1:
        return "give one of --grid, --study and --preset"
    only = {"over": "study", "sampler": "study", "groups": "preset"}
    for name, kind in only.items():
        if name in given and kinds != [kind]:
            return f"--{name} goes with --{kind}"
    if "seeds" in given and kinds == ["study"]:
        return "--seeds goes with --grid and --preset; vary the seed of a study with `--over seed=0..9`"
    if options.workers is not None and options.workers < 0:
        return "--workers is 0 or more"
    return ""


# ---- what is searched ------------------------------------------------------------------------------------------------


def _created(options: Namespace) -> Places:
    from dasdsl.ir.elaborate import elaborate
    from dasdsl.search.sweep import create
    from dasdsl.search.sweep.varied import read_values, read_varied

    file = the_file(options.file)
    space = read_space(file)
    warnings = elaborate(space).warnings
    if warnings:
        report(warnings, sys.stderr)
    source, reading = data_of(options, space)
    task = create.Task(space, source, reading, reading_of(options), settings_of(options), options.tracker or ())
    seeds = None if options.seeds is None else read_values(f"seed={options.seeds}")
    more: dict[str, Any] = {"storage": options.storage, "out": options.out}
    if options.preset is not None:
        return _table1(options, file, task, (0,) if seeds is None else seeds.values, more)
    if options.grid is not None:
        varied = [read_values(text) for text in options.grid] + ([] if seeds is None else [seeds])
        return create.create("grid", task, create.grid_points(varied), **more)
    over = options.over
    ranges = create.usual_ranges(space, task.fixed) if over is None else [read_varied(text) for text in over]
    more |= {"varied": ranges, "sampler": options.sampler or "tpe", "seed": options.seed or 0}
    return create.create("study", task, create.study_points(options.study), **more)


def _table1(options: Namespace, file: str, task: Task, seeds: tuple[Any, ...], more: dict[str, Any]) -> Places:
    from dasdsl.search.problems import no_groups_space
    from dasdsl.search.sweep import create
    from dasdsl.search.sweep.preset import grouped_beside

    groups = options.groups or grouped_beside(file)
    if not Path(groups).is_file():
        raise no_groups_space(groups)
    return create.create("table1", task, create.table1_points(seeds), grouped=read_space(groups), **more)


# ---- work ------------------------------------------------------------------------------------------------------------


def _work(folder: Path, storage: str | None) -> int:
    from dasdsl.search.interrupts import Interrupted, stop_requests
    from dasdsl.search.sweep.conduct import report_if_done
    from dasdsl.search.sweep.places import Places
    from dasdsl.search.sweep.worker import work

    places = Places(folder)
    with stop_requests() as stop:
        if work(places, storage, stop):
            return Interrupted(stop.signum).exit_code
    report_if_done(places)
    return 0


def _prepared(places: Places, storage: str | None) -> int:
    from dasdsl.search.sweep.conduct import opened

    opened(places, places.plan(), storage).close()
    message(f"start workers with: dasdsl sweep --worker {quote(str(places.path))}")
    message(f"see what came of it with: dasdsl sweep --resume {quote(str(places.path))}")
    return 0


def _conduct(places: Places, options: Namespace) -> int:
    from dasdsl.report.sweeps import told
    from dasdsl.search.sweep.conduct import conduct

    plan = places.plan()

    def tell(result: Mapping[str, Any], done: int, total: int) -> None:
        message(told(result, done, total, plan.metric_name))

    try:
        facts = conduct(places, options.workers or 1, options.storage, tell)
    except KeyboardInterrupt as stop:
        what, code = ending(stop)
        message(f"{what}go on with: dasdsl sweep --resume {quote(str(places.path))}")
        return code
    _show(facts, places, as_json=options.json)
    return 1 if facts["counts"]["failed"] else 0


def _show(facts: dict[str, Any], places: Places, *, as_json: bool) -> None:
    if as_json:
        print_json(facts)
        return
    from dasdsl.cli.support.tables import show
    from dasdsl.language.reports import visible
    from dasdsl.report import sweeps

    show(sweeps.points(facts))
    if facts["seeds"]:
        show("", "over seeds:", sweeps.seeds(facts))
    if facts["table1"] is not None:
        show("", "as ratios to the baseline:", sweeps.table1(facts))
    for path in (places.report, places.page):
        print(visible(f"wrote {path}"))
