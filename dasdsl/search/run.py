"""The whole job: train the composite, climb the ladder, discover, fine-tune, train the baseline, report.

Every phase leaves its result on disk before the next begins, and every phase can be gone on with: a run that is resumed
walks through the same phases, and those that are complete end at once.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

import torch

from dasdsl.data import DataOptions, check_fits, holdout, load
from dasdsl.data.sources import Source
from dasdsl.diagnostics import DasError
from dasdsl.files import write_atomically
from dasdsl.frozen import frozen
from dasdsl.inverse.discover import Found, clamped, discover
from dasdsl.ir.closing import close
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.extremes import largest
from dasdsl.ir.feasible import wanted
from dasdsl.ir.liveness import Collapsed
from dasdsl.ir.program import Program
from dasdsl.language.space import Space
from dasdsl.lowering.composite import CompositeModel, lower
from dasdsl.lowering.settling import settled
from dasdsl.search import ranks
from dasdsl.search.budget.phase import Met, meet
from dasdsl.search.checkpoint import read_facts, write_facts
from dasdsl.search.elimination.loop import Elimination
from dasdsl.search.elimination.plan import Plan
from dasdsl.search.elimination.state import Progress
from dasdsl.search.environment import differences
from dasdsl.search.events import Listener, silent
from dasdsl.search.facts import finite
from dasdsl.search.folder import Folder
from dasdsl.search.holding import held, logged
from dasdsl.search.interrupts import stop_requests
from dasdsl.search.job import Job
from dasdsl.search.ladder import Ladder, Yardstick, climb
from dasdsl.search.loop import Phase, Schedule, Trainer
from dasdsl.search.merge import merge_
from dasdsl.search.pages import page_of
from dasdsl.search.problems import DIVERGED, nothing_open, still_there
from dasdsl.search.rates import STEPS, Trial, rated_
from dasdsl.search.reporting import Told, costed, report_of
from dasdsl.search.results import held_out, origin, with_metric, write_found
from dasdsl.search.settings import Settings
from dasdsl.search.starting import Start
from dasdsl.search.task import Task
from dasdsl.search.threads import enough
from dasdsl.search.tracking import tracked
from dasdsl.search.weights import digest_of, read_weights_, write_weights

CALIBRATION = 1024
"""Samples that importances are measured on."""


@frozen
class Run:
    """A finished search."""

    folder: Path
    report: dict[str, Any]
    found: Found
    warnings: tuple[str, ...] = ()


def search(
    space: Space,
    source: Source,
    folder: Folder,
    settings: Settings,
    *,
    options: DataOptions | None = None,
    listener: Listener = silent,
    start: Start | None = None,
    trackers: Sequence[str] = (),
) -> Run:
    """Find an architecture of a space on a data set, from `start` on, or go on with the run in the folder.

    Raises: DasError for input that does not fit, a collapse or a divergence; Interrupted after Ctrl-C, with the state
    saved.
    """
    program = elaborate(space)
    if not program.decisions:
        raise nothing_open(space.name)
    limit, warnings = (None, []) if settings.limit is None else wanted(program, settings.limit)
    data = ranks.each(lambda: load(source, options=options, input_shape=space.header.input))
    check_fits(data, space.header.input, program.output.shape)
    with held(folder), stop_requests() as stop, torch.random.fork_rng(devices=[]), enough(program, settings):
        train, validation = holdout(data.train, settings.validation, settings.seed)
        settings = settings.completed(len(train))
        task = Task.of(data, train)
        trainer = Trainer(data, train, validation, task, settings, logged(folder, listener), stop)
        trainer.warn("search", *differences(folder.told(), data, settings.device), *warnings)
        with tracked(trainer, folder, space.name, trackers):
            done = Phases(Job(program, data, settings, folder, trainer, monotonic(), start, limit)).run()
        return replace(done, warnings=tuple(trainer.warnings))


def seeded(program: Program, settings: Settings) -> CompositeModel:
    """The network of a program with the initial weights of the run's seed."""
    torch.manual_seed(settings.seed)
    return lower(program, settings.recipe, settings.cost or "layers")


class Phases:
    """The phases of a search, in order."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.settings, self.folder, self.data = job.settings, job.folder, job.data
        epochs, finetune = self.settings.epochs or 1, self.settings.finetune or 0
        self.share = epochs / (epochs + finetune)
        self.epochs, self.finetune = epochs, finetune
        self.began: dict[str, Any] | None = None
        self.elimination: Progress | None = None
        self.met: Met | None = None
        self.trials: list[Trial] = []
        self.rate = job.trainer.rate
        self.steps = (epochs + finetune) * job.trainer.steps_per_epoch

    def run(self) -> Run:
        """All phases; each leaves its result on disk before the next begins."""
        composite = self.composite()
        ladder = self.ladder(composite)
        threshold = self.threshold(ladder)
        found, test = self._discover(composite, self.cheaper(composite, threshold), threshold)
        tuned, finetuned = self._finetune(found, test)
        baseline = self._baseline()
        networks = {"baseline": baseline, "found": costed(found.costs, test), "finetuned": finetuned}
        told = Told(self.began, self.rate, self.trials, self.elimination, self.met, ladder, self.steps)
        report = finite(report_of(self.job, found, threshold, networks, told))
        if ranks.is_first():
            self.folder.write_report(report)
            write_atomically(self.folder.page, page_of(self.folder, report, self.job.program, tuned.architecture))
        return Run(self.folder.path, report, tuned)

    # ---- phases ------------------------------------------------------------------------------------------------------

    def _fresh(self) -> CompositeModel:
        """The composite as it is before it is trained."""
        model = seeded(self.job.program, self.settings)
        if self.job.start is not None:
            self.job.start.place_(model)
        return model

    def composite(self) -> CompositeModel:
        """The trained composite, channels that are alike merged, calibrated."""
        settings, job = self.settings, self.job
        self.trials, self.rate = rated_(job.trainer, self.folder, "search", self._fresh, self.epochs)
        model = self._fresh()
        if self._composite_kept(model):
            return model
        if job.start is not None:
            metric = job.trainer.evaluate(model, self.data.test)
            self.began = {"name": job.start.name, **costed(job.start.model.program.cost, metric)}
        scale = job.task.scale if settings.recipe == "default" else 1.0
        phase = Phase(
            "search",
            self.epochs,
            Schedule(0.0, self.share),
            (settings.gamma or 0.0) * scale,
            (settings.eta or 0.0) * scale,
            self.folder.states("search"),
            settings.shrink == "on",
        )
        job.trainer.fit(model, phase)
        model.calibrate_(self._calibration())
        if settings.recipe == "default" and merge_(model):
            model.calibrate_(self._calibration())
        digest = write_weights(self.folder.composite, model)
        write_facts(self.folder.states("composite"), {"sha256": digest, "from": self.began})
        return model

    def _composite_kept(self, model: CompositeModel) -> bool:
        """Whether the composite is trained already; it is then put into the model."""
        facts = self._known("composite")
        if facts is None:
            return False
        try:
            read_weights_(self.folder.composite, model, facts["sha256"])
        except (DasError, FileNotFoundError):
            again = "it is made again from the states of the search"
            self.job.trainer.warn("composite", f"{self.folder.composite} is broken; {again}")
            return False
        self.began = facts["from"]
        model.eval()
        return True

    def _known(self, phase: str) -> dict[str, Any] | None:
        """What a phase has found out already, in this process or in one that was interrupted."""
        facts, broken = ranks.first(lambda: read_facts(self.folder.states(phase)))
        self.job.trainer.warn(phase, *broken)
        return facts

    def _calibration(self) -> list[torch.Tensor]:
        train = self.job.trainer.train
        return [self.data.batch(train, part)[0] for part in torch.arange(min(len(train), CALIBRATION)).split(128)]

    def ladder(self, composite: CompositeModel) -> Ladder:
        """The trained composite at many thresholds."""
        trainer, digest = self.job.trainer, ranks.broadcast(digest_of(composite))
        known = self._known("ladder")
        if known is not None and known["composite"] == digest:
            return Ladder.of(known)
        ladder = climb(composite, Yardstick.of(trainer.evaluate, trainer.train, trainer.validation))
        write_facts(self.folder.states("ladder"), {"composite": digest, **ladder.facts()})
        return ladder

    def threshold(self, ladder: Ladder) -> float:
        """The one that was given, or the largest within the tolerance."""
        chosen = self.settings.threshold
        if chosen is None:
            chosen = ladder.chosen(self.job.task, self.settings.tolerance).threshold
        # the same everywhere, though other ranks may have another kind of processor
        return ranks.broadcast(chosen)

    def cheaper(self, composite: CompositeModel, threshold: float) -> CompositeModel | None:
        """What a limit asks for or, without one, what the elimination leaves; None where that is not wanted either."""
        limit, trainer = self.job.limit, self.job.trainer
        if limit is None:
            return self.eliminated(composite, threshold)
        steps = self.epochs * trainer.steps_per_epoch
        self.met = meet(trainer, composite, limit, threshold, steps, self.folder.states("shave"))
        return self.met.model

    def eliminated(self, composite: CompositeModel, threshold: float) -> CompositeModel | None:
        """The clamped composite without what it does not need, everything in it decided; None without elimination."""
        trainer = self.job.trainer
        doubted = any(one.steps > STEPS for one in self.trials)
        plan = Plan.of(self.settings, self.epochs * trainer.steps_per_epoch, trainer.rate, doubted=doubted)
        if not plan.most:
            return None
        model = settled(clamped(composite, threshold))
        try:
            elimination = Elimination(trainer, model, plan, self.folder.states("eliminate"))
        except Collapsed:
            # `discover` says what has collapsed, and which threshold would do
            return None
        self.elimination = elimination.run()
        return model

    def _discover(
        self, composite: CompositeModel, whole: CompositeModel | None, threshold: float
    ) -> tuple[Found, float]:
        """The discovered network and its test metric; text and weights are written at once.

        It is cut out of the composite at a threshold, or out of the `whole` of what an elimination left.
        """
        inputs, _ = held_out(self.data, self.job.trainer.validation)
        source, at = (composite, threshold) if whole is None else (whole, None)
        try:
            found = discover(source, at, inputs=inputs, found=self._origin(threshold))
        except DasError as error:
            raise still_there(error, str(self.folder.path)) from None
        metric = self.job.trainer.evaluate(found.model, self.data.test)
        if ranks.is_first() and not self.folder.architecture.exists():
            # a run that is resumed may have fine-tuned weights there already
            write_found(self.folder, with_metric(found, self.job.task.metric_name, metric))
        return found, metric

    def _origin(self, threshold: float) -> dict[str, Any]:
        return origin(self.job.program, self.settings, threshold if self.met is None else self.met.threshold)

    def _finetune(self, found: Found, test: float) -> tuple[Found, dict[str, Any]]:
        """The discovered network, trained on for a short time, and its facts; as it was cut out if that diverges."""
        torch.manual_seed(self.settings.seed)
        tuned = replace(found, model=copy.deepcopy(found.model))
        if self.finetune:
            states = self.folder.states("finetune")
            diverged = self._fitted(
                tuned.model, Phase("finetune", self.finetune, Schedule(self.share, 1.0), states=states)
            )
            if diverged:
                facts = {**costed(found.costs, test), "validation": self._validated(found.model)}
                return with_metric(found, self.job.task.metric_name, test), {**facts, "diverged": diverged}
        metric = self.job.trainer.evaluate(tuned.model, self.data.test)
        tuned = with_metric(tuned, self.job.task.metric_name, metric)
        write_found(self.folder, tuned)
        return tuned, {**costed(found.costs, metric), "validation": self._validated(tuned.model)}

    def _baseline(self) -> dict[str, Any]:
        """The largest architecture trained alone, for as many epochs as the search and the fine-tuning together."""
        program = elaborate(close(self.job.program, largest(self.job.program)).space)
        epochs, states = self.epochs + self.finetune, self.folder.states("baseline")
        rated_(self.job.trainer, self.folder, "baseline", lambda: seeded(program, self.settings), epochs)
        model = seeded(program, self.settings)
        diverged = self._fitted(model, Phase("baseline", epochs, Schedule(), states=states))
        if diverged:
            return {**costed(program.cost, None), "diverged": diverged}
        return costed(program.cost, self.job.trainer.evaluate(model, self.data.test))

    def _fitted(self, model: CompositeModel, phase: Phase) -> str:
        """Train for a phase that comes after the search, whose result it must not lose; how it diverged, if it did."""
        try:
            self.job.trainer.fit(model, phase)
        except DasError as error:
            found = error.diagnostics[0]
            if found.code != DIVERGED.code:
                raise
            self.job.trainer.warn(phase.name, f"{found.message}; {found.help}")
            return found.message
        return ""

    def _validated(self, tuned: CompositeModel) -> float:
        """What sweeps choose by: nothing may be chosen by its metric on the test data."""
        return self.job.trainer.evaluate(tuned, self.job.trainer.validation)
