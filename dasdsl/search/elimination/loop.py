"""The loop: try the move that costs least, train briefly, keep it or go back; then grow, and do it again.

Everything happens on the network cut down to what is left of it, so a step costs what the found network costs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path

from torch import Tensor

from dasdsl.ir.liveness import Collapsed
from dasdsl.lowering.composite import CompositeModel
from dasdsl.lowering.settling import decide_
from dasdsl.search import ranks
from dasdsl.search.checkpoint import State, read_state, write_state
from dasdsl.search.elimination.attempts import FAR, MARGIN
from dasdsl.search.elimination.growth import grow_
from dasdsl.search.elimination.plan import Plan
from dasdsl.search.elimination.readings import by_all
from dasdsl.search.elimination.refitting import DOUBTED, STARTS
from dasdsl.search.elimination.sounding import Soundings
from dasdsl.search.elimination.state import Progress
from dasdsl.search.elimination.workpiece import Ranked, Workpiece
from dasdsl.search.events import Event
from dasdsl.search.interrupts import Interrupted
from dasdsl.search.loop import Trainer
from dasdsl.search.moves.snapshot import Snapshot, outcomes_of
from dasdsl.search.polishing.journal import Journal
from dasdsl.search.problems import broken

WIDE, LIGHTER = "with spare channels/", "lighter, with spare channels/"
"""What the names of the tensors of networks with spare channels begin with in a state."""
MORE = (2, 4)
"""How many channels come back in each place at the first growth in a row that brings nothing, at the second, …"""
FITS = 3
"""How often in a row better weights are looked for with spare channels."""
MUCH = 0.5
"""To so little of itself the error has to fall that they are looked for once more, and failed moves tried again."""
REFITTED = 3
"""How many of the moves that failed are tried with spare channels too."""


class Elimination(Soundings):
    """Takes out of a decided network what it does not need, and gives it back what it lacks."""

    def __init__(
        self,
        trainer: Trainer,
        model: CompositeModel,
        plan: Plan,
        states: Path | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        super().__init__(Workpiece(trainer, model), plan, say)
        self.states = states
        self.piece.journal = Journal.beside(states)
        self.said = -1

    def run(self) -> Progress:
        """All of it, or what is left of it.

        Raises: Interrupted where a stop was asked for; what was reached before is saved.
        """
        self._restore()
        try:
            while self.progress.stage != "done":
                self._do_next()
                self._save()
        except Interrupted:
            self.piece.journal.write_()
            raise
        return self.progress

    def _do_next(self) -> None:
        stage = self.progress.stage
        if stage == "settle":
            self._settle()
        elif stage == "sound":
            self._sound()
        elif self.progress.steps >= self.plan.most:
            self._exhaust()
        elif stage in ("fit", "better"):
            self._fit()
        elif stage == "again":
            self._again()
        elif stage == "eliminate":
            self._eliminate()
        elif stage == "grow":
            self._grow()
        elif stage == "refit":
            self._refit()
        else:
            self._exchange()

    @property
    def _step(self) -> int:
        """What is told of how far it is."""
        return min(self.progress.steps, self.plan.most)

    def _exhaust(self) -> None:
        """The end, with moves left that nobody knows of whether they would have failed, or without."""
        progress = self.progress
        if progress.stage in ("fit", "eliminate"):
            progress.untried = self.ranking is None or bool(self._best())
        progress.stage, progress.exhausted = "done", True

    # ---- stages ------------------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Train without penalties."""
        before = self.piece.kept()
        if math.isinf(self._train("settle", self.plan.settle, self.plan.rate)):
            self.piece.undo_(before)
        self.progress.stage = "sound"

    def _fit(self) -> None:
        """Look for better weights with spare channels, as long as they are much better; then go on from them.

        What is far from fitted is stuck: the first look begins with fresh weights, those after it with what is there.
        """
        progress, piece = self.progress, self.piece
        if progress.stage == "better" and progress.looked == len(progress.kept):
            # nothing has changed since the last look
            progress.stage = "again"
            return
        error, before, refitted = piece.error(), piece.kept(), None
        fresh = not progress.fits and self._unfitted(error)
        if fresh:
            # who read which was decided with weights that are stuck
            decide_(piece.model, by_all(piece.model.program, before.outcomes))
            piece.recut_()
        if progress.fits < FITS and self.judge.allowed(0.0) < error:
            refitted = self._refitted(error, starts=self._starts() if fresh else ())
        if refitted is not None:
            how = "with spare channels and fresh weights" if fresh else "with spare channels"
            if self.judge.allowed(refitted) < error:
                self.say(f"{how}: {error:.5f} -> {refitted:.5f}")
                progress.error = min(progress.error, refitted)
                progress.fitted = progress.fitted or refitted < MUCH * error
            else:
                self.say(f"{how}: {refitted:.5f}, no better than {error:.5f}")
                piece.undo_(before)
            more = self._unfitted(min(refitted, error)) if fresh else refitted < MUCH * error
            if more and not (self.plan.doubted and progress.stage == "fit"):
                progress.fits += 1
                return
        elif fresh:
            piece.undo_(before)
        if progress.stage == "fit":
            progress.stage = "eliminate"
        elif progress.fitted:
            self._go_on()
        else:
            progress.stage = "again"
        progress.fits, progress.fitted, progress.looked = 0, False, len(progress.kept)

    def _starts(self) -> tuple[float, ...]:
        """The rates of fresh weights: until something is known from a start, what trials told may be far too low."""
        return DOUBTED if self.plan.doubted and not self.progress.refits else STARTS

    def _again(self) -> None:
        """Try the best of the moves that failed again, and look for weights with spare channels."""
        progress, piece = self.progress, self.piece
        tried = zip(progress.errors, progress.failed, strict=True)
        left = sorted((error, label) for error, label in tried if label not in progress.refitted)
        if not left or len(progress.refitted) >= REFITTED:
            progress.stage = "grow"
            return
        (failed, label), error = left[0], None
        before = piece.kept()
        progress.refitted.append(label)
        with suppress(Collapsed):
            piece.apply_([label], piece.moments())
            fresh = self._leads_far(label) and self._unfitted(failed)
            error = self._refitted(self._promising(), starts=STARTS[: int(fresh)])
        if error is not None and error <= self.judge.allowed(progress.error):
            progress.error = min(progress.error, error)
            self._keep([label], error)
            self._go_on()
            return
        piece.undo_(before)
        if error is not None:
            self.say(f"{label}, with spare channels: {error:.5f}, undone")
            number = progress.failed.index(label)
            progress.errors[number] = min(progress.errors[number], error)

    def _eliminate(self) -> None:
        """Shed what costs nothing; where nothing does, try the moves that cost least."""
        progress, piece = self.progress, self.piece
        if self.ranking is None and self._shed():
            return
        best = self._best()
        if not best:
            progress.stage = "better"
            return
        before, labels = piece.kept(), [one.label for one in best]
        progress.tried += 1
        error = self._tried(best)
        if error <= self.judge.allowed(progress.error):
            self._keep(labels, error)
            return
        self.say(f"{', '.join(labels)}: {error:.5f}, undone")
        if len(labels) > 1:
            progress.together = len(labels) // 2
        else:
            progress.failed += labels
            progress.errors.append(error)
        piece.undo_(before)

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
            progress.looked = -1
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
        if math.isfinite(error) and self.judge.allowed(error) >= now:
            refitted = self._refitted(self._promising(), starts=STARTS[: int(self._unfitted(error))])
            error = error if refitted is None else min(error, refitted)
        if self.judge.allowed(error) < now:
            self.say(f"{best.label}: {now:.5f} -> {error:.5f}")
            progress.kept.append(best.label)
            self._go_on()
            return
        self.say(f"{best.label}: {error:.5f}, undone")
        progress.exchanged.append(best.label)
        piece.undo_(before)

    # ---- states ------------------------------------------------------------------------------------------------------

    def _save(self) -> None:
        progress, cost = self.progress, self.piece.cut.cost
        progress.steps = math.ceil(self.piece.work)
        # the best error may be a better one by now than where a move failed
        progress.margins = [self._margin(error) for error in progress.errors]
        facts = {"params": cost.params, "macs": cost.macs, "loss": progress.error}
        whole = self._step if progress.stage == "done" else self.plan.most
        self.trainer.listener(Event("eliminate", self._step, whole, facts, again=self._step == self.said))
        self.said = self._step
        if self.states is None:
            return
        snapshot = self.piece.kept()
        ranking = None if self.ranking is None else [astuple(one) for one in self.ranking]
        saved = {
            "progress": progress.facts(),
            "outcomes": snapshot.outcomes,
            "work": self.piece.work,
            "pace": self.piece.pace,
            "ranking": ranking,
        }
        number = progress.tried + progress.growths + progress.refits + len(progress.kept)
        extra = {WIDE: self.wide or {}, LIGHTER: self.lighter or {}}
        wide = {key + name: tensor for key, part in extra.items() for name, tensor in part.items()}
        write_state(self.states, number, State(snapshot.tensors | wide, saved))
        self.piece.journal.begin_(self.piece.work)

    def _restore(self) -> None:
        states = self.states
        if states is None:
            return
        state, damaged = ranks.first(lambda: read_state(states))
        self.trainer.warn("eliminate", *damaged)
        if state is None:
            return
        try:
            self.wide, self.lighter = (_part(state.tensors, key) for key in (WIDE, LIGHTER))
            self.piece.undo_(Snapshot(outcomes_of(state.facts["outcomes"]), state.tensors))
            self.progress = Progress.of(state.facts["progress"])
            self.piece.work, self.piece.pace = float(state.facts["work"]), float(state.facts.get("pace", 1.0))
            self.piece.journal.go_on_(self.piece.work)
            self.said = self._step
            ranking = state.facts["ranking"]
            self.ranking = None if ranking is None else [Ranked(*one) for one in ranking]
        except (RuntimeError, LookupError, ValueError, TypeError):
            raise broken(str(states), "its state is that of another network") from None


def _part(tensors: dict[str, Tensor], key: str) -> dict[str, Tensor] | None:
    """Take the tensors out whose names begin so; None where there are none."""
    names = [name for name in tensors if name.startswith(key)]
    return {name.removeprefix(key): tensors.pop(name) for name in names} or None
