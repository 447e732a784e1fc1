"""What Python programs call: the whole job, and an architecture on its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from dasdsl.data import DataOptions, check_fits, holdout, load
from dasdsl.data.sets import Data
from dasdsl.data.sources import Source
from dasdsl.files import write_atomically
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.feasible import wanted
from dasdsl.ir.program import Program
from dasdsl.language.space import Space
from dasdsl.lowering.composite import CompositeModel, lower
from dasdsl.search import ranks, results, run
from dasdsl.search.budget.rung import rung_within as shaved
from dasdsl.search.checkpoint import read_facts
from dasdsl.search.devices import device_named
from dasdsl.search.environment import differences
from dasdsl.search.events import Listener, silent
from dasdsl.search.facts import finite
from dasdsl.search.folder import Folder, new_folder, refuse_occupied
from dasdsl.search.holding import logged
from dasdsl.search.interrupts import stop_requests
from dasdsl.search.loop import Phase, Schedule, Trainer
from dasdsl.search.problems import no_weights, nothing_open, something_open, unfinished
from dasdsl.search.rates import rated_
from dasdsl.search.reporting import inputs_and_outputs
from dasdsl.search.run import Run
from dasdsl.search.settings import Settings
from dasdsl.search.shortages import shortages
from dasdsl.search.starting import Start
from dasdsl.search.task import Task
from dasdsl.search.threads import enough
from dasdsl.search.told import Told
from dasdsl.search.tracking import tracked, usable
from dasdsl.search.weights import read_weights_, write_weights

__all__ = ["Run", "begin", "evaluate", "resume", "resume_training", "search", "train"]


def header_settings(space: Space, beginning: Start | None = None) -> dict[str, Any]:
    """What the header's `search:` says, and where it says nothing, what follows from where the search starts."""
    written = space.header.search
    said = {} if written is None else written.model_dump(exclude_none=True)
    return said if beginning is None else {**beginning.settings, **said}


def search(
    space: Space,
    data: Source,
    *,
    out: str | Path | None = None,
    options: DataOptions | None = None,
    listener: Listener = silent,
    start: str | Path | Run | None = None,
    trackers: Sequence[str] = (),
    **settings: Any,  # noqa: ANN401 - the fields of Settings
) -> Run:
    """Train the composite of a space on data, discover an architecture, fine-tune it, and train the baseline.

    `data` is a shipped name, a path, a torch Dataset or a (train, test) pair of them. `out` is the folder of the run,
    by default runs/NAME-1, -2, …. `start` is a finished run, its folder, or an `architecture.das` with its weights
    beside it: the composite then starts from what was found there. `trackers` are told how it goes: `tensorboard`,
    `mlflow`, `wandb`. Other arguments are settings (`epochs=20`, `gamma=1e-3`, `seed=1`, …).
    Raises: DasError for whatever does not fit; KeyboardInterrupt on Ctrl-C, with the state saved.
    """
    beginning = None if start is None else Start.read(start.folder if isinstance(start, Run) else start)
    chosen = Settings.of(header_settings(space, beginning), settings)
    options = options or DataOptions()
    return begin(space, data, out, chosen, options, listener, beginning=beginning, trackers=trackers)


@shortages()
def begin(
    space: Space,
    source: Source,
    out: str | Path | None,
    settings: Settings,
    options: DataOptions,
    listener: Listener,
    placed: Callable[[Path], None] = lambda _: None,
    beginning: Start | None = None,
    trackers: Sequence[str] = (),
) -> Run:
    """A search in a new folder, which is made once the data is there and fits; `placed` is told where it is.

    A search of data that has a name or a path can be gone on with by `resume`.
    Raises: DasError where nothing is open, where the data or the beginning does not fit, where `out` holds something,
    where a tracker cannot be used.
    """
    trackers = usable(trackers)
    program = elaborate(space)
    if not program.decisions:
        raise nothing_open(space.name)
    if not any(node.cost.params for node in program.nodes):
        raise no_weights(space.name)
    device_named(settings.device)
    if beginning is not None:
        beginning.check(program)
    if settings.limit is not None:
        wanted(program, settings.limit)

    def ready() -> Data:
        if out is not None:
            refuse_occupied(Path(out))
        data = load(source, options=options, input_shape=space.input)
        check_fits(data, space.input, program.output.shape)
        holdout(data.train, settings.validation, settings.seed)
        return data

    def made() -> Path:
        folder = new_folder(space.name, None if out is None else Path(out))
        kept = None if beginning is None else beginning.keep(folder)
        Told.of("search", space, source, options, settings, kept, trackers).write(folder, data)
        placed(folder.path)
        return folder.path

    with ranks.joined(), enough(program, settings):
        data = ranks.each(ready)
        folder = Folder(ranks.first(made))
        return run.search(space, data, folder, settings, listener=listener, start=beginning, trackers=trackers)


@shortages()
def resume(path: Path, listener: Listener = silent, *, device: str | None = None) -> Run:
    """Go on with an interrupted run, on another `device` if one is given; a finished one only writes its report again.

    Raises: DasError E504 where there is no run that could be gone on with, E507 where a file of it is broken, E510
    where there is no such device.
    """
    folder = Folder(path)
    told = Told.read(folder).on(device)
    source = told.resumed_by("search", folder)
    beginning = Start.kept(folder, told.beginning)
    with ranks.joined():
        return run.search(
            told.space,
            source,
            folder,
            told.settings,
            options=told.options,
            listener=listener,
            start=beginning,
            trackers=told.trackers,
        )


def data_of(path: Path) -> tuple[str, DataOptions] | None:
    """The data of a run, given by its folder or a file in it, and how they were read; None where it does not say so.

    Raises: DasError E507 where its `run.json` is broken.
    """
    folder = Folder(path if path.is_dir() else path.parent)
    if not folder.run.is_file():
        return None
    told = Told.read(folder)
    return None if told.source is None else (told.source, told.options)


def rung(path: Path, threshold: float) -> run.Found:
    """Another rung of a finished search: the architecture that this threshold leaves, without training.

    Raises: DasError E504 where the search has not come to its end, E510 for a threshold that is none, E401 where the
    network collapses.
    """
    Settings.of({}, {"threshold": threshold})
    model, settings = trained(path)
    return results.rung(model, settings, threshold)


@shortages()
def rung_within(path: Path, limit: str, listener: Listener = silent) -> tuple[run.Found, dict[str, Any]]:
    """An architecture of a finished search that keeps a limit (`params=20%,macs=40M`), and what it has of it.

    Raises: DasError E504 where the search has not come so far or its data are not there, E510 where the limit is above
    the largest network, E308 where no network keeps it.
    """
    model, _ = trained(path)
    with stop_requests(), torch.random.fork_rng(devices=[]):
        return shaved(Folder(path), model, limit, listener)


def trained(path: Path) -> tuple[CompositeModel, Settings]:
    """The trained composite of a search, before any threshold.

    Raises: DasError E504 where the search has not come so far, E507 where a file of it is broken.
    """
    folder = Folder(path)
    told = Told.read(folder)
    if not folder.composite.is_file():
        raise unfinished(str(folder.path), folder.composite.name)
    model = lower(elaborate(told.space), told.settings.recipe).eval()
    kept, _ = read_facts(folder.states("composite"))
    read_weights_(folder.composite, model, None if kept is None else kept["sha256"])
    return model, told.settings


def _loaded(space: Space, source: Source, options: DataOptions | None) -> tuple[Program, Data]:
    program = elaborate(space)
    if program.decisions:
        raise something_open(program.space.name)
    data = load(source, options=options, input_shape=space.header.input)
    check_fits(data, space.header.input, program.output.shape)
    return program, data


@shortages()
def train(
    space: Space,
    source: Source,
    *,
    out: str | Path | None = None,
    options: DataOptions | None = None,
    listener: Listener = silent,
    placed: Callable[[Path], None] = lambda _: None,
    trackers: Sequence[str] = (),
    **settings: Any,  # noqa: ANN401 - the fields of Settings
) -> tuple[Folder, dict[str, Any]]:
    """Train an architecture on its own, from scratch; writes its text, weights and `report.json`.

    It trains for `epochs` and `finetune` epochs together, as the baseline of a search does. `placed` is told where its
    folder is. Where the data has a name or a path, `resume_training` goes on with it.
    Raises: DasError E502 where something is open; Interrupted after Ctrl-C, with the state saved.
    """
    chosen = Settings.of(header_settings(space), settings)
    device_named(chosen.device)
    trackers = usable(trackers)
    if out is not None:
        refuse_occupied(Path(out))
    options = options or DataOptions()
    program, data = _loaded(space, source, options)
    if not program.cost.params:
        raise no_weights(space.name)
    holdout(data.train, chosen.validation, chosen.seed)
    folder = new_folder(space.name, None if out is None else Path(out))
    told = Told.of("train", space, source, options, chosen, trackers=trackers)
    with enough(program, chosen):
        told.write(folder, data)
        placed(folder.path)
        return folder, _trained(told, program, data, folder, listener)


@shortages()
def resume_training(
    path: Path, listener: Listener = silent, *, device: str | None = None
) -> tuple[Folder, dict[str, Any]]:
    """Go on with an interrupted training of an architecture, as `resume` does with a search.

    Raises: DasError as `resume` does.
    """
    folder = Folder(path)
    told = Told.read(folder).on(device)
    source = told.resumed_by("train", folder)
    program, data = _loaded(told.space, source, told.options)
    return folder, _trained(told, program, data, folder, listener)


def _trained(told: Told, program: Program, data: Data, folder: Folder, listener: Listener) -> dict[str, Any]:
    """The report of a training, which is gone on with where it stands."""
    settings = told.settings
    with folder.lock(), stop_requests() as stop, torch.random.fork_rng(devices=[]), enough(program, settings):
        held_in, validation = holdout(data.train, settings.validation, settings.seed)
        settings = settings.completed(len(held_in))
        listener = logged(folder, listener)
        trainer = Trainer(data, held_in, validation, Task.of(data, held_in), settings, listener, stop)
        trainer.warn("train", *differences(folder.told(), data, settings.device))
        with tracked(trainer, folder, told.space.name, told.trackers):
            return _fitted(told.space, program, trainer, folder)


def _fitted(space: Space, program: Program, trainer: Trainer, folder: Folder) -> dict[str, Any]:
    settings, data = trainer.settings, trainer.data
    epochs = (settings.epochs or 1) + (settings.finetune or 0)
    found, rate = rated_(trainer, folder, "train", lambda: run.seeded(program, settings), epochs)
    model = run.seeded(program, settings)
    trainer.fit(model, Phase("train", epochs, Schedule(), states=folder.states("train")))
    rates = {"learning_rate": rate, "trials": [trial.facts() for trial in found]}
    facts = {**_measured(program, trainer.task, model, data), **rates, "settings": settings.facts()}
    report = finite({**facts, **inputs_and_outputs(data)})
    write_weights(folder.weights, model, {"architecture": str(space)})
    write_atomically(folder.architecture, str(space))
    folder.write_report(report)
    return report


@shortages()
def evaluate(space: Space, weights: Path, source: Source, options: DataOptions | None = None) -> dict[str, Any]:
    """The metric of an architecture with its weights, on the test data.

    Raises: DasError E508 where the weights are those of another architecture.
    """
    program, data = _loaded(space, source, options)
    model = lower(program).eval()
    read_weights_(weights, model)
    return finite(_measured(program, Task.of(data, data.train), model, data))


def _measured(program: Program, task: Task, model: CompositeModel, data: Data) -> dict[str, Any]:
    return {
        "metric_name": task.metric_name,
        "metric": task.evaluate(model, data, data.test),
        "params": program.cost.params,
        "macs": program.cost.macs,
        "samples": len(data.test),
    }
