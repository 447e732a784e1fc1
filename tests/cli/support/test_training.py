"""What is told at the terminal while something trains."""

from __future__ import annotations

import pytest

from dasdsl.cli.support.training import progress
from dasdsl.search.events import Event

FACTS = {"params": 480, "macs": 8192, "loss": 0.0097}


def test_the_end_of_a_phase_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """An elimination ends some stages after its steps have; what was told already is told once, what is new is told."""
    with progress() as listen:
        listen(Event("eliminate", 100, 100, FACTS | {"params": 514}))
        listen(Event("eliminate", 100, 100, FACTS, again=True))
        listen(Event("eliminate", 100, 100, FACTS, again=True))
    assert capsys.readouterr().err == (
        "eliminate: 100/100 steps, 514 params, 8.19k MACs, loss 0.0097, 0 s left\n"
        "eliminate: 100/100 steps, 480 params, 8.19k MACs, loss 0.0097, 0 s left\n"
    )


def test_a_phase_that_ends_before_its_steps_do_has_a_last_line(capsys: pytest.CaptureFixture[str]) -> None:
    """What it is then was told with the step before, but not that it is the end."""
    with progress() as listen:
        listen(Event("eliminate", 40, 100, FACTS))
        listen(Event("eliminate", 40, 40, FACTS, again=True))
        listen(Event("eliminate", 40, 40, FACTS, again=True))
    assert capsys.readouterr().err == "eliminate: 40/40 steps, 480 params, 8.19k MACs, loss 0.0097, 0 s left\n"
