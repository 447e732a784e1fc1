"""What a gate is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection

from torch import Tensor, nn

from dasdsl.frozen import frozen
from dasdsl.operations.core.decisions import Outcome


@frozen(slots=True)
class Pressure:
    """How strongly the penalties act at this moment: γ and η with the schedule's factor r(t) in them, and t in 0..1."""

    gamma: float
    eta: float
    progress: float


class Gate(nn.Module, ABC):
    """The gate of one decision, or of the few that make one filter."""

    @abstractmethod
    def value(self) -> Tensor:
        """What layers multiply with."""

    @abstractmethod
    def penalty(self, pressure: Pressure, value: Tensor) -> Tensor:
        """Its part of the loss, a scalar; `value` is what `value()` gives, computed once for all who need it."""

    @abstractmethod
    def outcomes(self) -> dict[str, Outcome]:
        """What its decisions have become, by their exact zeros."""

    def undecided(self) -> tuple[str, ...]:
        """Those of its decisions whose options do not nest, with several in use: only `clamp_` decides them."""
        return ()

    def resting(self) -> tuple[int, ...]:
        """The entries that are exactly zero, and could be closed for good without closing any other."""
        return ()

    def retire_(self, entries: Collection[int]) -> None:
        """Close resting entries for good: no training brings them back."""

    def narrowed(self, entries: Collection[int] = ()) -> dict[str, Outcome] | None:
        """The outcome that holds all that may still come, if these entries are retired as well; None without one."""
        return None


def positions_of(values: Tensor, numbers: tuple[int, ...]) -> tuple[int, ...]:
    """Those of `numbers` whose value is not exactly zero."""
    return tuple(number for number, kept in zip(numbers, (values != 0).tolist(), strict=True) if kept)
