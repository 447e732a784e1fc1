"""Where an axis has its marks, and how far a value is along it."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, floor, log10

from dasdsl.frozen import frozen

NICE = (1, 2, 2.5, 5, 10)
MANY = 6


@frozen(slots=True)
class Scale:
    """From the least to the most of an axis, by their logarithms or as they are; the least is below the most."""

    least: float
    most: float
    logarithmic: bool = False
    whole: bool = False
    """Whether only whole numbers have marks."""

    @classmethod
    def of(cls, values: Iterable[float], *, logarithmic: bool = False, whole: bool = False) -> Scale:
        """An axis that all values are on; one of a single value has some room about it."""
        every = [value for value in values if value > 0 or not logarithmic] or [1.0]
        least, most = min(every), max(every)
        if logarithmic:
            ends = (least / 1.05, most * 1.05) if least < most else (least / 2, most * 2)
            return cls(*ends, logarithmic, whole)
        room = (most - least or abs(most) or 1.0) * 0.04
        return cls(least - room, most + room, logarithmic, whole)

    def along(self, value: float) -> float:
        """How far a value is from the least to the most, 0 to 1."""
        if self.logarithmic:
            return log10(max(value, self.least) / self.least) / log10(self.most / self.least)
        return (value - self.least) / (self.most - self.least)

    def ticks(self) -> list[float]:
        """Round numbers along the axis, some three to eight of them."""
        return self._decades() if self.logarithmic else self._steps()

    def _steps(self) -> list[float]:
        rough = (self.most - self.least) / MANY
        size = 10 ** floor(log10(rough))
        step = next(size * nice for nice in NICE if size * nice >= rough * 0.999)
        step = max(1.0, round(step)) if self.whole else step
        first = ceil(self.least / step - 1e-9)
        return [step * number for number in range(first, floor(self.most / step + 1e-9) + 1)]

    def _decades(self) -> list[float]:
        low, high = floor(log10(self.least)), ceil(log10(self.most))
        parts = (1, 2, 5) if high - low <= 3 else (1,)
        jump = ceil((high - low) / MANY)
        found = [part * 10.0**power for power in range(low, high + 1, jump) for part in parts]
        inside = [value for value in found if self.least <= value <= self.most]
        inside = [value for value in inside if value.is_integer() or not self.whole]
        return inside if len(inside) > 1 else self._steps()
