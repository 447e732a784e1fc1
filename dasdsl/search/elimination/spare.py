"""Training with spare channels: a network is made wider, trained, and cut back to the channels that it had.

A network that is no wider than what it is to learn gets stuck in training, on most starts. One that is twice or three
times as wide does not, and the channels that it then has too many can be taken out one by one, since others stand in
for them. What comes back is the same architecture with other weights.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Self

import torch
from torch import Tensor

from dasdsl.frozen import frozen
from dasdsl.inverse.cutting import Cut
from dasdsl.inverse.discover import close_exactly
from dasdsl.ir.program import Program
from dasdsl.ir.spare import with_spare
from dasdsl.lowering.composite import CompositeModel
from dasdsl.lowering.settling import decide_
from dasdsl.operations.core.decisions import Outcomes, Subset
from dasdsl.operations.core.kernel import Kernel
from dasdsl.search.elimination.plan import Plan
from dasdsl.search.elimination.readings import Readings, readings
from dasdsl.search.elimination.small import small_
from dasdsl.search.elimination.taking_out import LONGER, arrange_, cut_back_
from dasdsl.search.elimination.workpiece import Workpiece
from dasdsl.search.moves.snapshot import Snapshot
from dasdsl.search.polishing.polish import LOOK_EVERY, Until, number_of
from dasdsl.search.rates import RATES

TIMES = (2.0, 1.5)
"""How many times as many channels there are, the first whose MACs are few enough."""
DEARER = 4
"""At most so many times the MACs of the composite."""
HIGHER = 6
"""How much higher the learning rate is while there are spare channels."""
FRESH_HIGHER = 4
"""The same from fresh weights: as it was in the search."""
LUCK = 3
"""By how much errors of one network may differ by luck, from one start to another."""
MIDWAY = 0.6
"""After this part of a training with spare channels one that will fit stands out."""
CUTS = 8
"""About so many times some of the channels that are too many go."""
CLEAN = 1e-4
"""Of the error of the best constant prediction: what fits so well needs no other start, and no more training."""
NEAR = 0.005
"""Of the same: what has more when its spare channels are gone is not looked at for being so clean."""


@frozen
class Trained:
    """The error of a network with spare channels after a training, infinite where that diverged, and that before."""

    error: float
    midway: float


@frozen
class Wide:
    """A network with spare channels, which everybody reads, and who is to read what in the end."""

    piece: Workpiece
    goals: Readings
    fresh: bool = False

    @classmethod
    def of(cls, piece: Workpiece, name: str, plan: Plan, left: float = math.inf, *, fresh: bool = False) -> Self | None:
        """Not trained yet; None where it has no place for such channels, or where they are more work than is `left`."""
        wide = widened(piece, name, plan, left, fresh=fresh)
        return None if wide is None else cls._opened(piece, wide, fresh=fresh)

    @classmethod
    def again(cls, piece: Workpiece, name: str, tensors: Mapping[str, Tensor]) -> Self:
        """One that was trained: of as many times the channels as these tensors have."""
        for times in TIMES:
            larger = with_spare(piece.cut.model.program, times)
            wide = None if larger is None else cls._opened(piece, _built(piece, larger, name))
            if wide is not None and _shapes(wide.piece.kept().tensors) == _shapes(tensors):
                wide.piece.undo_(Snapshot(wide.piece.model.outcomes(), dict(tensors)))
                return wide
        raise ValueError("these are the tensors of another network")

    @classmethod
    def _opened(cls, piece: Workpiece, wide: CompositeModel, *, fresh: bool = False) -> Self:
        goals = readings(wide.program, wide.outcomes())
        open_(wide)
        own = Workpiece(piece.trainer, wide, piece.macs, piece.judge)
        own.pace, own.journal = piece.pace, piece.journal
        return cls(own, goals, fresh)

    def hurry(self, plan: Plan, times: float) -> None:
        """Have so many times the usual rate, up to the highest that a search has."""
        usual = FRESH_HIGHER * plan.rate * self.piece.pace
        self.piece.pace *= max(min(times, RATES[-1] / usual), 1.0)

    def train_(self, name: str, plan: Plan, most: float = math.inf) -> Trained:
        """Train it as long as a growth; where its error is above `most` after `MIDWAY` of the steps, to there only."""
        middle = LOOK_EVERY * round(MIDWAY * plan.growth / LOOK_EVERY)
        until = Until(bad=most, first=middle, every=plan.growth) if middle else None
        higher = FRESH_HIGHER if self.fresh else HIGHER
        error, seen = self.piece.watched_(f"{name}/wide", plan.growth, higher * plan.rate, until)
        return Trained(error, next((one for one in seen if math.isfinite(one)), error))

    def narrow_(self, name: str, plan: Plan) -> float:
        """Take the spare channels out, and train what is left; returns its error, infinite where that diverged."""
        error = cut_back_(self.piece, self.goals, name, plan)
        if not math.isfinite(error):
            return math.inf
        scale = self.piece.trainer.task.scale
        # a look costs as much as ten steps, and on most real data nothing is ever so clean
        until = Until(good=CLEAN * scale) if error <= NEAR * scale else None
        return self.piece.train_(f"{name}/last", plan.growth, plan.rate, until)

    def put_into_(self, piece: Workpiece) -> bool:
        """Let the network that it came from have its weights; False where another architecture came back."""
        if not arrange_(self.piece, self.goals, as_before(piece.cut.model.program, self.piece.model.program)):
            return False
        learnt, own = self.piece.cut.model.state_dict(), piece.cut.model.state_dict()
        if [*_shapes(learnt).items()] != [*_shapes(own).items()]:
            return False
        piece.cut.model.load_state_dict(learnt)
        piece.cut.put_back_()
        return True


def _shapes(tensors: Mapping[str, Tensor]) -> dict[str, torch.Size]:
    return {name: tensor.shape for name, tensor in tensors.items()}


def _work(larger: Program, piece: Workpiece, plan: Plan) -> float:
    """About how many steps of the composite it takes to train the larger network and to cut it back."""
    dearer = max(larger.cost.macs / piece.macs, 1.0)
    return plan.growth * dearer + CUTS * LONGER * plan.brief * (dearer + 1) / 2 + plan.growth


def widened(
    piece: Workpiece, name: str, plan: Plan, left: float = math.inf, *, fresh: bool = False
) -> CompositeModel | None:
    """The network with spare channels that nobody reads; None where there can be none, or only at too much work."""
    for times in TIMES:
        larger = with_spare(piece.cut.model.program, times)
        if larger is not None and larger.cost.macs <= DEARER * piece.macs and _work(larger, piece, plan) <= left:
            break
    else:
        return None
    wide = _built(piece, larger, name)
    if fresh:
        small_(wide)
    else:
        Cut(wide, close_exactly(wide), piece.cut.model).put_back_()
    return wide


def _built(piece: Workpiece, larger: Program, name: str) -> CompositeModel:
    """The larger network with fresh weights, which follow from the name; nobody reads its spare channels."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(number_of(f"{piece.trainer.settings.seed}/{name}"))
        wide = CompositeModel(larger, "decided").eval().to(next(piece.model.parameters()))
    decide_(wide, as_before(piece.cut.model.program, larger))
    return wide


def as_before(program: Program, larger: Program) -> Outcomes:
    """Outcomes by which only those channels are read that were read before, by who read them."""
    out: Outcomes = {}
    for node in larger.nodes:
        op, units = program[node.name].op, program[node.name].site.axis.units
        listed = op.reads if isinstance(op, Kernel) and isinstance(op.reads, tuple) else range(len(units))
        read = {units[place] for place in listed}
        for decision in node.decisions:
            if isinstance(decision, Subset):
                out[decision.name] = tuple(place for place in decision.positions if node.site.axis.units[place] in read)
    return out


def open_(wide: CompositeModel) -> None:
    """Let everybody read everything."""
    subsets = (one for one in wide.program.decisions if isinstance(one, Subset))
    decide_(wide, {one.name: one.positions for one in subsets})
