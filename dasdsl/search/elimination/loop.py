"""The loop: try the move that costs least, train briefly, keep it or go back; then grow, and do it again.

Everything happens on the network cut down to what is left of it, so a step costs what the found network costs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dasdsl.inverse.cutting import Cut
from dasdsl.ir.closing import close
from dasdsl.ir.liveness import Collapsed
from dasdsl.lowering.composite import CompositeModel
from dasdsl.operations.core.decisions import Outcomes
from dasdsl.operations.core.operation import Cost
from dasdsl.search import ranks
from dasdsl.search.checkpoint import State, read_state, write_state
from dasdsl.search.elimination.channels import drops
from dasdsl.search.elimination.growth import grow_
from dasdsl.search.elimination.judge import Judge
from dasdsl.search.elimination.moments import Moments, moments
from dasdsl.search.elimination.moves import Move
from dasdsl.search.elimination.polish import polish_
from dasdsl.search.elimination.ranking import first
from dasdsl.search.elimination.sides import shrinks
from dasdsl.search.elimination.state import Progress, Snapshot, outcomes_of
from dasdsl.search.elimination.switches import switches
from dasdsl.search.events import Event
from dasdsl.search.loop import Trainer
from dasdsl.search.problems import broken
from dasdsl.search.settings import Settings

FAILURES = 4
"""Moves in a row that fail before an architecture counts as one that needs all it has."""
MORE = (2, 4)
"""How many channels come back in each place at the first growth in a row that brings nothing, at the second, …"""
FEWEST = 300
"""Steps of a search after which anything has settled."""
MARGIN = 1e6
"""By how much a move that diverges counts as failed."""
SEEN = 128
"""Samples that moments are measured on."""


@dataclass(frozen=True)
class Plan:
    """How long trainings are, in steps: after the clamp, of a move, of a growth, at most of all; and their rate."""

    settle: int
    move: int
    growth: int
    most: int
    rate: float

    @classmethod
    def of(cls, settings: Settings, steps: int) -> Plan:
        """After a search of so many steps: a quarter of it to settle, a tenth for a move, three tenths for a growth.

        After a trial of a few steps there is nothing to eliminate from: all is 0.
        """
        if steps < FEWEST:
            return cls(0, 0, 0, 0, 0.0)
        return cls(
            settle=math.ceil(steps / 4),
            move=math.ceil(steps / 10),
            growth=math.ceil(3 * steps / 10),
            most=math.ceil((settings.elimination or 0.0) * steps),
            rate=settings.learning_rate / 4,
        )


@dataclass(frozen=True)
class Ranked:
    """A move, and the error right after it."""

    error: float
    move: Move


class Elimination:
    """Takes out of a decided network what it does not need, and gives it back what it lacks."""

    def __init__(
        self,
        trainer: Trainer,
        model: CompositeModel,
        plan: Plan,
        states: Path | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.trainer, self.model, self.plan, self.states, self.say = trainer, model, plan, states, say
        self.judge = Judge.of(trainer)
        self.cut = Cut.of(model)
        self.ranking: list[Ranked] | None = None
        self.progress = Progress(self.judge.error(self.cut.model))

    def run(self) -> Progress:
        """All of it, or what is left of it.

        Raises: Interrupted where a stop was asked for; what was reached before is saved.
        """
        self._restore()
        progress = self.progress
        while progress.stage != "done":
            if progress.stage == "settle":
                self._settle()
            elif progress.steps >= self.plan.most:
                progress.stage = "done"
            elif progress.stage == "eliminate":
                self._eliminate()
            else:
                self._grow()
            self._save()
        return progress

    # ---- stages ------------------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Train without penalties."""
        before = Snapshot.of(self.model)
        if math.isinf(self.train_("settle", self.plan.settle, self.plan.rate)):
            before.restore_(self.model)
            self.cut = Cut.of(self.model)
        self.progress.stage = "eliminate"

    def _eliminate(self) -> None:
        """Shed what costs nothing, then try the move that costs least."""
        progress = self.progress
        ranked = self._shed()
        if not ranked or len(progress.failed) >= FAILURES:
            progress.stage = "grow"
            return
        before, best = Snapshot.of(self.model), ranked[0]
        progress.tried += 1
        self.apply_(best.move, self.moments())
        error = self.train_(f"eliminate/{progress.tried}", self.plan.move, self.plan.rate, good_enough=True)
        allowed = self.judge.allowed(progress.error)
        if error <= allowed:
            self.ranking = None
            self._keep(best.move, error)
            return
        self.say(f"{best.move.label}: {best.error:.5f} -> {error:.5f}, undone")
        progress.failed.append(best.move.label)
        progress.margins.append(min((error - progress.error) / max(allowed - progress.error, 1e-30), MARGIN))
        before.restore_(self.model)
        self.cut = Cut.of(self.model)

    def _grow(self) -> None:
        """Train on, then with a little more of everything: where that is better by more than the tolerance, go on."""
        progress = self.progress
        error = self.judge.error(self.cut.model)
        if self.judge.allowed(0.0) >= error:
            # nothing could be better by more than the tolerance
            progress.stage = "done"
            return
        progress.growths += 1
        trained = self._trained_on(error)
        before = Snapshot.of(self.model)
        if self.judge.allowed(trained) < error:
            self._go_on()
            return
        name = f"grow/{progress.growths}"
        if not grow_(self.model, self.trainer, name, MORE[progress.barren]):
            progress.stage = "done"
            return
        self.cut = Cut.of(self.model)
        grown = self.train_(name, self.plan.growth, self.plan.rate * (2 if progress.barren == 0 else 1))
        better = self.judge.allowed(grown) < trained
        self.say(f"grown: {trained:.5f} -> {grown:.5f}, {'better' if better else 'no better'}")
        if better:
            self._go_on()
            return
        progress.barren += 1
        before.restore_(self.model)
        self.cut = Cut.of(self.model)
        progress.error = min(trained, progress.error)
        if progress.barren >= len(MORE):
            progress.stage = "done"

    def _trained_on(self, error: float) -> float:
        """The error after a training as long as a growth's, to which a growth is compared; kept where it is lower."""
        before = Snapshot.of(self.model)
        trained = self.train_(f"on/{self.progress.growths}", self.plan.growth, self.plan.rate)
        if trained <= error:
            return trained
        before.restore_(self.model)
        self.cut = Cut.of(self.model)
        return error

    def _go_on(self) -> None:
        self.ranking = None
        self.progress.barren, self.progress.stage = 0, "eliminate"
        self.progress.failed, self.progress.margins = [], []

    # ---- moves -------------------------------------------------------------------------------------------------------

    def _shed(self) -> list[Ranked]:
        """Make all moves that need no training; returns the others, the one that costs least first."""
        while self.ranking is None:
            ranked = self.ranked()
            allowed = self.judge.allowed(self.progress.error)
            free = [one for one in ranked if one.error <= allowed]
            found = self.moments()
            taken = [self._take(one.move.label, allowed, found) for one in free]
            if not any(taken):
                self.ranking = ranked
        return [one for one in self.ranking if one.move.label not in self.progress.failed]

    def _take(self, label: str, allowed: float, found: Moments) -> bool:
        """Make a move, as it is by now, if it still costs nothing."""
        before = Snapshot.of(self.model)
        move = next((one for one in self._moves(before.outcomes) if one.label == label), None)
        if move is None or not self._cheaper(move):
            return False
        self.apply_(move, found)
        error = self.judge.error(self.cut.model)
        if error <= allowed:
            self._keep(move, error)
            return True
        before.restore_(self.model)
        self.cut = Cut.of(self.model)
        return False

    def _keep(self, move: Move, error: float) -> None:
        self.say(f"{move.label}: {error:.5f}")
        self.progress.kept.append(move.label)
        self.progress.failed, self.progress.margins = [], []

    def ranked(self) -> list[Ranked]:
        """The moves that may be made, with how good each is; of very many only those that look best."""
        before = Snapshot.of(self.model)
        found = self.moments()
        out: list[Ranked] = []
        moves = [one for one in self._moves(before.outcomes) if self._cheaper(one)]
        for move in first(self.cut, self.judge, found, moves):
            self.trainer.check()
            move.apply_(self.model, found)
            with suppress(Collapsed):
                out.append(Ranked(self.judge.error(Cut.of(self.model).model), move))
            before.restore_(self.model)
        return sorted(out, key=lambda one: one.error)

    def moments(self) -> Moments:
        """What the layers read now."""
        return moments(self.cut, [self.judge.inputs[0][:SEEN]])

    def apply_(self, move: Move, found: Moments) -> None:
        """Make a move."""
        self.trainer.check()
        move.apply_(self.model, found)
        self.cut = Cut.of(self.model)
        self.cut.put_back_()

    def _moves(self, outcomes: Outcomes) -> Iterator[Move]:
        yield from drops(self.model.program, outcomes)
        yield from shrinks(self.model.program, outcomes)
        yield from switches(self.model.program, outcomes)

    def _cheaper(self, move: Move) -> bool:
        """Whether the network is smaller afterwards, and still one."""
        try:
            after, now = close(self.model.program, move.after(self.model.outcomes())).cost, self.cut.cost
        except Collapsed:
            return False
        return smaller(after, now)

    def train_(self, name: str, steps: int, rate: float, *, good_enough: bool = False) -> float:
        """Train what is left; returns its error, infinite where it diverged."""

        def enough() -> bool:
            return self.judge.error(self.cut.model) <= self.judge.allowed(self.progress.error)

        if not good_enough or not enough():
            made = polish_(self.trainer, self.cut.model, name, steps, rate, enough if good_enough else None)
            self.progress.steps += made
        self.cut.put_back_()
        error = self.judge.error(self.cut.model)
        if not math.isfinite(error):
            return math.inf
        self.progress.error = min(self.progress.error, error)
        return error

    # ---- states ------------------------------------------------------------------------------------------------------

    def _save(self) -> None:
        progress = self.progress
        listener = self.trainer.listener
        listener(Event("eliminate", min(progress.steps, self.plan.most), self.plan.most))
        if self.states is None:
            return
        snapshot = Snapshot.of(self.model)
        facts = {"progress": progress.facts(), "outcomes": snapshot.outcomes}
        number = progress.tried + progress.growths + len(progress.kept)
        write_state(self.states, number, State(snapshot.tensors, facts))

    def _restore(self) -> None:
        states = self.states
        if states is None:
            return
        state, damaged = ranks.first(lambda: read_state(states))
        self.trainer.warn("eliminate", *damaged)
        if state is None:
            return
        try:
            Snapshot(outcomes_of(state.facts["outcomes"]), state.tensors).restore_(self.model)
            self.progress = Progress.of(state.facts["progress"])
        except (RuntimeError, LookupError, ValueError, TypeError):
            raise broken(str(self.states), "its state is that of another network") from None
        self.cut = Cut.of(self.model)


def smaller(one: Cost, other: Cost) -> bool:
    """Whether one costs less than the other in something, and nowhere more."""
    return one != other and one.params <= other.params and one.macs <= other.macs
