"""Channels that are too many go again."""

from __future__ import annotations

import math

from dasdsl.search.elimination.spare import open_, widened
from dasdsl.search.elimination.taking_out import cut_back_
from dasdsl.search.elimination.workpiece import Workpiece
from tests.search.elimination.test_spare import CHAIN, PLAN, piece


def test_what_is_no_number_is_the_end_of_cutting_back() -> None:
    own = piece(CHAIN, samples=64)
    wide = widened(own, "a name", PLAN)
    assert wide is not None
    open_(wide)
    wide.get_parameter("conv2.weight").data.fill_(float("nan"))
    assert not math.isfinite(cut_back_(Workpiece(own.trainer, wide), {}, "a name", PLAN))
