"""The loop: settle, shave rung by rung with a short training after each, try what lands at the limit, finish the best.

Everything is trained on the network cut down to what is left of it. In ranking, all moves are guessed from one backward
pass and a few are measured, so that it costs about as much as a hundred steps, whatever the space.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import torch

from dasdsl.inverse.cutting import Cut
from dasdsl.ir.counting import count
from dasdsl.ir.counts import Counts
from dasdsl.ir.feasible import least
from dasdsl.ir.limit import Limit
from dasdsl.ir.liveness import Collapsed
from dasdsl.lowering.composite import CompositeModel
from dasdsl.operations.core.operation import Cost
from dasdsl.search import ranks
from dasdsl.search.budget.losses import Losses
from dasdsl.search.budget.opening import mend_
from dasdsl.search.budget.plan import RETRAINED, Plan
from dasdsl.search.budget.shaving import Shaving
from dasdsl.search.budget.state import Progress, Standing
from dasdsl.search.budget.window import Candidate, candidates
from dasdsl.search.checkpoint import read_state, write_state
from dasdsl.search.events import Event
from dasdsl.search.interrupts import Interrupted
from dasdsl.search.loop import Trainer
from dasdsl.search.moves.moments import Moments, moments
from dasdsl.search.moves.move import Move
from dasdsl.search.moves.snapshot import Snapshot
from dasdsl.search.polishing.journal import Journal
from dasdsl.search.polishing.judge import Judge
from dasdsl.search.polishing.polish import polish_
from dasdsl.search.problems import broken

SEEN = 1024
"""Training samples that moments are measured on: a layer behind `flatten` reads hundreds of features."""
LOOKED_AT = 16
"""Candidates whose error is measured before any of them is trained."""
STAGES = ("settle", "shave", "choose", "finish", "done")


class Budget:
    """Brings a decided network down, or up, to a limit."""

    def __init__(
        self, trainer: Trainer, model: CompositeModel, limit: Limit, plan: Plan, states: Path | None = None
    ) -> None:
        self.trainer, self.model, self.limit, self.plan, self.states = trainer, model, limit, plan, states
        self.judge = Judge.of(trainer, self.cut().model)
        self.smallest, self.journal = least(model.program, limit), Journal.beside(states)
        self.progress = Progress(plan.rungs)
        self.counts = Counts(model.program)
        self.best: Snapshot | None = None
        self.ready: list[Candidate] | None = None
        self.said, self.error = 0, math.inf

    def run(self) -> Progress:
        """All of it, or what is left of it; the model is then the best network that keeps the limit.

        Raises: Interrupted where a stop was asked for; what was reached before is saved.
        """
        self._restore()
        try:
            while self.progress.stage != "done":
                self._do_next()
                self._save()
        except Interrupted:
            self.journal.write_()
            raise
        assert self.best is not None
        self.best.restore_(self.model)
        return self.progress

    def _do_next(self) -> None:
        match self.progress.stage:
            case "settle":
                self._settle()
            case "shave":
                self._shave()
            case "choose":
                self._choose()
            case _:
                self._finish()

    @property
    def cost(self) -> Cost:
        """What the network costs that is shaved."""
        return count(self.model.program, self.model.outcomes())

    def cut(self) -> Cut:
        """The network that is shaved, cut down; what a last resort has left without any weights is made anew."""
        try:
            return Cut.of(self.model)
        except Collapsed:
            mend_(self.model, self.trainer.settings.seed)
            return Cut.of(self.model)

    # ---- stages ------------------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Train without penalties."""
        self._train("settle", self.plan.settle)
        self.progress.stage = "shave"

    def _shave(self) -> None:
        """One rung: moves in the order of what they cost for what they save, then a short training."""
        progress = self.progress
        if progress.left <= 1:
            progress.stage = "choose"
            return
        target = self.limit.rung(self.cost, progress.left)
        found = self._moments()
        shaving = self._shaving(target, found)
        steps = shaving.walk(self.model.outcomes(), self.smallest, capped=True)
        for step in steps:
            step.move.apply_(self.model, found)
            progress.shaved.append(step.move.label)
        self.cut().put_back_()
        progress.left -= 1
        self._train(f"shave/{progress.left}", self.plan.rung)

    def _choose(self) -> None:
        """Train the next candidate, and keep it if it is the best so far."""
        progress = self.progress
        chosen = self._candidates()
        progress.found = len(chosen)
        before = Snapshot.of(self.model)
        candidate = chosen[progress.tried]
        self._make(candidate.moves)
        progress.tried += 1
        error = self._train(f"choose/{progress.tried}", self.plan.candidate)
        if self.best is None or progress.error is None or error < progress.error:
            self.best, progress.error = Snapshot.of(self.model), error
            progress.chosen = [move.label for move in candidate.moves]
        before.restore_(self.model)
        if progress.tried >= min(len(chosen), RETRAINED):
            progress.stage = "finish"

    def _finish(self) -> None:
        """Train the best candidate on: candidates are told apart by short trainings, but one is left to be good."""
        assert self.best is not None
        self.best.restore_(self.model)
        error = self._train("finish", self.plan.finish)
        if self.progress.error is None or error < self.progress.error:
            self.best, self.progress.error = Snapshot.of(self.model), error
        self.progress.stage = "done"

    def _candidates(self) -> list[Candidate]:
        """What keeps the limit and nearly reaches it, from where the shaving stands; the least error first."""
        if self.ready is None:
            found = self._moments()
            outcomes, cost = self.model.outcomes(), self.cost
            shaving = self._shaving(self.limit, found)
            path = [] if self.limit.met(cost) else shaving.walk(outcomes, self.smallest, capped=False)
            start = Candidate((), 0.0, outcomes, cost)
            likely = candidates(self.counts, self.limit, start, path, shaving.loss)[:LOOKED_AT]
            self.ready = self._measured(likely)
        return self.ready

    def _measured(self, likely: Sequence[Candidate]) -> list[Candidate]:
        """In the order of their errors before any training."""
        if len(likely) < 2:
            return list(likely)
        before = Snapshot.of(self.model)
        errors: list[float] = []
        for one in likely:
            self.trainer.check()
            self._make(one.moves)
            errors.append(self.judge.error(self.cut().model))
            before.restore_(self.model)
        return [likely[index] for index in sorted(range(len(likely)), key=errors.__getitem__)]

    # ---- what stages are made of -------------------------------------------------------------------------------------

    def _shaving(self, target: Limit, found: Moments) -> Shaving:
        """A walk whose losses are guessed, and for the moves that look best measured."""
        losses = Losses(self.cut(), self.judge, found, min(len(self.trainer.train), SEEN))
        shaving = Shaving(self.counts, losses.of, target)
        ranked = shaving.ranked(self.model.outcomes(), self.cost)
        losses.measure_([move for _, move in ranked], self.plan.measured)
        return shaving

    def _moments(self) -> Moments:
        trainer = self.trainer
        seen = torch.arange(min(len(trainer.train), SEEN))
        return moments(self.cut(), [trainer.data.batch(trainer.train, part)[0] for part in seen.split(256)])

    def _make(self, moves: Sequence[Move]) -> None:
        found = self._moments()
        for move in moves:
            move.apply_(self.model, found)
        self.cut().put_back_()

    def _train(self, name: str, steps: int) -> float:
        """Train what is left; as it was where it diverges. Returns its error."""
        self.error = self._trained(name, steps)
        return self.error

    def _trained(self, name: str, steps: int) -> float:
        before = Snapshot.of(self.model)
        cut = self.cut()
        self.progress.steps += polish_(
            self.trainer,
            cut.model,
            f"budget/{name}",
            steps,
            self.plan.rate,
            soap=False,
            phase="shave",
            place=self.journal.next_(),
        )
        error = self.judge.error(cut.model)
        if not math.isfinite(error):
            before.restore_(self.model)
            return self.judge.error(self.cut().model)
        cut.put_back_()
        return error

    # ---- states ------------------------------------------------------------------------------------------------------

    def _save(self) -> None:
        progress = self.progress
        self._tell()
        if self.states is None:
            return
        standing = Standing(progress, Snapshot.of(self.model), self.best)
        number = len(progress.shaved) + progress.tried + (self.plan.rungs - progress.left)
        write_state(self.states, number + STAGES.index(progress.stage), standing.state())
        self.journal.begin_(progress.steps)

    def _tell(self) -> None:
        """Where it stands; facts where it has got further, so that each step has one line in the log."""
        steps, best = self.progress.steps, self.best
        facts: dict[str, object] = {}
        if steps > self.said:
            self.said = steps
            outcomes = self.model.outcomes() if best is None else best.outcomes
            cost = count(self.model.program, outcomes)
            facts = {"params": cost.params, "macs": cost.macs, "loss": self.error}
        whole = steps if self.progress.stage == "done" else self.plan.most
        self.trainer.listener(Event("shave", steps, whole, facts))

    def _restore(self) -> None:
        states = self.states
        if states is None:
            return
        state, damaged = ranks.first(lambda: read_state(states))
        self.trainer.warn("shave", *damaged)
        if state is None:
            return
        try:
            standing = Standing.of(state)
            standing.model.restore_(self.model)
        except (RuntimeError, LookupError, ValueError, TypeError):
            raise broken(str(states), "its state is that of another network") from None
        self.progress, self.best = standing.progress, standing.best
        self.journal.go_on_(self.progress.steps)
        self.said = self.progress.steps
