"""A filter within the dense kernel that serves every choice."""

from __future__ import annotations

from math import prod

from dasdsl.frozen import frozen


@frozen(slots=True)
class Filter:
    """A choice of sides h and dilation d within the dense kernel of the largest, H and D; one number a side each.

    Tap i is the kernel's tap D⌊H/2⌋ + d(i−⌊h/2⌋). A dilation that is closed is not part of this: both are 1 then.
    """

    sides: tuple[int, ...]
    spread: tuple[int, ...]
    largest: tuple[int, ...]
    largest_spread: tuple[int, ...]

    @property
    def region(self) -> tuple[slice, ...]:
        """Its taps in the dense kernel, for each side."""
        return tuple(
            slice(D * (H // 2) - d * (h // 2), D * (H // 2) - d * (h // 2) + d * (h - 1) + 1, d)
            for h, d, H, D in zip(self.sides, self.spread, self.largest, self.largest_spread, strict=True)
        )

    @property
    def taps(self) -> int:
        """How many taps it has."""
        return prod(self.sides)


@frozen(slots=True)
class FilterGate:
    """The gate of a filter: `members` are its decisions, `options` every combination's filter, last member fastest."""

    key: str
    members: tuple[str, ...]
    options: tuple[Filter, ...]
