"""Another budget from a finished search: its composite is shaved down to a limit, without a new search or training."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dasdsl.data import check_fits, holdout, load
from dasdsl.inverse.discover import Found, discover
from dasdsl.ir.feasible import wanted
from dasdsl.language.space import Space
from dasdsl.lowering.composite import CompositeModel
from dasdsl.search.budget.phase import Met, meet
from dasdsl.search.checkpoint import read_facts
from dasdsl.search.environment import differences
from dasdsl.search.events import Listener, silent
from dasdsl.search.folder import Folder
from dasdsl.search.ladder import Ladder
from dasdsl.search.loop import Trainer
from dasdsl.search.problems import idle_limit, no_data_here, unfinished
from dasdsl.search.results import held_out, origin
from dasdsl.search.task import Task
from dasdsl.search.threads import enough
from dasdsl.search.told import Told


def rung_within(
    folder: Folder, composite: CompositeModel, text: str, listener: Listener = silent
) -> tuple[Found, dict[str, Any]]:
    """An architecture that keeps a limit and nearly reaches it, and what it has of it.

    The data of the run say what each move costs, and regression makes up for it as far as it can.
    Raises: DasError E504 where the search has not come so far, or where the data were Python objects; E510 where the
    limit is above the largest network; E308 where no network keeps it; D2xx where the data are not there any more.
    """
    # without training nothing of it is on another device
    told = Told.read(folder).on("cpu")
    limit, _ = wanted(composite.program, text)
    if limit is None:
        raise idle_limit(text)
    with enough(composite.program, told.settings):
        trainer = _trainer(told, folder, composite, listener)
        met = meet(trainer, composite, limit, _threshold(folder, trainer), 0)
        inputs, _ = held_out(trainer.data, trainer.validation)
        found = discover(met.model, inputs=inputs)
    return _with_origin(found, composite, trainer, met), met.facts


def _trainer(told: Told, folder: Folder, composite: CompositeModel, listener: Listener) -> Trainer:
    """On the data of the run, split as they were."""
    if told.source is None:
        raise no_data_here(str(folder.path))
    data = load(told.source, options=told.options, input_shape=told.space.input)
    check_fits(data, told.space.input, composite.program.output.shape)
    train, validation = holdout(data.train, told.settings.validation, told.settings.seed)
    trainer = Trainer(data, train, validation, Task.of(data, train), told.settings, listener)
    trainer.warn("discover", *differences(folder.told(), data, None))
    return trainer


def _threshold(folder: Folder, trainer: Trainer) -> float:
    """The one that the search has chosen."""
    if trainer.settings.threshold is not None:
        return trainer.settings.threshold
    facts, _ = read_facts(folder.states("ladder"))
    if facts is None:
        raise unfinished(str(folder.path), "checkpoints/ladder")
    return Ladder.of(facts).chosen(trainer.task, trainer.settings.tolerance).threshold


def _with_origin(found: Found, composite: CompositeModel, trainer: Trainer, met: Met) -> Found:
    costs = {"params": found.costs.params, "macs": found.costs.macs}
    said = {**origin(composite.program, trainer.settings, met.threshold), **costs}
    space = found.architecture
    return replace(found, architecture=Space.closed(space.name, space.input, space.body, said))
