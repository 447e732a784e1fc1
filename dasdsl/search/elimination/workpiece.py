"""The network that moves are made on: a decided whole, what is left of it, and how good that is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from dasdsl.frozen import frozen
from dasdsl.inverse.cutting import Cut
from dasdsl.ir.closing import close
from dasdsl.ir.liveness import Collapsed
from dasdsl.lowering.composite import CompositeModel
from dasdsl.operations.core.operation import Cost
from dasdsl.search.elimination.ranking import first
from dasdsl.search.loop import Trainer
from dasdsl.search.moves.channels import drops
from dasdsl.search.moves.connections import disconnects
from dasdsl.search.moves.counts import fewer
from dasdsl.search.moves.merges import merges
from dasdsl.search.moves.moments import Moments, moments
from dasdsl.search.moves.move import Move
from dasdsl.search.moves.sides import shrinks
from dasdsl.search.moves.snapshot import Snapshot
from dasdsl.search.moves.switches import switches
from dasdsl.search.polishing.journal import Journal
from dasdsl.search.polishing.judge import Batches, Judge, samples
from dasdsl.search.polishing.polish import Until, Watch, polish_

SEEN = 2
"""Of a batch every second sample is enough to measure moments on."""
SMALLEST = 1e-9
"""A rise of the loss that is none."""
PASSES = 3
"""What a training step costs, in forward passes."""


@frozen
class Ranked:
    """The label of a move, the loss on training data right after it, and the share of the cost that it saves.

    `saved` is the fall of log params and of log MACs together; `far` as of the move; `of` are the decisions it changes.
    """

    loss: float
    saved: float
    label: str
    far: bool
    of: str

    def price(self, before: float) -> float:
        """The rise of the loss from what it was before, for what is saved."""
        return max(self.loss - before, SMALLEST) / self.saved


class Workpiece:
    """A decided network, and the network `cut` down to what is left of it, which is trained and measured.

    `work` is what was done on it, in steps of the whole composite, which has so many `macs`: every training step counts
    as one, or as more where the network has more MACs, a forward pass without training as its MACs. It is judged as
    something made from what it is now, or by the `judge` of what it was made from. `pace` is how much higher all rates
    of its trainings are, and the `journal` keeps those that take long.
    """

    def __init__(
        self, trainer: Trainer, model: CompositeModel, macs: int | None = None, judge: Judge | None = None
    ) -> None:
        self.trainer, self.model = trainer, model
        self.macs = max(model.program.cost.macs if macs is None else macs, 1)
        self.cut = Cut.of(model)
        self.judge = judge or Judge.of(trainer, self.cut.model)
        self.work = 0.0
        self.pace = 1.0
        self.journal = Journal()

    def error(self) -> float:
        """How bad it is now."""
        self._count(self.judge.learnt, self.judge.unseen)
        return self.judge.error(self.cut.model)

    def loss(self) -> float:
        """The mean loss now on the training data that moves are ranked on."""
        return self.judge.loss(self.cut.model, self.judge.learnt[:1])

    def _count(self, *looks: Batches) -> None:
        step = PASSES * self.trainer.settings.batch * self.macs
        self.work += sum(map(samples, looks)) * self.cut.cost.macs / step

    def moments(self) -> Moments:
        """What the layers read now."""
        return moments(self.cut, [self.judge.inputs[::SEEN]])

    def kept(self) -> Snapshot:
        """What it is now, to go back to."""
        return Snapshot.of(self.model)

    def undo_(self, before: Snapshot) -> None:
        """Go back."""
        before.restore_(self.model)
        self.recut_()

    def recut_(self) -> None:
        """Cut anew what is left, after decisions were changed.

        Raises: Collapsed where nothing is.
        """
        self.cut = Cut.of(self.model)

    # ---- moves -------------------------------------------------------------------------------------------------------

    def moves(self, found: Moments) -> Iterator[Move]:
        """All from where it stands."""
        program, outcomes = self.model.program, self.model.outcomes()
        yield from drops(program, outcomes)
        yield from merges(program, outcomes, found)
        yield from shrinks(program, outcomes)
        yield from fewer(program, outcomes)
        yield from disconnects(program, outcomes)
        yield from switches(program, outcomes)

    def ranked(self) -> list[Ranked]:
        """The moves to smaller networks, the one that costs least first; of very many only those that look best.

        It is the training data that says so: what is accepted on validation data should not be chosen by it too.
        """
        found = self.moments()
        return self._sorted(first(self.cut, self.judge, found, list(self.moves(found))), found, smaller=True)

    def lighter(self) -> list[Ranked]:
        """The moves to other options that save something, the one that looks best first."""
        return self._sorted(switches(self.model.program, self.model.outcomes()), self.moments(), smaller=True)

    def exchanges(self) -> list[Ranked]:
        """The moves to other options that save nothing, the one that looks best first."""
        return self._sorted(switches(self.model.program, self.model.outcomes()), self.moments(), smaller=False)

    def _sorted(self, moves: Iterable[Move], found: Moments, *, smaller: bool) -> list[Ranked]:
        before = self.kept()
        out: list[Ranked] = []
        for move in moves:
            self.trainer.check()
            with suppress(Collapsed):
                saved = self.saved(move)
                if (saved > 0) == smaller:
                    loss = self._loss_after(move, before, found)
                    out.append(Ranked(loss, saved, move.label, move.far, " ".join(sorted(move.changes))))
        self.cut.renew_()
        return sorted(out, key=lambda one: one.loss)

    def _loss_after(self, move: Move, before: Snapshot, found: Moments) -> float:
        move.apply_(self.model, found)
        batch = self.judge.learnt[:1]
        self._count(batch)
        try:
            if move.adds:
                return self.judge.loss(Cut.of(self.model).model, batch)
            # less of the same: what is cut already holds it, so nothing is cut anew to look
            self.cut.renew_()
            return self.judge.loss(self.cut.model, batch)
        finally:
            before.restore_(self.model)

    def saved(self, move: Move) -> float:
        """The fall of log params and of log MACs together; 0 where one of them rises.

        Raises: Collapsed where no network is left.
        """
        after = close(self.model.program, move.after(self.model.outcomes())).cost
        return fall(after, self.cut.cost)

    def apply_(self, moves: Sequence[str], found: Moments) -> list[str]:
        """Make the moves of these labels, one after the other, each as it is by then; returns those there were.

        Raises: Collapsed where nothing is left; the network is then to be undone.
        """
        made: list[str] = []
        for label in moves:
            self.trainer.check()
            move = next((one for one in self.moves(found) if one.label == label), None)
            if move is not None:
                move.apply_(self.model, found)
                made.append(label)
        self.recut_()
        self.cut.put_back_()
        return made

    # ---- training ----------------------------------------------------------------------------------------------------

    def train_(self, name: str, steps: int, rate: float, until: Until | None = None) -> float:
        """Train what is left, at most until it is good enough; returns its error, infinite where it diverged."""
        error, _ = self.watched_(name, steps, rate, until)
        return error

    def watched_(self, name: str, steps: int, rate: float, until: Until | None) -> tuple[float, list[float]]:
        """The same; also the errors that were seen on the way."""
        watch = None if until is None else Watch(until, self.error)
        made = polish_(self.trainer, self.cut.model, name, steps, self.pace * rate, watch, place=self.journal.next_())
        for _ in range(0 if watch is None else watch.read):
            # what was seen before a stop
            self._count(self.judge.learnt, self.judge.unseen)
        self.work += made * max(self.cut.cost.macs / self.macs, 1.0)
        self.cut.put_back_()
        error = self.error()
        return error if math.isfinite(error) else math.inf, [] if watch is None else watch.seen


def fall(after: Cost, before: Cost) -> float:
    """The fall of log params and of log MACs together, 0 where one of them rises."""
    if after.params > before.params or after.macs > before.macs:
        return 0.0
    return math.log(max(before.params, 1) / max(after.params, 1)) + math.log(max(before.macs, 1) / max(after.macs, 1))
