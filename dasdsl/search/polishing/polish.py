"""A short training of a network, from a rate of its own down to 2 % of it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch

from dasdsl.frozen import frozen
from dasdsl.lowering.composite import CompositeModel
from dasdsl.search import ranks
from dasdsl.search.adam import Adam
from dasdsl.search.checkpoint import State
from dasdsl.search.devices import placed
from dasdsl.search.interrupts import Interrupted
from dasdsl.search.loop import Trainer
from dasdsl.search.polishing.journal import Place
from dasdsl.search.soap import Soap
from dasdsl.search.states import pack, unpack_
from dasdsl.search.weights import digest_of

LOOK_EVERY = 25
"""Steps after which it is seen whether it is good enough."""
WARM = 0.04
"""In this part of a training by SOAP the rate rises: the first steps are made in a basis that few gradients tell."""


@frozen
class Until:
    """A training ends before its last step where at a look its error is `good` or less, or more than `bad`.

    It is looked at after `first` steps, and whenever `every` more are made.
    """

    good: float = -math.inf
    bad: float = math.inf
    first: int = LOOK_EVERY
    every: int = LOOK_EVERY

    def at(self, made: int) -> bool:
        """Whether it is looked at after so many steps."""
        return made >= self.first and (made - self.first) % self.every == 0


@dataclass
class Watch:
    """Looks at a training: what is `seen` are errors, the first of them `read` from a state."""

    until: Until
    look: Callable[[], float]
    seen: list[float] = field(default_factory=list[float])
    read: int = 0

    def ends(self) -> bool:
        """Look; whether that is the end."""
        self.seen.append(self.look())
        return self.seen[-1] <= self.until.good or self.seen[-1] > self.until.bad


def polish_(
    trainer: Trainer,
    model: CompositeModel,
    name: str,
    steps: int,
    rate: float,
    watch: Watch | None = None,
    *,
    soap: bool = True,
    phase: str = "eliminate",
    place: Place | None = None,
) -> int:
    """Train for so many steps, by SOAP or by Adam, until that is the end or diverges; returns the steps made.

    What is random follows from the seed of the run and `name`. With a `place` it goes on where it was stopped, or is
    read where it was made. Warnings are those of the `phase`.
    Raises: Interrupted where a stop was asked for.
    """
    torch.manual_seed(number_of(f"{trainer.settings.seed}/{name}"))
    with placed(model, trainer.device):
        return _Polish(trainer, model, name, steps, rate, watch, soap=soap, phase=phase, place=place).run()


class _Polish:
    """A training while it runs."""

    def __init__(
        self,
        trainer: Trainer,
        model: CompositeModel,
        name: str,
        steps: int,
        rate: float,
        watch: Watch | None,
        *,
        soap: bool,
        phase: str,
        place: Place | None,
    ) -> None:
        self.trainer, self.model, self.name, self.phase = trainer, model, name, phase
        self.steps, self.rate, self.watch, self.place = steps, rate, watch, place
        weights = list(model.parameters())
        self.optimizer = Soap(weights, rate) if soap else Adam(weights, lr=rate, betas=(0.9, 0.99), fused=True)
        self.made, self.over = 0, False
        self.order, self.drawn = torch.empty(0, dtype=torch.long), 0
        # with other threads or another torch a stage may have come to another network, of the same sizes or not
        self.begun = "" if place is None else digest_of(model)

    def run(self) -> int:
        self._restore()
        self.model.train()
        while self.made < self.steps and not self.over:
            self._one()
            ended = self.over or self.made == self.steps
            if self.place is not None and (ended or self.place.due):
                self.over = ended
                self._save(self.place)
        self.model.eval()
        return self.made

    def _one(self) -> None:
        trainer = self.trainer
        if len(self.order) < 2:
            self.order, self.drawn = trainer.order(self.name, self.made), self.made
        part, self.order = self.order[: trainer.settings.batch], self.order[trainer.settings.batch :]
        self._set_rate()
        x, y = trainer.batch(part)
        loss = trainer.task.loss(trainer.outputs(self.model, x), y)
        if not math.isfinite(float(loss.detach())):
            self.over = True
            return
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.made += 1
        if self.watch is not None and self.watch.until.at(self.made):
            self.model.eval()
            self.over = self.watch.ends()
            self.model.train()
        self._stop()

    def _set_rate(self) -> None:
        now = self.rate * (0.02 + 0.49 * (1 + math.cos(math.pi * self.made / self.steps)))
        if isinstance(self.optimizer, Soap):
            self.optimizer.rate = now * min((self.made + 1) / (WARM * self.steps), 1.0)
        else:
            self.optimizer.param_groups[0]["lr"] = now

    # ---- states ------------------------------------------------------------------------------------------------------

    def _stop(self) -> None:
        try:
            self.trainer.check()
        except Interrupted:
            if self.place is not None:
                self._save(self.place, at_once=True)
            raise

    def _facts(self) -> dict[str, Any]:
        """What it is, to be known by."""
        return {"name": self.name, "steps": self.steps, "rate": self.rate, "begun": self.begun}

    def _save(self, place: Place, *, at_once: bool = False) -> None:
        seen = [] if self.watch is None else self.watch.seen
        facts = {**self._facts(), "made": self.made, "drawn": self.drawn, "over": self.over, "seen": seen}
        if self.over:
            tensors = pack(self.model, None)
        elif isinstance(self.optimizer, Soap):
            tensors = pack(self.model, self.optimizer.others) | self.optimizer.tensors()
        else:
            tensors = pack(self.model, self.optimizer)
        place.keep_(self.made, State(tensors, facts), at_once=at_once)

    def _restore(self) -> None:
        place = self.place
        if place is None:
            return
        state, damaged = ranks.first(place.read)
        self.trainer.warn(self.phase, *damaged)
        if state is None or {name: state.facts.get(name) for name in self._facts()} != self._facts():
            return
        others = self.optimizer.others if isinstance(self.optimizer, Soap) else self.optimizer
        unpack_(state.tensors, self.model, others)
        if isinstance(self.optimizer, Soap):
            self.optimizer.restore_(state.tensors)
        self.made, self.drawn, self.over = (state.facts[name] for name in ("made", "drawn", "over"))
        self.order = self.trainer.order(self.name, self.drawn)[(self.made - self.drawn) * self.trainer.settings.batch :]
        if self.watch is not None:
            self.watch.seen = list(state.facts["seen"])
            self.watch.read = len(self.watch.seen)


def number_of(text: str) -> int:
    """A seed that follows from a text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "little")
