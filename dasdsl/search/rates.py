"""The learning rate, where none is given: short trainings at several, and the one that learns fastest.

A rate that is too low finds nothing within the steps of a search, and one that is too high diverges; which is which
depends on the data and on the space by a factor of thirty. After sixty steps the losses already differ by far more
than their noise: every training sees the same samples in the same order. A deep network may have learnt nothing by
then; its trials are longer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import torch

from dasdsl.frozen import frozen
from dasdsl.lowering.composite import CompositeModel
from dasdsl.search import ranks
from dasdsl.search.adam import Adam
from dasdsl.search.checkpoint import read_facts, write_facts
from dasdsl.search.devices import placed
from dasdsl.search.events import Event
from dasdsl.search.finiteness import finite
from dasdsl.search.folder import Folder
from dasdsl.search.loop import Trainer
from dasdsl.search.settings import USUAL_RATE

RATES = (6e-4, 2e-3, 6e-3, 2e-2)
"""What is tried; the first to be is the second."""
STEPS, WARMUP, LAST = 60, 10, 20
"""Steps of a trial, those with a rising rate, and those at the end whose losses count."""
FEWEST = 300
"""Steps of a training that is worth a trial."""
LEARNT = 0.9
"""Of the loss of the best constant prediction; where no rate comes below it the trials have told nothing."""
LONG, MANY = 240, 1800
"""Steps of the trials that are made then, and those of a training that is worth them."""
BETTER = 0.95
"""A higher rate has to be better by this much: trials are short."""
CALMER = 0.67
"""A lower one by so much: what learns more in a few steps since it jumps less may be worse in the end."""


@frozen(slots=True)
class Trial:
    """A rate, and the mean loss at the end of its trial of so many steps; None where it diverged."""

    rate: float
    loss: float | None
    steps: int = STEPS

    def facts(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)

    def beats(self, other: Trial, by: float = BETTER) -> bool:
        """Whether it is clearly better."""
        return self.loss is not None and (other.loss is None or self.loss < by * other.loss)


def rated_(
    trainer: Trainer, folder: Folder, name: str, fresh: Callable[[], CompositeModel], epochs: int
) -> tuple[list[Trial], float]:
    """Let the trainings to come have the rate that was given, or that of the best trial; the trials, and the rate.

    Without trials it is the usual one: for the recipe `paper`, and for a training `name` of a few steps. `fresh` makes
    the network as it is before. What was found is kept in the run's folder.
    Raises: Interrupted where a stop was asked for.
    """
    settings = trainer.settings
    trainer.rate = settings.learning_rate or USUAL_RATE
    steps = epochs * trainer.steps_per_epoch
    if settings.learning_rate is not None or settings.recipe == "paper" or steps < FEWEST:
        return [], trainer.rate
    states = folder.states(f"{name}-rate")
    known, damaged = ranks.first(lambda: read_facts(states))
    trainer.warn(name, *damaged)
    if known is None:
        # one rank alone: a trial is too short to share
        known = ranks.first(lambda: {"trials": [one.facts() for one in telling(trainer, name, fresh, steps)]})
        write_facts(states, known)
    found = [Trial(**one) for one in known["trials"]]
    trainer.rate = best(found).rate
    return found, trainer.rate


def telling(trainer: Trainer, name: str, fresh: Callable[[], CompositeModel], steps: int) -> list[Trial]:
    """The trials before a training of so many steps: longer ones where in the usual ones nothing is learnt."""
    found = trials(trainer, name, fresh)
    least = min((one.loss for one in found if one.loss is not None), default=0.0)
    if steps < MANY or least < LEARNT * trainer.task.scale:
        return found
    return trials(trainer, name, fresh, LONG)


def trials(trainer: Trainer, name: str, fresh: Callable[[], CompositeModel], steps: int = STEPS) -> list[Trial]:
    """The first rate, a lower one, then higher and higher ones as long as each is better than all before.

    It need not be by much: where little is learnt in so few steps, the next one may be the first that tells.
    """
    lower, first, *higher = RATES
    found = [_trial(trainer, name, fresh(), rate, steps) for rate in (first, lower)]
    for rate in higher:
        found.append(_trial(trainer, name, fresh(), rate, steps))
        if not all(found[-1].beats(one, 1.0) for one in found[:-1]):
            break
    return found


def best(found: list[Trial]) -> Trial:
    """The first, a higher one that is clearly better than it and all lower ones, or a lower one that is far better.

    Between rates that are as good the search has better use for the higher one: it also has to decide. Where a lower
    one is better than the first, one that is higher than it is better by chance.
    """
    lower, first, *higher = sorted((*found, *_untried(found)), key=lambda one: one.rate)
    out = lower if first.loss is None or lower.beats(first, CALMER) else first
    tried = [lower, first]
    for one in higher:
        if all(one.beats(other) for other in tried):
            out = one
        tried.append(one)
    return out


def _untried(found: list[Trial]) -> list[Trial]:
    known = {one.rate for one in found}
    return [Trial(rate, None) for rate in RATES if rate not in known]


def _trial(trainer: Trainer, name: str, model: CompositeModel, rate: float, steps: int) -> Trial:
    """Train for a few steps without penalties."""
    with placed(model, trainer.device):
        losses = list(_losses(trainer, name, model, rate, steps))
    sound = len(losses) == steps and finite([*model.state_dict().values(), torch.tensor(losses)])
    found = Trial(rate, sum(losses[-LAST:]) / LAST if sound else None, steps)
    trainer.listener(Event(f"{name} rate", steps, steps, found.facts()))
    return found


def _losses(trainer: Trainer, name: str, model: CompositeModel, rate: float, steps: int) -> Iterator[float]:
    settings = trainer.settings
    groups = model.parameter_groups(rate, settings.gate_learning_rate, settings.weight_decay)
    full = [group["lr"] for group in groups]
    optimizer = Adam(groups, lr=rate, betas=(0.9, 0.99), fused=True)
    order = torch.empty(0, dtype=torch.long)
    model.train()
    model.progress(0.0)
    for step in range(steps):
        trainer.check()
        if len(order) < 2:
            order = trainer.order(f"{name} rate", step)
        part, order = order[: settings.batch], order[settings.batch :]
        for group, usual in zip(optimizer.param_groups, full, strict=True):
            group["lr"] = usual * min(1.0, (step + 1) / WARMUP)
        x, y = trainer.batch(part)
        loss = trainer.task.loss(trainer.outputs(model, x), y)
        value = float(loss.detach())
        yield value
        if not math.isfinite(value):
            return
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
