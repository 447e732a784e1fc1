"""Moves: from an architecture of a space to a neighbour, with what becomes of the weights."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

import torch

from dasdsl.frozen import frozen
from dasdsl.layers.gated import GatedKernel
from dasdsl.lowering.composite import CompositeModel
from dasdsl.lowering.settling import decide_
from dasdsl.operations.core.decisions import Outcome, Outcomes
from dasdsl.search.moves.moments import Moments


@frozen
class Move(ABC):
    """A neighbour of an architecture: the decisions that it changes, and an edit of the weights that softens it.

    `label` names it: two moves of one label from two architectures are the same step.
    """

    label: str
    changes: Mapping[str, Outcome]

    @property
    def adds(self) -> bool:
        """Whether the network has something afterwards that it did not have."""
        return False

    @property
    def far(self) -> bool:
        """Whether what is left has to learn anew what it does."""
        return False

    @abstractmethod
    def edit_(self, model: CompositeModel, moments: Moments) -> None:
        """Prepare the weights; the decisions are those from before the move."""

    @torch.no_grad()
    def apply_(self, model: CompositeModel, moments: Moments) -> None:
        """Edit, and decide."""
        self.edit_(model, moments)
        decide_(model, dict(self.changes))
        tidy_(model)

    def after(self, outcomes: Outcomes) -> Outcomes:
        """The outcomes that it leads to."""
        return {**outcomes, **self.changes}


@torch.no_grad()
def tidy_(model: CompositeModel) -> None:
    """What decisions leave out becomes zero in the kernels too, so that it is nothing when it comes back."""
    values = model.bank.values()
    for module in model.modules():
        if isinstance(module, GatedKernel):
            module.weight.copy_(module.effective(values))
