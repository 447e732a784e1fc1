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
from dasdsl.search.elimination.attempts import UNFITTED, Attempts
from dasdsl.search.elimination.spare import Wide
from dasdsl.search.elimination.state import Course, Snapshot

FAILURES = 4
"""How many lighter networks in a row may lack something before the lightest that was enough is taken."""
ENOUGH, UNCLEAR = 3 * UNFITTED, 10 * UNFITTED
"""An error that is no more of that of the best constant prediction is that of a network that has enough layers.

Where it is more, but no more than the second part, nor than without spare channels, other weights are to tell.
"""
CLEAN = 1e-4
"""What fits so well needs no other start."""
STARTS = 3
"""From so many fresh weights at most the network that is taken is trained."""


@frozen
class Sounded:
    """The error of a network with spare channels, and the tensors that it has learnt."""

    error: float
    tensors: Mapping[str, Tensor]


class Soundings(Attempts):
    """Trains lighter and lighter networks with spare channels, and takes the lightest that is enough."""

    wide: Mapping[str, Tensor] | None = None
    """What the best of them, with its spare channels, has learnt."""

    def _sound(self) -> None:
        """Train one network more, or take the best there was."""
        piece, course = self.piece, self.progress.course
        before = piece.kept()
        piece.apply_(course.moves, piece.moments())
        label = self._lighter()
        if not course.starts and (label is None or not self._unfitted(piece.error())):
            self.progress.stage = "fit"
        elif course.starts and label is not None:
            self._sound_lighter(label)
        elif not course.starts or (course.starts < STARTS and self._lowest() > CLEAN * self.trainer.task.scale):
            self._start()
        else:
            self._arrive(before)
            return
        piece.undo_(before)

    def _lighter(self) -> str | None:
        """The next move to a network with less that was not looked at; None where there are no more."""
        piece, course = self.piece, self.progress.course
        if course.lacking >= FAILURES:
            return None
        ranking, before = piece.lighter(), piece.kept()
        while (best := self._far(ranking)) is not None:
            piece.apply_([best.label], {})
            known = course.errors.get(self._text())
            piece.undo_(before)
            if known is None:
                return best.label
            # another way to the same network
            self._lacks(best.label, known)
        return None

    def _sound_lighter(self, label: str) -> None:
        """See whether the network after one move more is enough."""
        course, scale = self.progress.course, self.trainer.task.scale
        enough = max(self.judge.allowed(self._lowest()), ENOUGH * scale)
        unclear = min(UNCLEAR * scale, self.progress.error)
        self.piece.apply_([label], {})
        found = self._sounded()
        if found is not None and enough < found.error <= unclear:
            again = self._sounded()
            found = found if again is None else min(found, again, key=lambda one: one.error)
        if found is None:
            self._is_all()
            return
        course.errors[self._text()] = found.error
        if found.error > enough:
            self.say(f"{label}, with spare channels: {found.error:.5f}, too little")
            course.lacking += 1
            self._lacks(label, found.error)
            return
        self.say(f"{label}, with spare channels: {found.error:.5f}, enough")
        self.wide, course.starts, course.lacking = found.tensors, 1, 0
        course.moves.append(label)
        self._forget()

    def _lacks(self, label: str, error: float) -> None:
        self.progress.failed.append(label)
        self.progress.errors.append(error)

    def _is_all(self) -> None:
        """No more of this: there are no steps for it, or no place for spare channels."""
        self.progress.course.lacking, self.progress.course.starts = FAILURES, STARTS

    def _start(self) -> None:
        """Train what is taken from other fresh weights."""
        course, found = self.progress.course, self._sounded()
        if found is None:
            self._is_all()
            return
        course.starts += 1
        self.say(f"with spare channels and fresh weights: {found.error:.5f}")
        if self.wide is None or found.error < self._lowest():
            self.wide, course.errors[self._text()] = found.tensors, found.error

    def _sounded(self) -> Sounded | None:
        """What a network learns with spare channels; None where it has none, or where that would be too much work."""
        name = f"sound/{self.progress.refits + 1}"
        wide = Wide.of(self.piece, name, self.plan, self._left_for_refitting(), fresh=True)
        if wide is None:
            return None
        error = wide.train_(name, self.plan)
        self._count(wide)
        return Sounded(error, wide.piece.kept().tensors)

    def _arrive(self, before: Snapshot) -> None:
        """Take the spare channels out of the best, and go on from there."""
        progress, piece = self.progress, self.piece
        now, how = progress.error, ", ".join(progress.course.moves) or "as it is"
        error, wide = math.inf, None if self.wide is None else self._narrowed(self.wide)
        if wide is not None:
            error = wide.piece.error()
            self.say(f"{how}: {now:.5f} -> {error:.5f}")
        if wide is not None and error <= self.judge.allowed(now) and wide.put_into_(piece):
            progress.kept += progress.course.moves
            progress.error, progress.refitted, progress.stuck = min(now, error), [*progress.failed], False
        else:
            self._forget()
            piece.undo_(before)
        progress.stage, progress.fits = "fit", 1
        self.wide, progress.course = None, Course()

    def _narrowed(self, tensors: Mapping[str, Tensor]) -> Wide | None:
        name = f"sound/{self.progress.refits + 1}"
        wide = Wide.of(self.piece, name, self.plan, fresh=True)
        assert wide is not None, "it was there before"
        wide.piece.undo_(Snapshot(wide.piece.model.outcomes(), dict(tensors)))
        error = wide.narrow_(name, self.plan)
        self._count(wide)
        return wide if math.isfinite(error) else None

    def _count(self, wide: Wide) -> None:
        self.piece.work += wide.piece.work
        self.progress.refitting += wide.piece.work
        self.progress.refits += 1

    def _lowest(self) -> float:
        return self.progress.course.errors[self._text()]

    def _text(self) -> str:
        return str(self.piece.cut.closing.space)
