"""Interrupted, killed, damaged: what is gone on with ends as if nothing had happened."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import dasdsl
from dasdsl.cli import main
from dasdsl.data import DataOptions
from dasdsl.search import api, loop
from dasdsl.search.events import Event
from dasdsl.search.interrupts import Interrupted
from dasdsl.search.settings import Settings
from tests.search.runs import contents, phases_told, started, stop_when, stop_within, tiny

# long enough that a signal finds every phase at work
LONG = ("--epochs", "16", "--finetune", "16", "--batch", "4", "--seed", "3")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nothing interrupts."""
    folder = tmp_path_factory.mktemp("whole")
    space, data = tiny(folder)
    assert main(["search", str(space), "--data", str(data), "--out", str(folder / "run"), *LONG]) == 0
    return folder / "run"


def files(whole: Path) -> tuple[Path, Path]:
    return whole.parent / "tiny.das", whole.parent / "tiny.npz"


def test_ctrl_c_in_every_phase(whole: Path, tmp_path: Path) -> None:
    space, data = files(whole)
    folder = tmp_path / "run"
    process = started("search", space, "--data", data, "--out", folder, *LONG)
    for phase in ("search", "finetune", "baseline"):
        code, errors = stop_within(process, folder, phase, signal.SIGINT)
        assert code == 130, errors
        assert f"interrupted; the state is saved, go on with: dasdsl search --resume {folder}" in errors
        assert "Traceback" not in errors
        assert not (folder / "report.json").exists()
        assert (folder / "architecture.das").exists() is (phase != "search")
        if phase != "baseline":
            process = started("search", "--resume", folder)
    assert set(phases_told(folder)) == {"search", "finetune", "baseline"}
    assert main(["search", "--resume", str(folder)]) == 0
    assert contents(folder) == contents(whole)


def test_kill_9_in_every_phase(whole: Path, tmp_path: Path) -> None:
    """With a state every few steps, so that one is being written when the end comes."""
    space, data = files(whole)
    folder = tmp_path / "run"

    def begun(*arguments: object) -> subprocess.Popen[str]:
        code = f"""import sys
import dasdsl.search.loop
from dasdsl.cli import main
dasdsl.search.loop.SAVE_EVERY = 0.05
sys.exit(main({[str(argument) for argument in arguments]!r}))"""
        return subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
        )

    process = begun("search", space, "--data", data, "--out", folder, *LONG)
    for phase in ("search", "baseline"):
        code, _ = stop_within(process, folder, phase, signal.SIGKILL)
        assert code == -signal.SIGKILL
        assert not (folder / "report.json").exists()
        if phase == "search":
            process = begun("search", "--resume", folder)
    assert main(["search", "--resume", str(folder)]) == 0
    assert contents(folder) == contents(whole)
    assert not [path for path in folder.rglob(".*") if path.name != ".lock"]


def test_a_second_ctrl_c_ends_at_once(whole: Path, tmp_path: Path) -> None:
    space, data = files(whole)
    folder = tmp_path / "run"
    process = started("search", space, "--data", data, "--out", folder, *LONG, "--epochs", "9999")
    stopped = {"once": False}

    def twice() -> bool:
        if "search" in phases_told(folder) and not stopped["once"]:
            process.send_signal(signal.SIGINT)
            stopped["once"] = True
        return stopped["once"]

    code, errors = stop_when(process, twice, signal.SIGINT)
    assert code == 130
    assert "interrupted" in errors
    assert "Traceback" not in errors


# ---- damage ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def stopped(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The run of `finished`, stopped in its search, with two states."""
    monkeypatch.setattr(loop, "SAVE_EVERY", 0.0)
    space = dasdsl.load(finished.parent / "tiny.das")
    told = json.loads((finished / "run.json").read_text(encoding="utf-8"))
    folder = tmp_path / "run"

    def stop(event: Event) -> None:
        if event.step == 8:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(Interrupted):
        api.begin(space, told["data"], folder, Settings.of({}, told["settings"]), DataOptions(), stop)
    monkeypatch.undo()
    assert len(list((folder / "checkpoints" / "search").glob("*.json"))) == 2
    return folder


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)


@pytest.mark.parametrize("suffix", ["json", "safetensors"])
def test_the_state_before_a_damaged_one_is_used(
    suffix: str, stopped: Path, finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    newest = max((stopped / "checkpoints" / "search").glob(f"*.{suffix}"))
    damage(newest)
    capsys.readouterr()
    assert main(["search", "--resume", str(stopped)]) == 0
    told = capsys.readouterr().err
    assert f"warning: {newest.with_suffix('')} is broken; the state before it is used" in told
    assert contents(stopped) == contents(finished)


def test_with_all_states_damaged_the_phase_begins_again(
    stopped: Path, finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (stopped / "checkpoints" / "search").glob("*.safetensors"):
        damage(path)
    assert main(["search", "--resume", str(stopped)]) == 0
    assert "is broken; this phase begins again" in capsys.readouterr().err
    assert contents(stopped) == contents(finished)


def test_without_any_state_it_begins_again(stopped: Path, finished: Path) -> None:
    shutil.rmtree(stopped / "checkpoints")
    assert main(["search", "--resume", str(stopped)]) == 0
    assert contents(stopped) == contents(finished)


def test_from_another_folder(stopped: Path, finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was given as a path beside the run is found from anywhere."""
    monkeypatch.chdir(stopped)
    assert main(["search", "--resume", "."]) == 0
    assert contents(stopped) == contents(finished)


def test_paths_are_kept_in_full(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(finished.parent)
    out = tmp_path / "run"
    assert (
        main(["search", "tiny.das", "--data", "tiny.npz", "--out", str(out), "--epochs", "1", "--finetune", "0"]) == 0
    )
    (out / "report.json").unlink()
    monkeypatch.chdir(tmp_path)
    assert main(["search", "--resume", "run"]) == 0
    assert json.loads((out / "run.json").read_text())["data"] == str(finished.parent / "tiny.npz")
