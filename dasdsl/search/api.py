"""What Python programs call: the whole job, and an architecture on its own."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import torch

from dasdsl.data import DataOptions, check_fits, holdout, load, shipped
from dasdsl.data.sets import Data
from dasdsl.data.sources import Source
from dasdsl.diagnostics import DasError
from dasdsl.files import write_atomically
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.program import Program
from dasdsl.language.reading import loads
from dasdsl.language.space import Space
from dasdsl.lowering.composite import CompositeModel, lower
from dasdsl.search import run
from dasdsl.search.events import Listener, silent
from dasdsl.search.folder import Folder, new_folder, refuse_occupied
from dasdsl.search.interrupts import stop_requests
from dasdsl.search.limits import What, threshold_within
from dasdsl.search.loop import Phase, Schedule, Trainer
from dasdsl.search.problems import broken, given_by_program, nothing_open, something_open, unfinished
from dasdsl.search.run import Run
from dasdsl.search.settings import Settings
from dasdsl.search.starting import Start
from dasdsl.search.task import Task
from dasdsl.search.weights import read_weights_, write_weights

__all__ = ["Run", "begin", "evaluate", "resume", "search", "train"]


def header_settings(space: Space, beginning: Start | None = None) -> dict[str, Any]:
    """What the header's `search:` says, and where it says nothing, what follows from where the search starts."""
    said = space.header.search.model_dump(exclude_none=True)
    return said if beginning is None else {**beginning.settings, **said}


def search(
    space: Space,
    data: Source,
    *,
    out: str | Path | None = None,
    options: DataOptions | None = None,
    listener: Listener = silent,
    start: str | Path | Run | None = None,
    **settings: Any,  # noqa: ANN401 - the fields of Settings
) -> Run:
    """Train the composite of a space on data, discover an architecture, fine-tune it, and train the baseline.

    `data` is a shipped name, a path, a torch Dataset or a (train, test) pair of them. `out` is the folder of the run,
    by default runs/NAME-1, -2, …. `start` is a finished run, its folder, or an `architecture.das` with its weights
    beside it: the composite then starts from what was found there. Other arguments are settings (`epochs=20`,
    `gamma=1e-3`, `seed=1`, …).
    Raises: DasError for whatever does not fit; KeyboardInterrupt on Ctrl-C, with the state saved.
    """
    beginning = None if start is None else Start.read(start.folder if isinstance(start, Run) else start)
    chosen = Settings.of(header_settings(space, beginning), settings)
    return begin(space, data, out, chosen, options or DataOptions(), listener, beginning=beginning)


def begin(
    space: Space,
    source: Source,
    out: str | Path | None,
    settings: Settings,
    options: DataOptions,
    listener: Listener,
    placed: Callable[[Path], None] = lambda _: None,
    beginning: Start | None = None,
) -> Run:
    """A search in a new folder, which is made once the data is there and fits; `placed` is told where it is.

    A search of data that has a name or a path can be gone on with by `resume`.
    Raises: DasError where nothing is open, where the data or the beginning does not fit, where `out` holds something.
    """
    program = elaborate(space)
    if not program.decisions:
        raise nothing_open(space.name)
    if beginning is not None:
        beginning.check(program)
    if out is not None:
        refuse_occupied(Path(out))
    data = load(source, options=options, input_shape=space.input)
    check_fits(data, space.input, program.output.shape)
    holdout(data.train, settings.validation, settings.seed)
    folder = new_folder(space.name, None if out is None else Path(out))
    folder.claim(
        {
            "space": str(space),
            "path": space.source.path,
            "data": _lasting(source),
            "options": options.model_dump(mode="json", by_alias=True, exclude_unset=True),
            "settings": settings.facts(),
            "from": None if beginning is None else beginning.keep(folder),
        }
    )
    placed(folder.path)
    return run.search(space, data, folder, settings, listener=listener, start=beginning)


def _lasting(source: Source) -> str | None:
    """A shipped name, or a path from anywhere; None for Python objects."""
    if not isinstance(source, str | PathLike):
        return None
    name = fspath(source)
    return name if name in shipped() else str(Path(name).expanduser().absolute())


def _told(folder: Folder) -> tuple[Space, str | None, Settings, DataOptions]:
    """What a run was told.

    Raises: DasError E504 for a folder of no run, E507 where its `run.json` is broken.
    """
    told = folder.read_json(folder.run)
    try:
        space = loads(told["space"], path=fspath(told["path"]))
        options = DataOptions.of(told["options"])
        data = told["data"]
        return space, None if data is None else fspath(data), Settings.of({}, told["settings"]), options
    except KeyError as error:
        raise broken(str(folder.run), f"`{error.args[0]}` is missing") from None
    except DasError as error:
        raise broken(str(folder.run), error.diagnostics[0].message) from None
    except (TypeError, ValueError, AttributeError):
        raise broken(str(folder.run), "a value is of another kind") from None


def resume(path: Path, listener: Listener = silent) -> Run:
    """Go on with an interrupted run; a finished one only writes its report again.

    Raises: DasError E504 where there is no run that could be gone on with, E507 where a file of it is broken.
    """
    folder = Folder(path)
    space, source, settings, options = _told(folder)
    if source is None:
        raise given_by_program(str(path))
    beginning = Start.kept(folder, folder.read_json(folder.run).get("from"))
    return run.search(space, source, folder, settings, options=options, listener=listener, start=beginning)


def data_of(path: Path) -> tuple[str, DataOptions] | None:
    """The data of a run, given by its folder or a file in it, and how they were read; None where it does not say so.

    Raises: DasError E507 where its `run.json` is broken.
    """
    folder = Folder(path if path.is_dir() else path.parent)
    if not folder.run.is_file():
        return None
    _, source, _, options = _told(folder)
    return None if source is None else (source, options)


def rung(path: Path, threshold: float) -> run.Found:
    """Another rung of a finished search: the architecture that this threshold leaves, without training.

    Raises: DasError E504 where the search has not come to its end, E510 for a threshold that is none, E401 where the
    network collapses.
    """
    Settings.of({}, {"threshold": threshold})
    model, settings = trained(path)
    return run.rung(model, settings, threshold)


def rung_within(path: Path, what: What, most: float) -> run.Found:
    """The rung of a finished search that drops the least and costs no more than `most` params or MACs.

    Raises: DasError E504 where the search has not come to its end, E512 where no rung is as small.
    """
    model, settings = trained(path)
    return run.rung(model, settings, threshold_within(model, what, most))


def trained(path: Path) -> tuple[CompositeModel, Settings]:
    """The trained composite of a search, before any threshold.

    Raises: DasError E504 where the search has not come so far, E507 where a file of it is broken.
    """
    folder = Folder(path)
    space, _, settings, _ = _told(folder)
    if not folder.composite.is_file():
        raise unfinished(str(folder.path), folder.composite.name)
    model = lower(elaborate(space), settings.recipe).eval()
    read_weights_(folder.composite, model)
    return model, settings


def _loaded(space: Space, source: Source, options: DataOptions | None) -> tuple[Program, Data]:
    program = elaborate(space)
    if program.decisions:
        raise something_open(program.space.name)
    data = load(source, options=options, input_shape=space.header.input)
    check_fits(data, space.header.input, program.output.shape)
    return program, data


def train(
    space: Space,
    source: Source,
    *,
    out: str | Path | None = None,
    options: DataOptions | None = None,
    listener: Listener = silent,
    **settings: Any,  # noqa: ANN401 - the fields of Settings
) -> tuple[Folder, dict[str, Any]]:
    """Train an architecture on its own, from scratch; writes its text, weights and `report.json`.

    It trains for `epochs` and `finetune` epochs together, as the baseline of a search does.
    Raises: DasError E502 where something is open.
    """
    chosen = Settings.of(header_settings(space), settings)
    if out is not None:
        refuse_occupied(Path(out))
    program, data = _loaded(space, source, options)
    holdout(data.train, chosen.validation, chosen.seed)
    folder = new_folder(space.name, None if out is None else Path(out))
    with folder.lock(), stop_requests() as stop, torch.random.fork_rng(devices=[]):
        held_in, validation = holdout(data.train, chosen.validation, chosen.seed)
        chosen = chosen.completed(len(held_in))
        trainer = Trainer(data, held_in, validation, Task.of(data, held_in), chosen, listener, stop)
        model = run.seeded(program, chosen)
        epochs = (chosen.epochs or 1) + (chosen.finetune or 0)
        trainer.fit(model, Phase("train", epochs, Schedule(), states=folder.states("train")))
        report = {**_measured(model.program, trainer.task, model, data), "settings": chosen.facts()}
        write_weights(folder.weights, model, {"architecture": str(space)})
        write_atomically(folder.architecture, str(space))
        folder.write_json(folder.report, report)
    return folder, report


def evaluate(space: Space, weights: Path, source: Source, options: DataOptions | None = None) -> dict[str, Any]:
    """The metric of an architecture with its weights, on the test data.

    Raises: DasError E508 where the weights are those of another architecture.
    """
    program, data = _loaded(space, source, options)
    model = lower(program).eval()
    read_weights_(weights, model)
    return _measured(program, Task.of(data, data.train), model, data)


def _measured(program: Program, task: Task, model: CompositeModel, data: Data) -> dict[str, Any]:
    return {
        "metric_name": task.metric_name,
        "metric": task.evaluate(model, data, data.test),
        "params": program.cost.params,
        "macs": program.cost.macs,
        "samples": len(data.test),
    }
