"""What something may cost, as it is written: `40M`, `2.5k`, `831`, or `20%` of the largest network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_FLOOR, Decimal
from types import MappingProxyType
from typing import Final, Literal, Self

from dasdsl.frozen import frozen

UNITS: Final = MappingProxyType({"": 1, "k": 10**3, "M": 10**6, "G": 10**9})
PATTERN: Final = r"(0|[1-9][0-9]{0,14})(\.[0-9]{1,9})?(%|[kKmMgG])?"
FORM: Final = "write a number above 0 (`831`, `2.5k`, `40M`, `1G`), or a part of the largest network, up to `100%`"
_AMOUNT: Final = re.compile(PATTERN)
COSTS: Final = ("params", "macs")
"""What a limit can be on."""
CostName = Literal["layers", "params", "macs", "both"]
"""What a search is to save: params, MACs, both alike, or as much in one layer as in another."""


@frozen(slots=True)
class Amount:
    """A number, or a number of hundredths of what the largest network costs."""

    number: Decimal
    relative: bool

    @classmethod
    def read(cls, text: str) -> Self:
        """The amount that a text says.

        Raises: ValueError where it says none, or nothing above 0, or more than 100 %.
        """
        found = _AMOUNT.fullmatch(text)
        if found is None:
            raise ValueError(text)
        unit = found[3] or ""
        number = Decimal(text.removesuffix(unit) if unit else text)
        relative = unit == "%"
        if number <= 0 or (relative and number > 100):
            raise ValueError(text)
        return cls(number if relative else number * _unit(unit), relative)

    def of(self, largest: int) -> int:
        """The whole number of params or MACs that it allows where the largest network has so many."""
        exact = self.number * largest / 100 if self.relative else self.number
        return int(exact.to_integral_value(ROUND_FLOOR))


def _unit(letter: str) -> int:
    return UNITS.get(letter) or UNITS[letter.swapcase()]


def read_limit(texts: str | Mapping[str, object]) -> dict[str, str]:
    """`macs=40M,params=20%`, or a mapping of the same, as amounts by what they are on.

    Raises: ValueError, whose text says what is wrong.
    """
    pairs = _pairs(texts) if isinstance(texts, str) else [(str(what), str(text)) for what, text in texts.items()]
    out: dict[str, str] = {}
    for what, text in pairs:
        if what not in COSTS:
            raise ValueError(f"`{what}` is nothing that a limit is on; write `params=20%` or `macs=40M`")
        if what in out:
            raise ValueError(f"`{what}` is limited twice")
        try:
            Amount.read(text)
        except ValueError:
            raise ValueError(f"`{text}` is no limit on {what}; {FORM}") from None
        out[what] = text
    if not out:
        raise ValueError("nothing is limited; write `params=20%` or `macs=40M`")
    return out


def limit_text(amounts: Mapping[str, str]) -> str:
    """`params=20%,macs=40M`, the same for every order of writing."""
    return ",".join(f"{what}={amounts[what]}" for what in COSTS if what in amounts)


def _pairs(text: str) -> list[tuple[str, str]]:
    parts = [part.partition("=") for part in text.split(",")]
    return [(what.strip(), number.strip()) for what, _, number in parts]
