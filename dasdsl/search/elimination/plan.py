"""How long an elimination may train."""

from __future__ import annotations

import math

from dasdsl.frozen import frozen
from dasdsl.search.settings import Settings

FEWEST = 300
"""Steps of a search after which anything has settled."""


@frozen
class Plan:
    """How long trainings are, in steps, and their rate.

    `settle` is after the clamp, `brief` of a part of a move; `most` of all together. The rate is `doubted` where trials
    told little, since nothing is learnt in a few steps.

    What is looked at without training counts too, as the steps of the whole composite that take as many MACs.
    """

    settle: int
    brief: int
    move: int
    growth: int
    most: int
    rate: float
    doubted: bool = False

    @classmethod
    def of(cls, settings: Settings, steps: int, rate: float, *, doubted: bool = False) -> Plan:
        """After a search of so many steps at this learning rate.

        That is a quarter of them to settle, a sixtieth for a part of a move, a tenth for a move, three tenths for
        a growth.

        After a trial of a few steps there is nothing to eliminate from: all is 0.
        """
        if steps < FEWEST:
            return cls(0, 0, 0, 0, 0, 0.0)
        return cls(
            settle=math.ceil(steps / 4),
            brief=math.ceil(steps / 60),
            move=math.ceil(steps / 10),
            growth=math.ceil(3 * steps / 10),
            most=math.ceil((settings.elimination or 0.0) * steps),
            rate=rate / 4,
            doubted=doubted,
        )
