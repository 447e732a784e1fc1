"""How sure a search is that its network is the one that fits, and no other that costs as much or less.

An elimination ends where each move that is left makes the network worse. The margin is by how much the least of them
failed: its error over the best, as a multiple of what was allowed. A network with a margin of 100 misses every part
that it has; one with a margin of 2 has a part whose absence hardly shows. On planted networks, where the truth is
known, the logarithm of the margin foretells well whether a search was exact (`benchmarks/confidence.py`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from dasdsl.search.elimination.state import Progress

BASE: Final = -2.1
SLOPE: Final = 3.0
"""The log odds of being exact, at a margin of 1 and for each factor of 10 more."""
LARGEST: Final = 1000.0
"""The margin of a network that nothing could be taken from, and the largest that counts."""
MOST: Final = 0.99
"""More cannot be said after a few hundred planted networks."""
UNTRIED: Final = 0.5
"""Nor more than this where the steps ended before all moves of the last network were tried."""


def confidence(progress: Progress | None) -> float | None:
    """The chance, 0 to 1, that a finished elimination found the network that is there; None without an elimination."""
    if progress is None:
        return None
    odds = BASE + SLOPE * math.log10(margin(progress.margins, exhausted=progress.exhausted))
    return round(min(1 / (1 + math.exp(-odds)), UNTRIED if progress.untried else MOST), 2)


def margin(margins: Sequence[float], *, exhausted: bool) -> float:
    """The least of the margins, 1 to `LARGEST`; where no move was tried, whether the steps were too few to try one."""
    return min(max(min(margins, default=1.0 if exhausted else LARGEST), 1.0), LARGEST)
