"""What the stages of an elimination are made of: which moves are tried, how they are made, trained, kept or undone."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress

from dasdsl.ir.liveness import Collapsed
from dasdsl.search.elimination.plan import Plan
from dasdsl.search.elimination.refitting import refit_
from dasdsl.search.elimination.state import TOGETHER, Progress
from dasdsl.search.elimination.workpiece import Ranked, Workpiece
from dasdsl.search.polishing.polish import Until

FAILURES = 4
"""Moves in a row that fail before an architecture counts as one that needs all it has."""
FAR_FAILURES = 12
"""The same of moves that lead far: how good the network is right after one says little of how good it will be."""
OF_SO_MANY = 12
"""Of so many moves one is tried, and of very many several at once."""
FAR = 4
"""How much higher the learning rate is after a move that leads far; the training is as long as that of a growth."""
SPARE = 0.8
"""The part of all steps that may go to looking for better weights with spare channels."""
PROMISING = 0.005
"""What has no more of the error of the best constant prediction with spare channels may be good without them."""
MARGIN = 1e6
"""By how much a move or a growth that diverges counts as failed."""


class Attempts:
    """Moves on a network: ranked, made, trained, and kept or undone."""

    def __init__(self, piece: Workpiece, plan: Plan, say: Callable[[str], None]) -> None:
        self.piece, self.plan, self.say = piece, plan, say
        self.trainer, self.judge = piece.trainer, piece.judge
        self.ranking: list[Ranked] | None = None
        self.progress = Progress(piece.error())

    # ---- which -------------------------------------------------------------------------------------------------------

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
        left, tried = self._left(ranking), {*self.progress.failed, *self.progress.exchanged}
        failed = Counter(one.of for one in ranking if one.label in tried)
        if failed.total() >= FAR_FAILURES:
            return None
        return min(left, key=lambda one: failed[one.of], default=None)

    def _leads_far(self, label: str) -> bool:
        return any(one.far for one in self.ranking or () if one.label == label)

    def _left(self, ranking: Sequence[Ranked]) -> list[Ranked]:
        failed = {*self.progress.failed, *self.progress.exchanged}
        return [one for one in ranking if one.label not in failed]

    # ---- those that need no training ---------------------------------------------------------------------------------

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

    # ---- those that do -----------------------------------------------------------------------------------------------

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

    def _trained_on(self, name: str, error: float, rate: float) -> float:
        """The error after a training as long as a growth's, to which one is compared; kept where it is lower."""
        before = self.piece.kept()
        trained = self._train(f"{name}/{self.progress.growths}", self.plan.growth, rate)
        if trained <= error:
            return trained
        self.piece.undo_(before)
        return error

    def _refitted(self, bound: float, *, starts: Sequence[float] = (), left: float | None = None) -> float | None:
        """The error with weights that were looked for with spare channels; None where that is not to be.

        That is from what is there, or from the best of some `starts`. What is above `bound` before these channels go
        is not followed further. Where that is more work than is `left`, it is not begun.
        """
        progress, before = self.progress, self.piece.work
        name = f"refit/{progress.refits + 1}"
        left = self._left_for_refitting() if left is None else left
        error = refit_(self.piece, name, self.plan, bound, left, starts=starts)
        progress.refitting += self.piece.work - before
        progress.refits += error is not None
        return error

    def _left_for_refitting(self) -> float:
        return SPARE * self.plan.most - self.progress.refitting

    def _unfitted(self, error: float) -> bool:
        """Whether a network may be stuck: its error is not as good as none."""
        return error > self.judge.allowed(0.0)

    def _promising(self) -> float:
        """The error with spare channels up to which it is worth to see what it is without them."""
        return max(self.judge.allowed(self.progress.error), PROMISING * self.trainer.task.scale)

    def _train(self, name: str, steps: int, rate: float, *, good_enough: bool = False) -> float:
        """Train what is left; returns its error, infinite where it diverged."""
        until = Until(good=self.judge.allowed(self.progress.error)) if good_enough else None
        if until is not None and self.piece.error() <= until.good:
            return self.piece.error()
        error = self.piece.train_(name, steps, rate, until)
        self.progress.error = min(self.progress.error, error)
        return error

    # ---- kept or undone ----------------------------------------------------------------------------------------------

    def _keep(self, labels: Sequence[str], error: float) -> None:
        self.say(f"{', '.join(labels)}: {error:.5f}")
        self.ranking = None
        self.progress.kept.extend(labels)
        self._forget()

    def _go_on(self) -> None:
        self.ranking = None
        self.progress.barren, self.progress.stage = 0, "eliminate"
        self.progress.together = TOGETHER
        self.progress.grown = []
        self._forget()

    def _forget(self) -> None:
        """What has failed may do now."""
        progress = self.progress
        progress.failed, progress.errors, progress.margins = [], [], []
        progress.exchanged, progress.refitted = [], []

    def _margin(self, error: float) -> float:
        """By how much an error is larger than the best, as a multiple of what is allowed."""
        best = self.progress.error
        return min((error - best) / max(self.judge.allowed(best) - best, 1e-30), MARGIN)
