"""Trainings of a stage are kept while it lasts: however often it is stopped, it comes to its end, and to the same."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from dasdsl.search import loop
from dasdsl.search.checkpoint import State
from dasdsl.search.elimination.loop import Elimination
from dasdsl.search.elimination.plan import Plan
from dasdsl.search.interrupts import Interrupted
from dasdsl.search.polishing import journal as module
from dasdsl.search.polishing import polish
from dasdsl.search.polishing.journal import Journal
from tests.search.elimination.test_sounding import largest, teacher
from tests.search.planted import taught, trainer
from tests.search.polishing.test_polish import Countdown

PLAN = Plan(settle=20, brief=5, move=20, growth=60, most=600, rate=1e-2)
SHORT = 45
"""Steps, fewer than the longest training has."""


def elimination(states: Path | None, stop: int | None = None) -> Elimination:
    one = trainer(taught(teacher(1)))
    if stop is not None:
        one.stop = Countdown(stop)
    return Elimination(one, largest(), PLAN, states)


@pytest.fixture(scope="module")
def undisturbed() -> Elimination:
    """One that nobody stops, after its end."""
    one = elimination(None)
    one.run()
    return one


def test_one_that_is_stopped_within_each_training_comes_to_its_end(tmp_path: Path, undisturbed: Elimination) -> None:
    for _ in range(200):
        again = elimination(tmp_path / "eliminate", SHORT)
        try:
            progress = again.run()
        except Interrupted:
            continue
        break
    else:
        pytest.fail("it begins again and again")
    assert progress == undisturbed.progress
    assert again.piece.work == undisturbed.piece.work
    for name, tensor in undisturbed.piece.model.state_dict().items():
        torch.testing.assert_close(again.piece.model.state_dict()[name], tensor, rtol=0, atol=0, msg=name)
    assert [path.name for path in tmp_path.iterdir()] == ["eliminate"]


def test_trainings_are_not_made_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a kill, of which nobody is told: of a stage with several trainings the last alone is made again."""
    steps, killed_at = list[int](), [0]
    made = polish._Polish._one

    def counted(of: polish._Polish) -> None:
        steps.append(of.made)
        if len(steps) in killed_at:
            raise MemoryError
        made(of)

    monkeypatch.setattr(polish._Polish, "_one", counted)
    expected, count = elimination(None).run(), len(steps)
    steps.clear()
    killed_at[0] = 150
    monkeypatch.setattr(loop, "SAVE_EVERY", -1.0)
    with pytest.raises(MemoryError):
        elimination(tmp_path / "eliminate").run()
    monkeypatch.setattr(loop, "SAVE_EVERY", 60.0)
    assert elimination(tmp_path / "eliminate").run() == expected
    # the step that was begun is made again
    assert len(steps) == count + 1


def test_what_takes_seconds_waits_until_it_has_become_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was made before is written first, since the rest could not be gone on with."""
    journal, now = Journal(tmp_path / "trainings"), [0.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    journal.begin_(1.5)
    places = [journal.next_() for _ in range(3)]
    for now[0], place in zip((15.0, 19.0, 21.0), places, strict=True):
        assert place is not None
        assert not (tmp_path / "trainings").exists()
        place.keep_(7, State({"one": torch.zeros(1)}, {"at": now[0]}))
    read = [place.read()[0] for place in places if place is not None]
    assert [None if one is None else one.facts["at"] for one in read] == [15.0, 19.0, 21.0]
    assert journal.saved == 21.0
    assert not journal.waiting


def test_each_stage_has_its_own(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "trainings")
    first = [journal.next_(), journal.next_()]
    paths = [place.path for place in first if place is not None]
    assert len(set(paths)) == 2
    for place in first:
        assert place is not None
        place.keep_(1, State({}, {}), at_once=place.path == paths[0])
    assert [path.exists() for path in paths] == [True, False]
    journal.go_on_(0.0)
    assert not journal.waiting
    again = journal.next_()
    assert again is not None
    assert again.path == paths[0]
    assert again.read()[0] is not None
    journal.begin_(1.5)
    assert not (tmp_path / "trainings").exists()
    other = journal.next_()
    assert other is not None
    assert other.path not in paths
    assert Journal().next_() is None
