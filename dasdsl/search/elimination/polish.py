"""A short training of a network, from a rate of its own down to 2 % of it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable

import torch

from dasdsl.lowering.composite import CompositeModel
from dasdsl.search.adam import Adam
from dasdsl.search.devices import placed
from dasdsl.search.loop import Trainer
from dasdsl.search.soap import Soap

LOOK_EVERY = 25
"""Steps after which it is seen whether it is good enough."""
WARM = 0.04
"""In this part of a training by SOAP the rate rises: the first steps are made in a basis that few gradients tell."""


def polish_(
    trainer: Trainer,
    model: CompositeModel,
    name: str,
    steps: int,
    rate: float,
    enough: Callable[[], bool] | None = None,
    *,
    soap: bool = True,
) -> int:
    """Train for so many steps, by SOAP or by Adam, until it is good enough or diverges; returns the steps made.

    What is random follows from the seed of the run and `name`. Raises: Interrupted where a stop was asked for.
    """
    torch.manual_seed(number_of(f"{trainer.settings.seed}/{name}"))
    with placed(model, trainer.device):
        return _polished(trainer, model, name, steps, rate, enough, soap=soap)


def _polished(
    trainer: Trainer,
    model: CompositeModel,
    name: str,
    steps: int,
    rate: float,
    enough: Callable[[], bool] | None,
    *,
    soap: bool,
) -> int:
    weights = list(model.parameters())
    optimizer = Soap(weights, rate) if soap else Adam(weights, lr=rate, betas=(0.9, 0.99), fused=True)
    order = torch.empty(0, dtype=torch.long)
    made = 0
    model.train()
    while made < steps:
        if len(order) < 2:
            order = trainer.order(name, made)
        part, order = order[: trainer.settings.batch], order[trainer.settings.batch :]
        now = rate * (0.02 + 0.49 * (1 + math.cos(math.pi * made / steps)))
        if isinstance(optimizer, Soap):
            optimizer.rate = now * min((made + 1) / (WARM * steps), 1.0)
        else:
            optimizer.param_groups[0]["lr"] = now
        x, y = trainer.batch(part)
        loss = trainer.task.loss(trainer.outputs(model, x), y)
        if not math.isfinite(float(loss.detach())):
            break
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        made += 1
        trainer.check()
        if made % LOOK_EVERY == 0 and enough is not None:
            model.eval()
            if enough():
                break
            model.train()
    model.eval()
    return made


def number_of(text: str) -> int:
    """A seed that follows from a text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "little")
