"""What a decided network is at a moment, to go back to."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from dasdsl.frozen import frozen
from dasdsl.lowering.composite import CompositeModel
from dasdsl.lowering.settling import decide_
from dasdsl.operations.core.decisions import Outcome, Outcomes


@frozen
class Snapshot:
    """What a decided network is at a moment: the outcomes of its decisions, and all its tensors."""

    outcomes: Outcomes
    tensors: dict[str, Tensor]

    @classmethod
    def of(cls, model: CompositeModel) -> Snapshot:
        """A copy of what it is now."""
        tensors = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
        return cls(model.outcomes(), tensors)

    @torch.no_grad()
    def restore_(self, model: CompositeModel) -> None:
        """Let a network of the same space be that again."""
        model.load_state_dict(self.tensors)
        decide_(model, self.outcomes)


def outcomes_of(facts: dict[str, Any]) -> Outcomes:
    """Outcomes from JSON, where tuples have become lists."""
    return {name: _outcome(value) for name, value in facts.items()}


def _outcome(value: Any) -> Outcome:  # noqa: ANN401 - JSON
    if isinstance(value, int):
        return value
    return tuple(tuple(one) if isinstance(one, list) else one for one in value)  # type: ignore[return-value]
