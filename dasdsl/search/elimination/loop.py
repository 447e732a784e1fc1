"""The loop: try the move that costs least, train briefly, keep it or go back; then grow, and do it again.

Everything happens on the network cut down to what is left of it, so a step costs what the found network costs.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path

from dasdsl.ir.liveness import Collapsed
from dasdsl.lowering.composite import CompositeModel
from dasdsl.search import ranks
from dasdsl.search.checkpoint import State, read_state, write_state
from dasdsl.search.elimination.growth import grow_
from dasdsl.search.elimination.plan import Plan
from dasdsl.search.elimination.state import TOGETHER, Progress, Snapshot, outcomes_of
from dasdsl.search.elimination.workpiece import Ranked, Workpiece
from dasdsl.search.events import Event
from dasdsl.search.loop import Trainer
from dasdsl.search.problems import broken

FAILURES = 4
"""Moves in a row that fail before an architecture counts as one that needs all it has."""
FAR_FAILURES = 12
"""The same of moves that lead far: how good the network is right after one says little of how good it will be."""
OF_SO_MANY = 12
"""Of so many moves one is tried, and of very many several at once."""
FAR = 4
"""How much higher the learning rate is after a move that leads far; the training is as long as that of a growth."""
MORE = (2, 4)
"""How many channels come back in each place at the first growth in a row that brings nothing, at the second, …"""
MARGIN = 1e6
"""By how much a move or a growth that diverges counts as failed."""


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
        self.trainer, self.plan, self.states, self.say = trainer, plan, states, say
        self.piece = Workpiece(trainer, model)
        self.judge = self.piece.judge
        self.ranking: list[Ranked] | None = None
        self.progress = Progress(self.piece.error())

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
                progress.stage, progress.exhausted = "done", True
            elif progress.stage == "eliminate":
                self._eliminate()
            elif progress.stage == "grow":
                self._grow()
            elif progress.stage == "refit":
                self._refit()
            else:
                self._exchange()
            self._save()
        return progress

    # ---- stages ------------------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Train without penalties."""
        before = self.piece.kept()
        if math.isinf(self._train("settle", self.plan.settle, self.plan.rate)):
            self.piece.undo_(before)
        self.progress.stage = "eliminate"

    def _eliminate(self) -> None:
        """Shed what costs nothing; where nothing does, try the moves that cost least."""
        progress, piece = self.progress, self.piece
        if self.ranking is None and self._shed():
            return
        best = self._best()
        if not best:
            progress.stage = "grow"
            return
        before, labels = piece.kept(), [one.label for one in best]
        progress.tried += 1
        error = self._tried(best)
        allowed = self.judge.allowed(progress.error)
        if error <= allowed:
            self._keep(labels, error)
            return
        self.say(f"{', '.join(labels)}: {error:.5f}, undone")
        if len(labels) > 1:
            progress.together = len(labels) // 2
        else:
            progress.failed += labels
            progress.margins.append(min((error - progress.error) / max(allowed - progress.error, 1e-30), MARGIN))
        piece.undo_(before)

    def _tried(self, best: Sequence[Ranked]) -> float:
        """The error after these moves and a training; infinite where nothing is left."""
        try:
            self.piece.apply_([one.label for one in best], self.piece.moments())
        except Collapsed:
            return math.inf
        plan = self.plan
        steps, rate = (plan.growth, FAR * plan.rate) if best[0].far else (plan.move, plan.rate)
        return self._train(
            f"eliminate/{self.progress.tried}", steps, rate, good_enough=self.progress.stage == "eliminate"
        )

    def _grow(self) -> None:
        """Train on, then with a little more of everything: where that is better by more than the tolerance, go on."""
        progress, piece = self.progress, self.piece
        error = piece.error()
        if self.judge.allowed(0.0) >= error:
            # nothing could be better by more than the tolerance
            progress.stage = "done"
            return
        progress.growths += 1
        trained = self._trained_on("on", error, self.plan.rate)
        before = piece.kept()
        if self.judge.allowed(trained) < error:
            self._go_on()
            return
        name = f"grow/{progress.growths}"
        if not grow_(piece.model, self.trainer, name, MORE[progress.barren]):
            progress.stage = "refit"
            return
        piece.recut_()
        grown = self._train(name, self.plan.growth, self.plan.rate * (2 if progress.barren == 0 else 1))
        better = self.judge.allowed(grown) < trained
        self.say(f"grown: {trained:.5f} -> {grown:.5f}, {'better' if better else 'no better'}")
        if better:
            self._go_on()
            return
        progress.barren += 1
        progress.grown.append(min(grown / max(trained, 1e-30), MARGIN))
        piece.undo_(before)
        progress.error = min(trained, progress.error)
        if progress.barren >= len(MORE):
            progress.stage = "refit"

    def _refit(self) -> None:
        """Train as after an exchange, where there may be one: what the high rate alone mends is not its merit."""
        self.ranking = self.piece.exchanges()
        if self.ranking:
            self._trained_on("refit", self.piece.error(), FAR * self.plan.rate)
        self.progress.stage = "exchange"

    def _exchange(self) -> None:
        """Try another option that costs as much or more; where that is better by more than the tolerance, go on."""
        progress, piece = self.progress, self.piece
        best = self._far(self.ranking or [])
        if best is None:
            progress.stage = "done"
            return
        before, now = piece.kept(), piece.error()
        progress.tried += 1
        error = self._tried([best])
        if self.judge.allowed(error) < now:
            self.say(f"{best.label}: {now:.5f} -> {error:.5f}")
            progress.kept.append(best.label)
            self._go_on()
            return
        self.say(f"{best.label}: {error:.5f}, undone")
        progress.failed.append(best.label)
        piece.undo_(before)

    def _trained_on(self, name: str, error: float, rate: float) -> float:
        """The error after a training as long as a growth's, to which one is compared; kept where it is lower."""
        before = self.piece.kept()
        trained = self._train(f"{name}/{self.progress.growths}", self.plan.growth, rate)
        if trained <= error:
            return trained
        self.piece.undo_(before)
        return error

    def _go_on(self) -> None:
        self.ranking = None
        self.progress.barren, self.progress.stage = 0, "eliminate"
        self.progress.together = TOGETHER
        self.progress.failed, self.progress.margins, self.progress.grown = [], [], []

    # ---- moves -------------------------------------------------------------------------------------------------------

    def _best(self) -> list[Ranked]:
        """The moves to try: those that cost least, of very many several; else one that leads far."""
        ranking = self.ranking or []
        near = [one for one in ranking if not one.far]
        left = self._left(near)
        if left and len(near) - len(left) < FAILURES:
            return left[: max(min(self.progress.together, len(near) // OF_SO_MANY), 1)]
        far = self._far([one for one in ranking if one.far])
        return [] if far is None else [far]

    def _far(self, ranking: Sequence[Ranked]) -> Ranked | None:
        """The best of the decisions of which fewest options have failed."""
        left, tried = self._left(ranking), set(self.progress.failed)
        failed = Counter(one.of for one in ranking if one.label in tried)
        if failed.total() >= FAR_FAILURES:
            return None
        return min(left, key=lambda one: failed[one.of], default=None)

    def _left(self, ranking: Sequence[Ranked]) -> list[Ranked]:
        failed = set(self.progress.failed)
        return [one for one in ranking if one.label not in failed]

    def _shed(self) -> bool:
        """Rank all moves, and make those that need no training, the best trade first; whether there were any."""
        self.ranking = self.piece.ranked()
        allowed, now = self.judge.allowed(self.progress.error), self.piece.loss()
        free = sorted((one for one in self.ranking if one.loss <= allowed), key=lambda one: one.price(now))
        return self._take([one.label for one in free], allowed)

    def _take(self, labels: Sequence[str], allowed: float) -> bool:
        """Make as many of these moves as together cost nothing, up to the first that does; whether any."""
        taken, size = 0, len(labels)
        while taken < len(labels) and size:
            if self._taken(labels[taken : taken + size], allowed):
                taken += size
            else:
                size //= 2
        return taken > 0

    def _taken(self, labels: Sequence[str], allowed: float) -> bool:
        """Make all of these moves, if that costs nothing."""
        before, error = self.piece.kept(), math.inf
        made: list[str] = []
        with suppress(Collapsed):
            made = self.piece.apply_(labels, self.piece.moments())
            error = self.piece.error()
        if error <= allowed and made:
            self._keep(made, error)
            return True
        self.piece.undo_(before)
        return False

    def _keep(self, labels: Sequence[str], error: float) -> None:
        self.say(f"{', '.join(labels)}: {error:.5f}")
        self.ranking = None
        self.progress.kept.extend(labels)
        self.progress.failed, self.progress.margins = [], []

    def _train(self, name: str, steps: int, rate: float, *, good_enough: bool = False) -> float:
        """Train what is left; returns its error, infinite where it diverged."""

        def enough() -> bool:
            return self.piece.error() <= self.judge.allowed(self.progress.error)

        if good_enough and enough():
            return self.piece.error()
        error = self.piece.train_(name, steps, rate, enough if good_enough else None)
        self.progress.error = min(self.progress.error, error)
        return error

    # ---- states ------------------------------------------------------------------------------------------------------

    def _save(self) -> None:
        progress, cost = self.progress, self.piece.cut.cost
        progress.steps = math.ceil(self.piece.work)
        facts = {"params": cost.params, "macs": cost.macs, "loss": progress.error}
        self.trainer.listener(Event("eliminate", min(progress.steps, self.plan.most), self.plan.most, facts))
        if self.states is None:
            return
        snapshot = self.piece.kept()
        ranking = None if self.ranking is None else [astuple(one) for one in self.ranking]
        saved = {
            "progress": progress.facts(),
            "outcomes": snapshot.outcomes,
            "work": self.piece.work,
            "ranking": ranking,
        }
        number = progress.tried + progress.growths + len(progress.kept)
        write_state(self.states, number, State(snapshot.tensors, saved))

    def _restore(self) -> None:
        states = self.states
        if states is None:
            return
        state, damaged = ranks.first(lambda: read_state(states))
        self.trainer.warn("eliminate", *damaged)
        if state is None:
            return
        try:
            self.piece.undo_(Snapshot(outcomes_of(state.facts["outcomes"]), state.tensors))
            self.progress = Progress.of(state.facts["progress"])
            self.piece.work = float(state.facts["work"])
            ranking = state.facts["ranking"]
            self.ranking = None if ranking is None else [Ranked(*one) for one in ranking]
        except (RuntimeError, LookupError, ValueError, TypeError):
            raise broken(str(states), "its state is that of another network") from None
