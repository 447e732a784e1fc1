"""What a network may cost, in numbers: `params=20%,macs=40M` for one space."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, log
from typing import Any, Self

from dasdsl.frozen import frozen
from dasdsl.ir.branching import by_macs, by_params
from dasdsl.ir.counting import count
from dasdsl.ir.extremes import largest
from dasdsl.ir.program import Program
from dasdsl.language.amounts import Amount, limit_text, read_limit
from dasdsl.operations.core.operation import Cost

SLACK = 0.02
"""The part of a limit that may be left over."""


@frozen(slots=True)
class Limit:
    """The most params and MACs; at least one of them is limited."""

    params: int | None = None
    macs: int | None = None

    @classmethod
    def of(cls, text: str, program: Program) -> Self:
        """What a text says, in numbers; percentages are of the largest network, by params and by MACs each."""
        written = read_limit(text)
        most = most_of(program)
        return cls(**{what: Amount.read(amount).of(most[what]) for what, amount in written.items()})

    @property
    def entries(self) -> dict[str, int]:
        """What is limited, and to how much."""
        both = {"params": self.params, "macs": self.macs}
        return {what: most for what, most in both.items() if most is not None}

    def __str__(self) -> str:
        return limit_text({what: str(most) for what, most in self.entries.items()})

    def binding(self, program: Program) -> Self | None:
        """The part of it that is below what the largest network costs, or equal to it; None where nothing is."""
        most = most_of(program)
        kept = {what: value for what, value in self.entries.items() if value <= most[what]}
        return type(self)(**kept) if kept else None

    # ---- what a network has of it ------------------------------------------------------------------------------------

    def shares(self, cost: Cost) -> dict[str, float]:
        """The part of each limit that a network uses up."""
        return {what: spent(cost, what) / max(most, 1) for what, most in self.entries.items()}

    def share(self, cost: Cost) -> float:
        """The part of the limit that binds, which is the one used up most."""
        return max(self.shares(cost).values())

    def met(self, cost: Cost) -> bool:
        """Whether it costs no more."""
        return all(spent(cost, what) <= most for what, most in self.entries.items())

    def near(self, cost: Cost) -> bool:
        """Whether it costs no more, and hardly less."""
        return self.met(cost) and self.share(cost) >= 1 - SLACK

    def excess(self, cost: Cost) -> float:
        """C = [log P/P*]₊ + [log M/M*]₊ (method: shaving)."""
        return sum(max(log(max(share, 1e-12)), 0.0) for share in self.shares(cost).values())

    def gap(self, cost: Cost) -> float:
        """How far it is from being near, on a logarithmic scale."""
        if self.met(cost):
            return max(log((1 - SLACK) / max(self.share(cost), 1e-12)), 0.0)
        return self.excess(cost)

    def rung(self, cost: Cost, left: int) -> Self:
        """The next limit on an even way, on a logarithmic scale, from a cost to this one in so many rungs."""
        return type(self)(**{what: _next(spent(cost, what), most, left) for what, most in self.entries.items()})

    def facts(self) -> dict[str, int]:
        """As plain JSON values."""
        return self.entries


def _next(now: int, most: int, left: int) -> int:
    if now <= most or left <= 1:
        return most
    return max(int(most * exp(log(now / max(most, 1)) * (left - 1) / left)), most)


def spent(cost: Cost, what: str) -> int:
    """The params or the MACs."""
    return cost.params if what == "params" else cost.macs


def most_of(program: Program) -> Mapping[str, int]:
    """The params and the MACs of the largest network of a space, each of the one that has most."""
    params, macs = (count(program, largest(program, measure)) for measure in (by_params, by_macs))
    return {"params": params.params, "macs": macs.macs}


def told(limit: Limit, cost: Cost) -> dict[str, Any]:
    """A limit, and what a network has of it, as plain JSON values."""
    return {
        "limit": limit.facts(),
        "reached": {"params": cost.params, "macs": cost.macs},
        "share": round(limit.share(cost), 6),
        "within": limit.near(cost),
    }
