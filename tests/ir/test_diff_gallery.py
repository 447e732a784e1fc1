"""What is closed in a space of the gallery differs from it by decisions alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dasdsl.ir.closing import close
from dasdsl.ir.diff import diff
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.extremes import largest, smallest
from dasdsl.ir.program import Program
from dasdsl.language import load
from dasdsl.operations.core.decisions import Outcomes

ROOT = Path(__file__).parents[2]
DECISIONS = {"filters", "channels", "dilation", "groups", "reads", "choice", "present", "count"}
LARGE = {"darts", "densenet-121", "efficientnet-b0", "nas-bench-201", "resnet-50", "resnext-50", "mobilenet-v3-large"}
SPACES = sorted(path.stem for path in (ROOT / "spaces").glob("*.das") if path.stem not in LARGE)
# of DenseNet, GoogLeNet, SqueezeNet and U-Net paths may be left of which no channel lives
PRUNED = {"googlenet", "squeezenet", "u-net", "densenet-121"}


@pytest.mark.parametrize("extreme", [largest, smallest])
@pytest.mark.parametrize("name", [*SPACES, "darts", "resnet-50"])
def test_only_decisions_differ(name: str, extreme: Callable[[Program], Outcomes]) -> None:
    space = load(ROOT / "spaces" / f"{name}.das")
    if not space.open:
        pytest.skip("nothing is open")
    program = elaborate(space)
    found = diff(space, close(program, extreme(program)).space)
    also = {"removed", "statement"} if name in PRUNED else set[str]()
    assert {change.what for change in found.changes} <= DECISIONS | also
    assert {change.verdict for change in found.changes if change.what in DECISIONS} <= {"closed", ""}
    assert not found.undecided
