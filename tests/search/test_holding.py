"""The log of a run that is killed and gone on with: as that of one that nothing interrupts."""

from __future__ import annotations

import json
from pathlib import Path

from dasdsl.search.events import Event, silent
from dasdsl.search.folder import Folder
from dasdsl.search.holding import logged

TOLD = [
    Event("one", 0, 9, {"loss": 9}),
    Event("one", 3, 9, {"loss": 8}),
    Event("one", 3, 9, {"loss": 7}, again=True),
    Event("one", 3, 9),
    Event("one", 5, 9, {"loss": 6}),
    Event("one", 9, 9, {"loss": 5}),
    Event("one", 9, 9, {"loss": 4}, again=True),
    Event("two", 9, 9, {"loss": 3}),
]


def tell(folder: Path, events: list[Event]) -> list[tuple[int, int]]:
    """As a process tells them; the steps and losses that the log has then."""
    listen = logged(Folder(folder), silent)
    for event in events:
        listen(event)
    lines = (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()
    return [(facts["step"], facts["loss"]) for facts in map(json.loads, lines)]


def test_each_step_has_one_line(tmp_path: Path) -> None:
    assert tell(tmp_path, TOLD) == [(0, 9), (3, 8), (5, 6), (9, 5), (9, 3)]


def test_wherever_it_was_killed_and_whatever_state_it_goes_on_from(tmp_path: Path) -> None:
    whole = tell(tmp_path, TOLD)
    for killed in range(1, len(TOLD) + 1):
        # the newest state is of what was told last, or of one before it
        for state in range(max(killed - 2, 0), killed + 1):
            folder = tmp_path / f"{killed}-{state}"
            folder.mkdir()
            tell(folder, TOLD[:killed])
            assert tell(folder, TOLD[state:]) == whole
