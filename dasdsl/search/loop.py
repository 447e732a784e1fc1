"""One training loop for everything: the composite, the discovered network, the baseline."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from time import monotonic

import torch
from torch import Tensor, nn

from dasdsl.data.sets import Data, Split
from dasdsl.frozen import frozen
from dasdsl.ir.program import Program
from dasdsl.lowering.composite import CompositeModel
from dasdsl.search import ranks
from dasdsl.search.adam import Adam
from dasdsl.search.checkpoint import State, read_state, write_state
from dasdsl.search.devices import device_named, outputs, placed
from dasdsl.search.events import Event, Listener, silent
from dasdsl.search.finiteness import finite, first_gradient, first_output, first_weight, norm
from dasdsl.search.interrupts import Flag, Interrupted
from dasdsl.search.parallel import Shares, over_ranks, sum_gradients_
from dasdsl.search.problems import bad_setting, broken, diverged
from dasdsl.search.settings import USUAL_RATE, Settings
from dasdsl.search.shrinking import Shrinking
from dasdsl.search.states import pack, unpack_
from dasdsl.search.task import Task

SAVE_EVERY = 20.0
"""Seconds between checkpoints within an epoch; one is written at the end of every phase and on Ctrl-C too."""


@frozen(slots=True)
class Schedule:
    """Learning rates over a phase that is the part `start`..`end` of a whole training: warm-up, then cosine to 2 %."""

    start: float = 0.0
    end: float = 1.0
    warmup: float = 0.03
    floor: float = 0.02

    def at(self, fraction: float) -> float:
        """How far the whole training is when this much of the phase is done."""
        return self.start + (self.end - self.start) * fraction

    def factor(self, fraction: float) -> float:
        """What learning rates are multiplied with."""
        t = self.at(fraction)
        warm = min(1.0, (t + 1e-3) / self.warmup)
        return warm * (self.floor + (1 - self.floor) * 0.5 * (1 + math.cos(math.pi * t)))


@frozen
class Phase:
    """One training: what it is called, for how long, under which penalties, and where its states are kept."""

    name: str
    epochs: int
    schedule: Schedule
    gamma: float = 0.0
    eta: float = 0.0
    states: Path | None = None
    shrink: bool = False
    """Whether what has become zero is no longer computed."""


@dataclass
class Trainer:
    """Trains models on one data set; the order of the samples is a function of seed, phase and epoch."""

    data: Data
    train: Split
    validation: Split
    task: Task
    settings: Settings
    listener: Listener = silent
    stop: Flag = field(default_factory=Flag)
    warnings: list[str] = field(default_factory=list[str])
    rate: float = field(init=False)
    """The learning rate of the trainings to come."""
    device: torch.device = field(init=False)
    """Where networks are while they are trained or measured."""

    def __post_init__(self) -> None:
        self.rate = self.settings.learning_rate or USUAL_RATE
        self.device = device_named(self.settings.device)

    @property
    def steps_per_epoch(self) -> int:
        """Optimizer steps in one epoch; the last, smaller batch counts.

        A single sample that is left over joins the batch before it: a norm over the batch needs two.
        """
        full, rest = divmod(len(self.train), self.settings.batch)
        return max(full + (rest > 1), 1)

    def evaluate(self, model: nn.Module, split: Split) -> float:
        """The metric on a whole split.

        Raises: Interrupted after a stop was asked for.
        """
        with placed(model, self.device):
            return self.task.evaluate(model, self.data, split, self.check)

    def check(self) -> None:
        """End here if a stop was asked for; ranks end together, after a step.

        Raises: Interrupted.
        """
        if ranks.size() == 1:
            self.stop.check()

    def warn(self, phase: str, *texts: str) -> None:
        """Tell what the person at the terminal should know, and keep it for who calls from Python."""
        self.warnings.extend(texts)
        for text in texts:
            self.listener(Event(phase, 0, 0, warning=text))

    def fit(self, model: CompositeModel, phase: Phase) -> dict[str, object]:
        """Train for a phase, or go on from its newest state; returns the facts of the last epoch.

        Raises: DasError E503 where the loss, a gradient or a weight is no longer finite, E507 where a state is that of
        another network, E510 where a batch is too small; Interrupted after a stop was asked for.
        """
        _refuse_single_samples(model.program, min(self.settings.batch, len(self.train)))
        with placed(model, self.device):
            return _Fit(self, model, phase).run()

    def batch(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Inputs and targets of some training samples, where networks are trained."""
        return self.data.batch(self.train, indices, self.device)

    def outputs(self, model: nn.Module, x: Tensor) -> Tensor:
        """What a network says while it is trained, in float32."""
        return outputs(model, x, self.settings.precision)

    def order(self, phase: str, epoch: int) -> Tensor:
        """The samples of an epoch, in order."""
        text = f"{self.settings.seed}/{phase}/{epoch}".encode()
        seed = int.from_bytes(hashlib.sha256(text).digest()[:7], "little")
        return torch.randperm(len(self.train), generator=torch.Generator().manual_seed(seed))


def _refuse_single_samples(program: Program, batch: int) -> None:
    for node in program.nodes:
        if batch == 1 and node.op.words == "norm batch" and prod(node.shape[1:]) == 1:
            raise bad_setting("batch", f"is 1, but `{node.name}` normalises over the batch, so that it needs 2 or more")


class _Fit:
    """The state of one phase while it runs."""

    def __init__(self, trainer: Trainer, model: CompositeModel, phase: Phase) -> None:
        self.trainer, self.model, self.phase = trainer, model, phase
        self.steps = phase.epochs * trainer.steps_per_epoch
        settings = trainer.settings
        groups = model.parameter_groups(trainer.rate, settings.gate_learning_rate, settings.weight_decay)
        self.rates = [group["lr"] for group in groups]
        self.optimizer = Adam(groups, lr=trainer.rate, betas=(0.9, 0.99), fused=True)
        self.step = 0
        self.facts: dict[str, object] = {}
        self.loss, self.losses = 0.0, 0
        self.saved = monotonic()
        self.shares = Shares()
        self.shrinking = Shrinking(model)
        self.stopping = False

    def run(self) -> dict[str, object]:
        self._restore()
        self.shrinking.module.train()
        if self.losses and self.step % self.trainer.steps_per_epoch == 0:
            # it was stopped while the epoch was measured
            self._end_epoch()
            self._tell_and_save()
        order: Tensor | None = None
        while self.step < self.steps:
            epoch, index = divmod(self.step, self.trainer.steps_per_epoch)
            if order is None or index == 0:
                order = self.trainer.order(self.phase.name, epoch)
            batch = self.trainer.settings.batch
            last = index == self.trainer.steps_per_epoch - 1
            with over_ranks(self.shrinking.layers, self.shares):
                self._one(order[index * batch : None if last else (index + 1) * batch])
            if self.step % self.trainer.steps_per_epoch == 0:
                self._end_epoch()
            self._tell_and_save()
        # what follows are decisions, and every rank has to take the same
        ranks.broadcast_(self.model)
        self.model.eval()
        return self.facts

    def _one(self, indices: Tensor) -> None:
        fraction = self.step / self.steps
        factor = self.phase.schedule.factor(fraction)
        for group, rate in zip(self.optimizer.param_groups, self.rates, strict=True):
            group["lr"] = rate * factor
        x, y = self.trainer.batch(self.shares.take(indices))
        self.model.progress(self.phase.schedule.at(fraction))
        data_loss = self.shares.loss(self.trainer.task, self.trainer.outputs(self.shrinking.module, x), y)
        penalty = self.model.penalty(self.phase.gamma, self.phase.eta)
        # in the loss of one rank, so that it counts once
        loss = data_loss + (penalty if ranks.is_first() else penalty * 0.0)
        whole = self._agree(data_loss)
        # nothing is saved where one is not finite: running statistics have seen these values already
        if not math.isfinite(whole + float(penalty.detach())):
            first = first_weight(self.model) or first_output(self.model, x)
            raise diverged(self.phase.name, self.step + 1, "the loss", first)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        sum_gradients_(self.model)
        if not math.isfinite(float(norm(self.model))):
            raise diverged(self.phase.name, self.step + 1, "the gradient", first_gradient(self.model))
        self.model.step_(self.optimizer)
        self.loss, self.losses = self.loss + whole, self.losses + 1
        self.step += 1

    def _agree(self, data_loss: Tensor) -> float:
        """The loss over the whole batch; and a stop that one rank was asked for is one for all."""
        mine = float(data_loss.detach())
        if ranks.size() == 1:
            return mine
        told = torch.tensor([mine, float(self.trainer.stop.raised)], dtype=torch.float64)
        whole, stops = ranks.all_reduce_(told).tolist()
        self.stopping = stops > 0
        return whole

    def _end_epoch(self) -> None:
        trainer = self.trainer
        self._check_weights()
        try:
            metric = trainer.evaluate(self.shrinking.module, trainer.validation)
        except Interrupted:
            # the epoch is measured when the training goes on
            self._save()
            raise
        if not math.isfinite(metric):
            raise diverged(self.phase.name, self.step, "the validation metric")
        epoch = self.step // trainer.steps_per_epoch
        self.facts = {"epoch": epoch, "loss": self.loss / max(self.losses, 1), "validation": metric}
        if self.phase.shrink:
            self.shrinking.end_epoch_()
            self.facts["macs"] = self.shrinking.macs
        self.loss, self.losses = 0.0, 0
        trainer.listener(Event(self.phase.name, self.step, self.steps, dict(self.facts)))

    def _tell_and_save(self) -> None:
        done = self.step == self.steps
        stopping = self.trainer.stop.raised if ranks.size() == 1 else self.stopping
        if stopping or done or monotonic() - self.saved > SAVE_EVERY:
            self._check_weights()
            self._save()
        if stopping and not done:
            raise Interrupted(self.trainer.stop.signum)
        self.trainer.listener(Event(self.phase.name, self.step, self.steps))

    def _check_weights(self) -> None:
        """A state that is saved is a good one."""
        if not finite(self.model.state_dict().values()):
            raise diverged(self.phase.name, self.step, "a weight", first_weight(self.model))

    # ---- states ------------------------------------------------------------------------------------------------------

    def _save(self) -> None:
        self.saved = monotonic()
        if self.phase.states is None:
            return
        facts = {"step": self.step, "steps": self.steps, "facts": self.facts, "loss": [self.loss, self.losses]}
        facts["shrinking"] = self.shrinking.facts()
        write_state(self.phase.states, self.step, State(pack(self.model, self.optimizer), facts))

    def _restore(self) -> None:
        states = self.phase.states
        if states is None:
            return
        state, damaged = ranks.first(lambda: read_state(states))
        self.trainer.warn(self.phase.name, *damaged)
        if state is None:
            return
        if state.facts["steps"] != self.steps:
            began = f"{state.facts['steps']} steps when it began, and are {self.steps} now"
            self.trainer.warn(self.phase.name, f"the phase {self.phase.name} begins again: it was of {began}")
            return
        try:
            unpack_(state.tensors, self.model, self.optimizer)
        except (RuntimeError, LookupError, ValueError):
            raise broken(str(states), "its state is that of another network") from None
        self.step, self.facts = state.facts["step"], state.facts["facts"]
        self.loss, self.losses = state.facts["loss"]
        # the state of an older version has none
        self.shrinking.restore(state.facts.get("shrinking", Shrinking(self.model).facts()))
