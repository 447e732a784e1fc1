"""Before anything is eliminated: is a network with a layer or a branch less enough? That is seen with spare channels.

Where a network is stuck its error says little about what it needs, and one that lacks a layer is hardly worse. With
spare channels and fresh weights it is not stuck: what has enough layers fits, and what has one too few is worse by ten
times or more. The spare channels go at the end, once, from the lightest network that was enough.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from torch import Tensor

from dasdsl.frozen import frozen
from dasdsl.ir.extremes import largest
from dasdsl.ir.liveness import Collapsed
from dasdsl.ir.program import Program
from dasdsl.operations.core.decisions import Outcomes
from dasdsl.search.elimination.attempts import Attempts
from dasdsl.search.elimination.refitting import STARTS, alike, is_slow
from dasdsl.search.elimination.spare import CLEAN, LUCK, Wide
from dasdsl.search.elimination.state import Course, Sounding
from dasdsl.search.moves.snapshot import Snapshot
from dasdsl.search.moves.switches import switches

LOOKED_AT = 6
"""So many lighter networks are looked at before the best of those that were enough is taken."""
ENOUGH, UNCLEAR, FAR_OFF = 0.03, 0.1, 0.2
"""More of the error of the best constant prediction than the first is too much for a network that has enough layers.

Where it is no more than the second, other weights may tell; up to the third, where it is no more than `WORSE` times
what is taken.
"""
AS_BAD = 1.5
"""What is worse by less is enough though both be far from fitted: a layer too few makes a factor of three or more."""
WORSE = 5
"""By how much bad weights may be worse than those of a network that is far from fitted itself."""
CLEAR, MUCH = 0.1, 2
"""What has so little of the error of the network as it was is the right one, though its error be so much without them.

That is with spare channels, where another layer or branch makes a factor of ten to a thousand, and on real data less
than two.
"""
LOOKS = 2
"""So often what is taken may look for better weights with spare channels, before it is compared."""
AGAIN = 2
"""So many lighter networks that were too little are looked at once more, with other weights, where none was enough."""


@frozen
class Sounded:
    """The error of a network with spare channels, also that before the end, and the tensors that it has learnt.

    Its rates were higher by `pace`.
    """

    error: float
    midway: float
    tensors: Mapping[str, Tensor]
    pace: float


def is_enough(error: float, best: float, scale: float) -> bool:
    """Whether a lighter network has enough layers, by its error and that of the one it is lighter than.

    Both with spare channels; `scale` is the error of the best constant prediction.
    """
    fitted, unfitted = min(LUCK * best, ENOUGH * scale), min(AS_BAD * best, FAR_OFF * scale)
    return error <= max(CLEAN * scale, fitted, unfitted)


class Soundings(Attempts):
    """Trains lighter and lighter networks with spare channels, and takes the lightest that is enough."""

    wide: Mapping[str, Tensor] | None = None
    """What the one that is taken has learnt, with its spare channels."""
    lighter: Mapping[str, Tensor] | None = None
    """The same of the best of the lighter ones that were enough."""

    def _sound(self) -> None:
        """Train one network more, or take the best there was."""
        piece, course = self.piece, self.progress.course
        before = piece.kept()
        piece.apply_(course.taken.moves, piece.moments())
        if course.starts or course.over:
            going_on = self._goes_on()
        elif going_on := any(switches(piece.model.program, before.outcomes)) and self._unfitted(piece.error()):
            self._start()
        else:
            self.progress.stage, going_on = "fit", True
        if going_on:
            piece.undo_(before)
        else:
            self._arrive(before)

    def _goes_on(self) -> bool:
        """Do what is next; False where there is nothing."""
        course = self.progress.course
        if heavier := [] if course.over else self._heavier():
            self._sound_heavier(heavier)
        elif (label := None if course.over else self._lighter()) is not None:
            self._sound_lighter(label)
        elif course.lighter is not None:
            assert self.lighter is not None
            self._go_to(course.lighter, self.lighter)
        elif not course.over and course.starts < len(STARTS) and course.taken.error > CLEAN * self.trainer.task.scale:
            self._start()
        else:
            return False
        return True

    # ---- which -------------------------------------------------------------------------------------------------------

    def _heavier(self) -> list[str]:
        """The moves to the largest option of every choice, where the network as it is may lack something."""
        course = self.progress.course
        if course.heavier or course.taken.moves or course.taken.error <= CLEAN * self.trainer.task.scale:
            return []
        program = self.piece.model.program
        return _between(program, self.piece.model.outcomes(), largest(program))

    def _lighter(self) -> str | None:
        """The next move to a network with less that was not looked at, or is to be once more; None where none is."""
        course = self.progress.course
        if len(course.seen) >= LOOKED_AT:
            return None
        ranking = self.piece.lighter()
        while (best := self._far(ranking)) is not None:
            ranking.remove(best)
            text = self._text_after(best.label)
            if not self._is_enough(course.errors.get(text, 0.0)):
                # it was too little beside a worse one, or is another way to the same network
                self._lacks(best.label, course.errors[text])
            elif text not in course.seen:
                return best.label
        return self._unlucky() if course.lighter is None else None

    def _unlucky(self) -> str | None:
        """The best of those that were too little, if other weights may tell; None where there is none."""
        progress, course = self.progress, self.progress.course
        tried = sorted(zip(progress.errors, progress.failed, strict=True))
        for error, label in tried if len(course.again) < AGAIN else ():
            text = self._text_after(label)
            if error <= self._unclear() and text not in course.again:
                course.again.append(text)
                return label
        return None

    def _unclear(self) -> float:
        """Up to which error a lighter network may have had bad luck."""
        best, scale = self.progress.course.taken.error, self.trainer.task.scale
        return max(UNCLEAR * scale, min(WORSE * best, FAR_OFF * scale))

    def _is_enough(self, error: float) -> bool:
        best = self.progress.course.taken.error
        return error <= self.judge.allowed(best) or is_enough(error, best, self.trainer.task.scale)

    def _lacks(self, label: str, error: float) -> None:
        progress = self.progress
        if label in progress.failed:
            number = progress.failed.index(label)
            progress.errors[number] = min(progress.errors[number], error)
        else:
            progress.failed.append(label)
            progress.errors.append(error)

    # ---- trained -----------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        """Train what is taken from other fresh weights."""
        course = self.progress.course
        found = self._sounded(course.taken.midway, course.starts)
        if found is None:
            course.over = True
            return
        course.starts += 1
        self.say(f"with spare channels and fresh weights: {found.error:.5f}")
        if course.starts == 1 and self.judge.allowed(found.error) >= self.progress.error:
            # what is not better than without spare channels tells nothing
            course.over = True
            return
        if course.starts > 1 and alike(found.midway, course.taken.midway):
            # a third would be so too
            course.starts = len(STARTS)
        if math.isfinite(course.taken.error) and is_slow(course.taken.error, found.error, self.trainer.task.scale):
            self.piece.pace = found.pace
        if found.error < course.taken.error:
            course.own = course.own if course.taken.moves else found.error
            self.wide, course.taken = found.tensors, Sounding(course.taken.moves, found.error, found.midway)

    def _sound_heavier(self, labels: list[str]) -> None:
        """See whether the search is to begin from the largest options."""
        course = self.progress.course
        course.heavier = True
        try:
            self.piece.apply_(labels, {})
        except Collapsed:
            # the composite has left nothing of what such a branch reads
            return
        found = self._sounded(UNCLEAR * self.trainer.task.scale)
        if found is not None:
            better = self.judge.allowed(found.error) < course.taken.error
            how = "better" if better else "no better"
            self.say(f"{', '.join(labels)}, with spare channels: {found.error:.5f}, {how}")
            if better:
                self._go_to(Sounding([*course.taken.moves, *labels], found.error, found.midway), found.tensors)

    def _sound_lighter(self, label: str) -> None:
        """See whether the network after one move more is enough."""
        course = self.progress.course
        self.piece.apply_([label], {})
        beside, text = course.lighter, self._text()
        found = self._sounded(self._unclear() if beside is None else min(self._unclear(), beside.midway))
        if found is None:
            course.over = True
            return
        course.seen.append(text)
        course.errors[text] = min(found.error, course.errors.get(text, math.inf))
        enough = self._is_enough(found.error)
        self.say(f"{label}, with spare channels: {found.error:.5f}, {'enough' if enough else 'too little'}")
        sounding = Sounding([*course.taken.moves, label], found.error, found.midway)
        if not enough:
            self._lacks(label, found.error)
        elif self.judge.allowed(found.error) < course.taken.error:
            # better, and lighter
            self._go_to(sounding, found.tensors)
        elif course.lighter is None or found.error < course.lighter.error:
            course.lighter, self.lighter = sounding, found.tensors

    def _sounded(self, most: float, number: int = 0) -> Sounded | None:
        """What a network learns with spare channels; None where it has none, or where that would be too much work.

        Where its error is above `most` midway, that is the end of it. `number` is how many starts there were before.
        """
        name = f"sound/{self.progress.refits + 1}"
        wide = Wide.of(self.piece, name, self.plan, self._left_for_refitting(), fresh=True)
        if wide is None:
            return None
        wide.hurry(self.plan, STARTS[number])
        found = wide.train_(name, self.plan, most)
        self._count(wide)
        return Sounded(found.error, found.midway, wide.piece.kept().tensors, wide.piece.pace)

    def _count(self, wide: Wide) -> None:
        self.piece.work += wide.piece.work
        self.progress.refitting += wide.piece.work
        self.progress.refits += 1

    # ---- taken -------------------------------------------------------------------------------------------------------

    def _go_to(self, found: Sounding, tensors: Mapping[str, Tensor]) -> None:
        """Go on from there."""
        course = self.progress.course
        self.wide, self.lighter = tensors, None
        course.taken, course.lighter, course.starts = found, None, 1
        course.seen, course.again, course.over = [], [], False
        self._forget()

    def _arrive(self, before: Snapshot) -> None:
        """Take the spare channels out of the best, and go on from there."""
        progress, piece = self.progress, self.piece
        now, moves = progress.error, _between(piece.model.program, before.outcomes, piece.model.outcomes())
        error = math.inf if self.wide is None else self._narrowed(self.wide)
        for _ in range(LOOKS if math.isfinite(error) and self._unfitted(error) else 0):
            own = piece.kept()
            found = self._refitted(error, left=self.plan.most - piece.work)
            if found is None or found >= error:
                piece.undo_(own)
                break
            error = found
        if math.isfinite(error):
            self.say(f"{', '.join(moves) or 'as it is'}: {now:.5f} -> {error:.5f}")
        clear = progress.course.taken.error < CLEAR * progress.course.own and error < MUCH * now
        if error <= self.judge.allowed(now) or clear:
            progress.kept += moves
            # where it is clear, the best error was that of a network that is not the right one
            progress.error, progress.refitted = error if clear else min(now, error), [*progress.failed]
        else:
            self._forget()
            piece.undo_(before)
        progress.stage, progress.fits = "fit", 1
        self.wide, self.lighter, progress.course = None, None, Course()

    def _narrowed(self, tensors: Mapping[str, Tensor]) -> float:
        """The error without the spare channels; infinite where a training diverged."""
        name = f"sound/{self.progress.refits + 1}"
        wide = Wide.again(self.piece, name, tensors)
        error = wide.narrow_(name, self.plan)
        self._count(wide)
        return error if math.isfinite(error) and wide.put_into_(self.piece) else math.inf

    def _text_after(self, label: str) -> str:
        """The network after a move."""
        before = self.piece.kept()
        self.piece.apply_([label], {})
        text = self._text()
        self.piece.undo_(before)
        return text

    def _text(self) -> str:
        return str(self.piece.cut.closing.space)


def _between(program: Program, before: Outcomes, after: Outcomes) -> list[str]:
    """The moves from one option to another that lead from some outcomes to others."""
    return [move.label for move in switches(program, before) if move.changes.items() <= after.items()]
