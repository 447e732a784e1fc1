"""The whole job: train the composite, climb the ladder, discover, fine-tune, train the baseline, report.

Every phase leaves its result on disk before the next begins, and every phase can be gone on with: a run that is resumed
walks through the same phases, and those that are complete end at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import Any

import torch

from dasdsl.data import DataOptions, check_fits, holdout, load
from dasdsl.data.sets import Data, Split
from dasdsl.data.sources import Source
from dasdsl.diagnostics import DasError
from dasdsl.files import write_atomically
from dasdsl.inverse.discover import Found, discover
from dasdsl.ir.closing import close, dump
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.extremes import largest
from dasdsl.ir.program import Program
from dasdsl.language.reports import visible
from dasdsl.language.space import Space
from dasdsl.lowering.composite import CompositeModel, lower
from dasdsl.operations.core.operation import Cost
from dasdsl.search.events import Event, Listener, silent
from dasdsl.search.folder import Folder
from dasdsl.search.interrupts import stop_requests
from dasdsl.search.ladder import Rung, choose, climb
from dasdsl.search.loop import Phase, Schedule, Trainer
from dasdsl.search.merge import merge_
from dasdsl.search.problems import nothing_open, still_there
from dasdsl.search.settings import Settings
from dasdsl.search.starting import Start
from dasdsl.search.task import Task
from dasdsl.search.weights import write_weights

CALIBRATION, CERTIFIED = 1024, 256
"""Samples that importances are measured on, and held-out samples that a certificate compares."""


@dataclass(frozen=True)
class Run:
    """A finished search."""

    folder: Path
    report: dict[str, Any]
    found: Found
    warnings: tuple[str, ...] = ()


@dataclass
class Job:
    """What a search works on."""

    program: Program
    data: Data
    settings: Settings
    folder: Folder
    trainer: Trainer
    started: float
    start: Start | None = None

    @property
    def task(self) -> Task:
        """What is learnt."""
        return self.trainer.task


def search(
    space: Space,
    source: Source,
    folder: Folder,
    settings: Settings,
    *,
    options: DataOptions | None = None,
    listener: Listener = silent,
    start: Start | None = None,
) -> Run:
    """Find an architecture of a space on a data set, from `start` on, or go on with the run in the folder.

    Raises: DasError for input that does not fit, a collapse or a divergence; Interrupted after Ctrl-C, with the state
    saved.
    """
    program = elaborate(space)
    if not program.decisions:
        raise nothing_open(space.name)
    data = load(source, options=options, input_shape=space.header.input)
    check_fits(data, space.header.input, program.output.shape)
    with folder.lock(), stop_requests() as stop, torch.random.fork_rng(devices=[]):
        train, validation = holdout(data.train, settings.validation, settings.seed)
        settings = settings.completed(len(train))
        task = Task.of(data, train)
        trainer = Trainer(data, train, validation, task, settings, _logged(folder, listener), stop)
        return Phases(Job(program, data, settings, folder, trainer, monotonic(), start)).run()


def _logged(folder: Folder, listener: Listener) -> Listener:
    def listen(event: Event) -> None:
        if event.facts:
            folder.append({"phase": event.phase, "step": event.step, **event.facts})
        listener(event)

    return listen


def seeded(program: Program, settings: Settings) -> CompositeModel:
    """The network of a program with the initial weights of the run's seed."""
    torch.manual_seed(settings.seed)
    return lower(program, settings.recipe)


class Phases:
    """The phases of a search, in order."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.settings, self.folder, self.data = job.settings, job.folder, job.data
        epochs, finetune = self.settings.epochs or 1, self.settings.finetune or 0
        self.share = epochs / (epochs + finetune)
        self.epochs, self.finetune = epochs, finetune
        self.began: dict[str, Any] | None = None

    def run(self) -> Run:
        """All phases; each leaves its result on disk before the next begins."""
        composite = self.composite()
        rungs, reference = self.ladder(composite)
        threshold = self.settings.threshold
        if threshold is None:
            threshold = choose(rungs, self.job.task, reference, self.settings.tolerance).threshold
        found, test = self._discover(composite, threshold)
        tuned, test_tuned = self._finetune(found)
        baseline, test_baseline = self._baseline()
        report = self._report(found, threshold, rungs, reference, test, test_tuned, baseline, test_baseline)
        self.folder.write_json(self.folder.report, report)
        return Run(self.folder.path, report, tuned, tuple(self.job.trainer.warnings))

    # ---- phases ------------------------------------------------------------------------------------------------------

    def composite(self) -> CompositeModel:
        """The trained composite, channels that are alike merged, calibrated."""
        settings, job = self.settings, self.job
        model = seeded(job.program, settings)
        if job.start is not None:
            job.start.place_(model)
            metric = job.task.evaluate(model, self.data, self.data.test)
            self.began = {"name": job.start.name, **_costed(job.start.model.program.cost, metric)}
        scale = job.task.scale if settings.recipe == "default" else 1.0
        phase = Phase(
            "search",
            self.epochs,
            Schedule(0.0, self.share),
            (settings.gamma or 0.0) * scale,
            (settings.eta or 0.0) * scale,
            self.folder.states("search"),
        )
        job.trainer.fit(model, phase)
        model.calibrate_(self._calibration())
        if settings.recipe == "default" and merge_(model):
            model.calibrate_(self._calibration())
        write_weights(self.folder.composite, model)
        return model

    def _calibration(self) -> list[torch.Tensor]:
        train = self.job.trainer.train
        return [self.data.batch(train, part)[0] for part in torch.arange(min(len(train), CALIBRATION)).split(128)]

    def ladder(self, composite: CompositeModel) -> tuple[list[Rung], float]:
        """The rungs, and the validation metric of the unclamped composite."""
        trainer = self.job.trainer
        reference = trainer.task.evaluate(composite, self.data, trainer.validation)
        return climb(composite, trainer.task, self.data, trainer.validation), reference

    def _discover(self, composite: CompositeModel, threshold: float) -> tuple[Found, float]:
        """The discovered network and its test metric; text and weights are written at once."""
        inputs, _ = held_out(self.data, self.job.trainer.validation)
        try:
            found = discover(composite, threshold, inputs=inputs, found=self._origin(threshold))
        except DasError as error:
            raise still_there(error, str(self.folder.path)) from None
        metric = self.job.task.evaluate(found.model, self.data, self.data.test)
        if not self.folder.architecture.exists():
            # a run that is resumed may have fine-tuned weights there already
            write_found(self.folder, with_metric(found, self.job.task.metric_name, metric))
        return found, metric

    def _origin(self, threshold: float) -> dict[str, Any]:
        return origin(self.job.program, self.settings, threshold)

    def _finetune(self, found: Found) -> tuple[Found, float]:
        """The discovered network, trained on for a short time."""
        torch.manual_seed(self.settings.seed)
        schedule = Schedule(self.share, 1.0)
        if self.finetune:
            phase = Phase("finetune", self.finetune, schedule, states=self.folder.states("finetune"))
            self.job.trainer.fit(found.model, phase)
        metric = self.job.task.evaluate(found.model, self.data, self.data.test)
        tuned = with_metric(found, self.job.task.metric_name, metric)
        write_found(self.folder, tuned)
        return tuned, metric

    def _baseline(self) -> tuple[Cost, float]:
        """The largest architecture trained alone, for as many epochs as the search and the fine-tuning together."""
        program = elaborate(close(self.job.program, largest(self.job.program)).space)
        model = seeded(program, self.settings)
        states = self.folder.states("baseline")
        self.job.trainer.fit(model, Phase("baseline", self.epochs + self.finetune, Schedule(), states=states))
        return program.cost, self.job.task.evaluate(model, self.data, self.data.test)

    def _validated(self, tuned: CompositeModel) -> float:
        """What sweeps choose by: nothing may be chosen by its metric on the test data."""
        return self.job.task.evaluate(tuned, self.data, self.job.trainer.validation)

    # ---- report ------------------------------------------------------------------------------------------------------

    def _report(
        self,
        found: Found,
        threshold: float,
        rungs: list[Rung],
        reference: float,
        test: float,
        test_tuned: float,
        baseline: Cost,
        test_baseline: float,
    ) -> dict[str, Any]:
        job, trainer = self.job, self.job.trainer
        header = job.program.space.header
        return {
            "space": header.name,
            "from": self.began,
            "data": self.data.name,
            "recipe": self.settings.recipe,
            "seed": self.settings.seed,
            "threshold": threshold,
            "metric_name": job.task.metric_name,
            "baseline": _costed(baseline, test_baseline),
            "found": _costed(found.costs, test),
            "finetuned": {**_costed(found.costs, test_tuned), "validation": self._validated(found.model)},
            "unclamped_validation": reference,
            "ladder": [rung.facts() for rung in rungs],
            "certificate": {
                "max_abs_error": found.certificate.max_abs_error,
                "relative": found.certificate.relative,
                "samples": found.certificate.samples,
            },
            "decisions": dump(found.outcomes, job.program),
            "seconds": round(monotonic() - job.started, 3),
            "steps": (self.epochs + self.finetune) * trainer.steps_per_epoch,
            "settings": self.settings.facts(),
            "samples": {
                "train": len(trainer.train),
                "validation": len(trainer.validation),
                "test": len(self.data.test),
            },
            "normalisation": {"mean": self.data.scale.mean.tolist(), "std": self.data.scale.std.tolist()},
            "classes": list(self.data.classes),
            "threads": torch.get_num_threads(),
            "torch": torch.__version__,
        }


def _costed(cost: Cost, metric: float) -> dict[str, Any]:
    return {"params": cost.params, "macs": cost.macs, "metric": metric}


def held_out(data: Data, validation: Split) -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs (and targets) that nothing was trained on, for certificates."""
    return data.batch(validation, torch.arange(min(len(validation), CERTIFIED)))


def with_metric(found: Found, name: str, metric: float) -> Found:
    """The same with its costs and its metric in the header of its text."""
    space = found.architecture
    before = space.header.found
    origin: dict[str, object] = {} if before is None else before.model_dump(by_alias=True, exclude={"metrics"})
    facts = {**origin, "params": found.costs.params, "macs": found.costs.macs, name: float(f"{metric:.6g}")}
    text = Space.closed(space.name, space.input, space.body, facts)
    return Found(text, found.model, found.costs, found.outcomes, found.certificate)


def write_found(folder: Folder, found: Found) -> None:
    """The discovered text and its weights, each whole or not at all."""
    write_weights(folder.weights, found.model, {"architecture": str(found.architecture)})
    write_atomically(folder.architecture, str(found.architecture))


def origin(program: Program, settings: Settings, threshold: float) -> dict[str, Any]:
    """What the header of a discovered text says about where it comes from; a name of a file may hold anything."""
    name = visible(Path(program.space.source.path).name)
    return {"from": name, "threshold": threshold, "seed": settings.seed}


def rung(model: CompositeModel, settings: Settings, threshold: float) -> Found:
    """Another rung of a trained composite, without training; its header says what it costs.

    Raises: DasError where the network collapses.
    """
    found = discover(model, threshold)
    facts = {**origin(model.program, settings, threshold), "params": found.costs.params, "macs": found.costs.macs}
    space = found.architecture
    return replace(found, architecture=Space.closed(space.name, space.input, space.body, facts))
