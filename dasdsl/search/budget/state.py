"""Where it stands: the network that is shaved, the best that keeps the limit, and what was done so far."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Self

from torch import Tensor

from dasdsl.frozen import frozen
from dasdsl.search.checkpoint import State
from dasdsl.search.moves.snapshot import Snapshot, outcomes_of

MODEL, BEST = "model/", "best/"


@dataclass
class Progress:
    """As plain values. `left` are the rungs that are still to come, `error` that of the best candidate so far.

    `shaved` are the moves that were made, in order; `chosen` those that led from there to the best candidate, of which
    `tried` have been trained.
    """

    left: int
    stage: str = "settle"
    steps: int = 0
    shaved: list[str] = field(default_factory=list[str])
    chosen: list[str] = field(default_factory=list[str])
    found: int = 0
    tried: int = 0
    error: float | None = None

    def facts(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


@frozen
class Standing:
    """All that goes on."""

    progress: Progress
    model: Snapshot
    best: Snapshot | None = None

    def state(self) -> State:
        """To be written."""
        tensors: dict[str, Tensor] = {f"{MODEL}{name}": tensor for name, tensor in self.model.tensors.items()}
        facts: dict[str, Any] = {"progress": self.progress.facts(), "outcomes": self.model.outcomes, "best": None}
        if self.best is not None:
            tensors |= {f"{BEST}{name}": tensor for name, tensor in self.best.tensors.items()}
            facts["best"] = self.best.outcomes
        return State(tensors, facts)

    @classmethod
    def of(cls, state: State) -> Self:
        """The inverse of `state`."""
        best = state.facts["best"]
        return cls(
            Progress(**state.facts["progress"]),
            Snapshot(outcomes_of(state.facts["outcomes"]), _under(MODEL, state)),
            None if best is None else Snapshot(outcomes_of(best), _under(BEST, state)),
        )


def _under(prefix: str, state: State) -> dict[str, Tensor]:
    return {name[len(prefix) :]: tensor for name, tensor in state.tensors.items() if name.startswith(prefix)}
