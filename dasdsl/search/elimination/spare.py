"""Training with spare channels: a network is made wider, trained, and cut back to the channels that it had.

A network that is no wider than what it is to learn gets stuck in training, on most starts. One that is twice or three
times as wide does not, and the channels that it then has too many can be taken out one by one, since others stand in
for them. What comes back is the same architecture with other weights.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
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
from dasdsl.search.elimination.channels import Drop, drop, readers
from dasdsl.search.elimination.moments import Moments
from dasdsl.search.elimination.plan import Plan
from dasdsl.search.elimination.polish import LOOK_EVERY, number_of
from dasdsl.search.elimination.ranking import scored
from dasdsl.search.elimination.readings import Readings, order, readings, unwanted
from dasdsl.search.elimination.renumbering import is_renumberable, renumber_
from dasdsl.search.elimination.state import Snapshot
from dasdsl.search.elimination.workpiece import Workpiece

TIMES = (2.0, 1.5)
"""How many times as many channels there are, the first whose MACs are few enough."""
DEARER = 4
"""At most so many times the MACs of the composite."""
HIGHER = 6
"""How much higher the learning rate is while there are spare channels."""
MIDWAY = 0.6
"""After this part of a training with spare channels one that will fit stands out."""
LONGER, FASTER = 3, 2
"""How many brief trainings there are after each cut, and how much higher the rate is."""
CUTS = 8
"""About so many times some of the channels that are too many go."""
PART = 3
"""Of the channels that are too many, one of so many goes at a time."""


@frozen
class Wide:
    """A network with spare channels, which everybody reads, and who is to read what in the end."""

    piece: Workpiece
    goals: Readings

    @classmethod
    def of(cls, piece: Workpiece, name: str, plan: Plan, left: float = math.inf, *, fresh: bool = False) -> Self | None:
        """Not trained yet; None where it has no place for such channels, or where they are more work than is `left`."""
        wide = widened(piece, name, plan, left, fresh=fresh)
        return None if wide is None else cls._opened(piece, wide)

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
    def _opened(cls, piece: Workpiece, wide: CompositeModel) -> Self:
        goals = readings(wide.program, wide.outcomes())
        open_(wide)
        return cls(Workpiece(piece.trainer, wide, piece.macs, piece.judge), goals)

    def train_(self, name: str, plan: Plan, worth: Callable[[float], bool] = lambda _: True) -> float:
        """Train it as long as a growth; returns its error, infinite where that diverged.

        Where its error after `MIDWAY` of the steps is not `worth` it, that is the end.
        """
        looks = 0

        def stop() -> bool:
            nonlocal looks
            looks += 1
            return looks == round(MIDWAY * plan.growth / LOOK_EVERY) and not worth(self.piece.error())

        return self.piece.train_(f"{name}/wide", plan.growth, HIGHER * plan.rate, stop)

    def narrow_(self, name: str, plan: Plan) -> float:
        """Take the spare channels out, and train what is left; returns its error, infinite where that diverged."""
        error = cut_back_(self.piece, self.goals, name, plan)
        return self.piece.train_(f"{name}/last", plan.move, plan.rate) if math.isfinite(error) else math.inf

    def put_into_(self, piece: Workpiece) -> bool:
        """Let the network that it came from have its weights; False where another architecture came back."""
        if not arrange_(self.piece, self.goals, _as_before(piece.cut.model.program, self.piece.model.program)):
            return False
        learnt, own = self.piece.cut.model.state_dict(), piece.cut.model.state_dict()
        if [*_shapes(learnt).items()] != [*_shapes(own).items()]:
            return False
        piece.cut.model.load_state_dict(learnt)
        piece.cut.put_back_()
        return True


def refit_(
    piece: Workpiece, name: str, plan: Plan, bound: float = math.inf, left: float = math.inf, *, fresh: bool = False
) -> float | None:
    """Let a network have the weights that it finds with spare channels; returns its error then.

    Nothing has happened where that is None, since it has no place for any, or since that would be more work than is
    `left`, or since another architecture came back; nor where it is infinite, since a training diverged, or since the
    error is above `bound` even with the spare channels.
    """
    wide = Wide.of(piece, name, plan, left, fresh=fresh)
    if wide is None:
        return None
    error = wide.train_(name, plan)
    error = wide.narrow_(name, plan) if math.isfinite(error) and error <= bound else math.inf
    piece.work += wide.piece.work
    if not math.isfinite(error):
        return math.inf
    return piece.error() if wide.put_into_(piece) else None


def _shapes(tensors: Mapping[str, Tensor]) -> dict[str, torch.Size]:
    return {name: tensor.shape for name, tensor in tensors.items()}


def _work(larger: Program, piece: Workpiece, plan: Plan) -> float:
    """About how many steps of the composite it takes to train the larger network and to cut it back."""
    dearer = max(larger.cost.macs / piece.macs, 1.0)
    return plan.growth * dearer + CUTS * LONGER * plan.brief * (dearer + 1) / 2 + plan.move


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
    if not fresh:
        Cut(wide, close_exactly(wide), piece.cut.model).put_back_()
    return wide


def _built(piece: Workpiece, larger: Program, name: str) -> CompositeModel:
    """The larger network with fresh weights, which follow from the name; nobody reads its spare channels."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(number_of(f"{piece.trainer.settings.seed}/{name}"))
        wide = CompositeModel(larger, "decided").eval().to(next(piece.model.parameters()))
    decide_(wide, _as_before(piece.cut.model.program, larger))
    return wide


def _as_before(program: Program, larger: Program) -> Outcomes:
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


def arrange_(piece: Workpiece, goals: Readings, before: Outcomes) -> bool:
    """Put channels in the order in which those were that the same layers read; False where there are others.

    Where they are in that order already, nothing happens.
    """
    model = piece.model
    now = readings(model.program, model.outcomes())
    orders = {source: order(now.get(source, {}), goal) for source, goal in goals.items()}
    if now.keys() != goals.keys() or None in orders.values():
        return False
    if all([*now[source].values()] == [*goal.values()] for source, goal in goals.items()):
        return True
    if not all(is_renumberable(model, source) for source in goals):
        return False
    for source, found in orders.items():
        assert found is not None
        left = (channel for channel in range(model.program.sources[source].size) if channel not in found.values())
        renumber_(
            model,
            source,
            [found[place] if place in found else next(left) for place in range(model.program.sources[source].size)],
        )
    decide_(model, before)
    piece.recut_()
    return True


def cut_back_(piece: Workpiece, goals: Readings, name: str, plan: Plan) -> float:
    """Take out the channels that cost least, some at a time, until there are as many as there were; returns the error.

    It is no finite number where a training, or what stands in for a channel, diverged: that is then the end.
    """
    number, error = 0, piece.error()
    allowed = piece.judge.allowed(error)

    def enough() -> bool:
        return piece.error() <= allowed

    while math.isfinite(error):
        found = piece.moments()
        labels = _too_many(piece, goals, found) or _too_often(piece, goals, found)
        if not labels:
            break
        number += 1
        piece.apply_(labels, found)
        error = piece.error()
        if error > allowed:
            error = piece.train_(f"{name}/cut/{number}", LONGER * plan.brief, FASTER * plan.rate, enough)
    return error


def _too_many(piece: Workpiece, goals: Readings, found: Moments) -> list[str]:
    """The drops of this round, the one that costs least first: a part of what is too many, of each source no more."""
    outcomes = piece.model.outcomes()
    now = readings(piece.model.program, outcomes)
    left = {source: max(len(channels) - len(goals.get(source, ())), 0) for source, channels in now.items()}
    sources: dict[str, str] = {}
    moves: list[Drop] = []
    for (source, channel), reads in readers(piece.model.program, outcomes).items():
        if left[source]:
            moves.append(drop(f"channel {channel} of {source}", reads, outcomes))
            sources[moves[-1].label] = source
    most, labels = -(-sum(left.values()) // PART), list[str]()
    for label in _cheapest(piece, found, moves):
        source = sources[label]
        if len(labels) < most and left[source]:
            left[source] -= 1
            labels.append(label)
    return labels


def _too_often(piece: Workpiece, goals: Readings, found: Moments) -> list[str]:
    """Where there are as many channels as there were: a part of the readings that were not, the cheapest first."""
    outcomes = piece.model.outcomes()
    now = readings(piece.model.program, outcomes)
    moves: dict[str, tuple[str, int, str]] = {}
    drops: list[Drop] = []
    for (source, channel), reads in readers(piece.model.program, outcomes).items():
        if sum(map(len, now[source].values())) == sum(map(len, goals.get(source, {}).values())):
            continue
        for one in reads:
            label = f"channel {channel} of {source} in {one.node}"
            drops.append(drop(label, [one], outcomes))
            moves[label] = source, channel, one.node
    cheapest = [moves[label] for label in _cheapest(piece, found, drops)]
    labels: list[str] = []
    for source, goal in goals.items():
        own = [(channel, node) for of, channel, node in cheapest if of == source]
        many = sum(map(len, now.get(source, {}).values())) - sum(map(len, goal.values()))
        ended = unwanted(now[source], goal, own, -(-many // PART)) if own else []
        labels += [f"channel {channel} of {source} in {node}" for channel, node in ended]
    return labels


def _cheapest(piece: Workpiece, found: Moments, moves: Sequence[Drop]) -> list[str]:
    """The labels of moves, of that which costs least first."""
    scores = scored(piece.cut, piece.judge, found, moves) if moves else {}
    return sorted(scores, key=lambda label: scores[label])
