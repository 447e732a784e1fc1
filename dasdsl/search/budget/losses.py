"""What each move costs in loss: guessed for all from one backward pass, measured for a few, which set guesses right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

from dasdsl.inverse.cutting import Cut
from dasdsl.ir.liveness import Collapsed
from dasdsl.ir.program import Node
from dasdsl.layers.gated import GatedKernel
from dasdsl.operations.core.windowed import Windowed
from dasdsl.search.budget.curvature import curvatures
from dasdsl.search.budget.moves import owner
from dasdsl.search.moves.channels import RIDGE, Drop, reads
from dasdsl.search.moves.connections import Disconnect
from dasdsl.search.moves.counts import Fewer
from dasdsl.search.moves.moments import Moment, Moments
from dasdsl.search.moves.move import Move
from dasdsl.search.moves.renumbering import is_renumberable
from dasdsl.search.moves.sides import Shrink
from dasdsl.search.moves.snapshot import Snapshot
from dasdsl.search.polishing.judge import Judge

SMALLEST = 1e-4
"""The least that a move costs, as a part of the loss of the best constant prediction: below it is noise."""
TRUST = 10.0
"""How far a measured move may set the guesses of its kind right."""
ENOUGH = 100_000
"""Rows of a regression over space, which are always many."""
UNKNOWN = 0.1
"""What a move costs that is neither guessed nor measured, as a part of the loss of the best constant prediction."""


@dataclass
class Losses:
    """Of the moves from one network; `moments` are of so many `samples`. `measure_` fills `measured` and `factors`."""

    cut: Cut
    judge: Judge
    moments: Moments
    samples: int
    measured: dict[str, float] = field(default_factory=dict[str, float])
    factors: dict[str, float] = field(default_factory=dict[str, float])

    @cached_property
    def _curvatures(self) -> dict[str, Tensor]:
        return curvatures(self.cut, self.judge.trainer.task, self.judge.inputs)

    @property
    def scale(self) -> float:
        """The loss of the best constant prediction."""
        return self.judge.trainer.task.scale

    def of(self, move: Move) -> float:
        """By how much the loss grows, at least a little: measured, else guessed."""
        known = self.measured.get(move.label)
        if known is None:
            guess = self.guess(move)
            known = UNKNOWN * self.scale if guess is None else guess * self.factors.get(self._kind(move), 1.0)
        return max(known, SMALLEST * self.scale)

    def measure_(self, moves: Sequence[Move], most: int) -> None:
        """Measure the first of each kind, then on in turn, at most so many; guesses of their kinds are set right."""
        whole = self.cut.whole
        before = Snapshot.of(whole)
        base = self._error(self.cut)
        for move in self._in_turn(moves)[:most]:
            self.judge.trainer.check()
            move.apply_(whole, self.moments)
            with suppress(Collapsed):
                self.measured[move.label] = self._error(Cut.of(whole)) - base
            before.restore_(whole)
        self._set_right(moves)

    def _error(self, cut: Cut) -> float:
        """The mean loss on training data: what is accepted on validation data should not be chosen by it too."""
        x, y = self.judge.learnt[0]
        with torch.no_grad():
            return float(self.judge.trainer.task.loss(cut.model(x), y))

    def _in_turn(self, moves: Sequence[Move]) -> list[Move]:
        """What cannot be guessed first, then the first of each kind, the second of each kind, and so on."""
        rank: dict[str, int] = {}
        keyed: list[tuple[int, int, Move]] = []
        for index, move in enumerate(moves):
            kind = self._kind(move)
            number = -1 if self.guess(move) is None else rank.get(kind, 0)
            rank[kind] = rank.get(kind, 0) + 1
            keyed.append((number, index, move))
        return [move for _, _, move in sorted(keyed, key=lambda one: one[:2])]

    def _set_right(self, moves: Sequence[Move]) -> None:
        totals: dict[str, tuple[float, float]] = {}
        for move in moves:
            guess = self.guess(move)
            if guess is not None and move.label in self.measured:
                found, guessed = totals.get(self._kind(move), (0.0, 0.0))
                real = max(self.measured[move.label], 0.0)
                totals[self._kind(move)] = found + real, guessed + guess
        floor = SMALLEST * self.scale
        for kind, (found, guessed) in totals.items():
            ratio = max(found, floor) / max(guessed, floor)
            self.factors[kind] = min(max(ratio, 1 / TRUST), TRUST)

    def _kind(self, move: Move) -> str:
        return f"{type(move).__name__}/{owner(self.cut.whole.program, move)}"

    # ---- guesses -----------------------------------------------------------------------------------------------------

    def guess(self, move: Move) -> float | None:
        """½·Σ H·W²·(what is lost of the input), over what the move takes away; None where nothing tells."""
        if move.label not in self._guesses:
            self._guesses[move.label] = self._guess(move)
        return self._guesses[move.label]

    @cached_property
    def _guesses(self) -> dict[str, float | None]:
        return {}

    def _guess(self, move: Move) -> float | None:
        program = self.cut.whole.program
        match move:
            case Drop(reads=reads):
                found = self._all_dropped(reads)
            case Fewer():
                found = [cost for source in move.reads for cost in self._fewer(move, source)]
            case Disconnect(reads=rows):
                found = [self._dropped(program[name], position, outputs) for name, position, outputs in rows]
            case Shrink(places=places):
                found = [self._shrunk(program[name], move) for name in dict.fromkeys(name for name, _ in places)]
            case _:
                return None
        known = [one for one in found if one is not None]
        return sum(known) if len(known) == len(found) else None

    def _layer(self, node: Node) -> tuple[GatedKernel, Tensor, Moment] | None:
        module, bent = self.cut.whole.layer(node.name), self._curvatures.get(node.name)
        if bent is None or not isinstance(module, GatedKernel) or module.groups != 1 or module.features is not None:
            return None
        return module, bent, self._read(node, module)

    def _read(self, node: Node, module: GatedKernel) -> Moment:
        """Of what a layer reads, of all that it could."""
        if node.name not in self._of_reads:
            self._of_reads[node.name] = self.moments[node.name].only(reads(module, node.site.axis))
        return self._of_reads[node.name]

    @cached_property
    def _of_reads(self) -> dict[str, Moment]:
        return {}

    def _all_dropped(self, reads: Iterable[tuple[str, int]]) -> list[float | None]:
        return [self._dropped(self.cut.whole.program[name], position) for name, position in reads]

    def _fewer(self, move: Fewer, source: str) -> list[float | None]:
        """What each channel costs that goes: those that cost least, or the last where they cannot be renumbered."""
        costs: list[float | None] = []
        for channel in range(move.many):
            found = self._all_dropped(move.reads[source][channel])
            known = [one for one in found if one is not None]
            costs.append(sum(known) if len(known) == len(found) else None)
        gone = move.many - move.few
        if None in costs or not is_renumberable(self.cut.whole, source):
            return costs[-gone:]
        return sorted(costs, key=lambda cost: cost or 0.0)[:gone]

    def _dropped(self, node: Node, position: int, outputs: tuple[int, ...] | None = None) -> float | None:
        layer = self._layer(node)
        if layer is None:
            # of a layer that is gone, or whose input is, nothing is lost
            return 0.0 if node.name not in self.moments else None
        module, bent, moment = layer
        chosen = list(node.site.axis.features((position,)))
        places = moment.places(chosen)
        if places is None:
            return 0.0
        weight = module.weight.detach()[:, chosen]
        energy = weight.square().flatten(2).sum(dim=2) if weight.dim() > 2 else weight.square()
        if outputs is None:
            lost = self._rest(node.name, moment, places)
        else:
            energy, bent = energy[list(outputs)], bent[list(outputs)]
            lost = moment.variance[places]
        return float(0.5 * (bent @ energy) @ lost.to(energy))

    def _rest(self, name: str, moment: Moment, places: list[int]) -> Tensor:
        """The variance of features that those of other channels do not explain: from the inverse of the covariance.

        On a vector a sample is one row of the regression, so that with few of them too much seems to be explained.
        """
        one_row = len(self.cut.whole.program[name].site.shape) == 1
        rows, features = self.samples if one_row else ENOUGH, len(moment.features)
        if moment.covariance.dim() == 1 or rows < 2 * features:
            return moment.variance[places]
        precision = self._precision(name, moment)
        unexplained = torch.linalg.inv(precision[places][:, places]).diagonal().clamp_min(0.0)
        return unexplained * rows / (rows - features)

    def _precision(self, name: str, moment: Moment) -> Tensor:
        known = self._precisions.get(name)
        if known is None:
            covariance = moment.covariance
            ridge = RIDGE * covariance.diagonal().mean().clamp_min(1e-30)
            known = torch.linalg.inv(covariance + torch.diag(ridge.expand(len(covariance))))
            self._precisions[name] = known
        return known

    @cached_property
    def _precisions(self) -> dict[str, Tensor]:
        return {}

    def _shrunk(self, node: Node, move: Shrink) -> float | None:
        layer = self._layer(node)
        if layer is None or not isinstance(node.op, Windowed):
            return None
        module, bent, moment = layer
        after = node.op.chosen(node.site, move.after(self.cut.whole.outcomes()))
        outside = torch.ones(module.weight.shape[2:])
        outside[after.region] = 0.0
        energy = (module.weight.detach().square() * outside).flatten(2).sum(dim=2)
        size = torch.zeros(energy.shape[1])
        size[list(moment.features)] = (moment.variance + moment.mean.square()).to(size)
        return float(0.5 * (bent @ energy) @ size)
