"""Small networks have one thread, unless a number was chosen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from dasdsl.cli import main
from dasdsl.ir.elaborate import elaborate
from dasdsl.language import load, loads
from dasdsl.search.settings import Settings
from dasdsl.search.threads import CHOSEN, enough
from tests.search.runs import QUICK, TINY, tiny

PILOTNET = Path(__file__).parents[2] / "spaces/pilotnet.das"


@pytest.fixture(autouse=True)
def two(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process that nobody told how many threads it has, of two."""
    before = torch.get_num_threads()
    for name in CHOSEN:
        monkeypatch.delenv(name, raising=False)
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def threads(text: str, **flags: object) -> int:
    with enough(elaborate(loads(text)), Settings.of({}, flags)):
        found = torch.get_num_threads()
    assert torch.get_num_threads() == 2
    return found


def test_a_small_network_has_one() -> None:
    assert threads(TINY) == 1


def test_a_large_one_has_those_of_the_process() -> None:
    assert threads(str(load(PILOTNET))) == 2


def test_the_batch_counts() -> None:
    assert threads(TINY, batch=1_000_000) == 2


@pytest.mark.parametrize("name", CHOSEN)
def test_a_number_that_was_chosen_stays(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "2")
    assert threads(TINY) == 2


def test_on_another_device_they_are_few_anyway() -> None:
    settings = Settings.of({}, {"device": "cuda"})
    with enough(elaborate(loads(TINY)), settings):
        assert torch.get_num_threads() == 2


def test_as_before_where_it_fails() -> None:
    with pytest.raises(KeyError), enough(elaborate(loads(TINY)), Settings.of({}, {})):
        raise KeyError
    assert torch.get_num_threads() == 2


def test_a_search_and_a_training_tell_of_it(tmp_path: Path) -> None:
    space, data = tiny(tmp_path)
    run, own = tmp_path / "run", tmp_path / "own"
    assert main(["search", str(space), "--data", str(data), "--out", str(run), *QUICK]) == 0
    assert main(["train", str(run / "architecture.das"), "--data", str(data), "--out", str(own), *QUICK]) == 0
    assert json.loads((run / "report.json").read_text())["threads"] == 1
    for folder in (run, own):
        assert json.loads((folder / "run.json").read_text())["environment"]["threads"] == 1
    assert torch.get_num_threads() == 2
