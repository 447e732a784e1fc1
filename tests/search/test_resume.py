"""Interrupted, killed, damaged: what is gone on with ends as if nothing had happened."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import dasdsl
from dasdsl.cli import main
from dasdsl.data import DataOptions
from dasdsl.search import api, environment, loop
from dasdsl.search.checksums import with_checksum
from dasdsl.search.events import Event
from dasdsl.search.folder import Folder
from dasdsl.search.interrupts import Interrupted
from dasdsl.search.settings import Settings
from tests.forks import Forked
from tests.search.runs import contents, phases_told, stop_when, stop_within, tiny, tiny_data

# long enough that a signal finds every phase at work, and that rates are tried
LONG = ("--epochs", "15", "--finetune", "4", "--elimination", "0.2", "--batch", "4", "--seed", "3")


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
    process = Forked("search", space, "--data", data, "--out", folder, *LONG)
    for phase in ("search", "finetune", "baseline"):
        code, errors = stop_within(process, folder, phase, signal.SIGINT)
        assert code == 130, errors
        assert f"interrupted; the state is saved, go on with: dasdsl search --resume {folder}" in errors
        assert "Traceback" not in errors
        assert not (folder / "report.json").exists()
        assert (folder / "architecture.das").exists() is (phase != "search")
        if phase != "baseline":
            process = Forked("search", "--resume", folder)
    trained = {"search", "eliminate", "finetune", "baseline"}
    assert set(phases_told(folder)) == {*trained, "search rate", "baseline rate"}
    assert main(["search", "--resume", str(folder)]) == 0
    assert contents(folder) == contents(whole)


def begun(*arguments: object, setting: Callable[[], object] | None = None) -> Forked:
    """The command with a state every few steps, so that one is being written when the end comes."""
    return Forked(*arguments, before=partial(often, setting))


def often(setting: Callable[[], object] | None) -> None:
    loop.SAVE_EVERY = 0.05
    if setting is not None:
        setting()


def in_write(number: int) -> None:
    """Be killed when half of a file is there: `benchmarks/kills.py` does this many times."""
    sync, left = os.fsync, itertools.count(1)

    def synced(handle: int) -> None:
        if next(left) == number:
            if Path(f"/proc/self/fd/{handle}").is_file():
                os.ftruncate(handle, os.fstat(handle).st_size // 2)
            os.kill(os.getpid(), signal.SIGKILL)
        sync(handle)

    os.fsync = synced


def test_kill_9_in_every_phase(whole: Path, tmp_path: Path) -> None:
    space, data = files(whole)
    folder = tmp_path / "run"
    process = begun("search", space, "--data", data, "--out", folder, *LONG)
    for phase in ("search", "baseline"):
        code, _ = stop_within(process, folder, phase, signal.SIGKILL)
        assert code == -signal.SIGKILL
        assert not (folder / "report.json").exists()
        if phase == "search":
            process = begun("search", "--resume", folder)
    assert main(["search", "--resume", str(folder)]) == 0
    assert contents(folder) == contents(whole)
    assert (folder / "log.jsonl").read_bytes() == (whole / "log.jsonl").read_bytes()
    assert not [path for path in folder.rglob(".*") if path.name != ".lock"]


def test_kill_9_in_a_write(whole: Path, tmp_path: Path) -> None:
    """Of what the run was told, of a file of a state, and of the folder's entry after one."""
    space, data = files(whole)
    folder = tmp_path / "run"
    new = ("search", space, "--data", data, "--out", folder, *LONG)
    for number in (1, 7, 10):
        arguments = ("search", "--resume", folder) if (folder / "run.json").exists() else new
        process = begun(*arguments, setting=partial(in_write, number))
        _, errors = process.communicate(timeout=120)
        assert process.returncode == -signal.SIGKILL, errors
    assert main(["search", "--resume", str(folder)]) == 0
    assert contents(folder) == contents(whole)
    assert not [path for path in folder.rglob(".*") if path.name != ".lock"]


def test_sigterm_saves_and_leaves(whole: Path, tmp_path: Path) -> None:
    """What a batch system sends before it kills."""
    space, data = files(whole)
    folder = tmp_path / "run"
    process = Forked("search", space, "--data", data, "--out", folder, *LONG)
    code, errors = stop_within(process, folder, "search", signal.SIGTERM)
    assert code == 143, errors
    assert f"ended by SIGTERM; the state is saved, go on with: dasdsl search --resume {folder}" in errors
    assert "Traceback" not in errors
    assert main(["search", "--resume", str(folder)]) == 0
    assert contents(folder) == contents(whole)
    assert (folder / "log.jsonl").read_bytes() == (whole / "log.jsonl").read_bytes()


def test_the_same_seed_in_two_processes_one_killed_in_one_folder(whole: Path, tmp_path: Path) -> None:
    """Two processes never share a folder; the lock of one that is killed is gone with it."""
    space, data = files(whole)
    folder = tmp_path / "run"
    arguments = ("search", space, "--data", data, "--out", folder, *LONG)
    one = Forked(*arguments)
    stop_when(one, lambda: bool(phases_told(folder)), signal.SIGSTOP, ends=False)
    for other in (Forked(*arguments), Forked("search", "--resume", folder)):
        _, errors = other.communicate(timeout=120)
        assert other.returncode == 1
        assert "error[E505]" in errors or "error[E506]" in errors
    one.kill()
    one.communicate()
    assert main(["search", "--resume", str(folder)]) == 0
    assert contents(folder) == contents(whole)


def test_a_second_ctrl_c_ends_at_once(whole: Path, tmp_path: Path) -> None:
    space, data = files(whole)
    folder = tmp_path / "run"
    process = Forked("search", space, "--data", data, "--out", folder, *LONG, "--epochs", "9999")
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


# ---- elsewhere -------------------------------------------------------------------------------------------------------


def test_what_is_no_longer_exact_is_said(
    stopped: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = Folder(stopped).told()["environment"]
    assert set(told) == {"dasdsl", "torch", "ranks", "threads", "device", "cpu"}
    now = {**told, "threads": told["threads"] + 1, "torch": "9.9", "device": "cuda"}
    monkeypatch.setattr(environment, "environment", lambda _: now)
    capsys.readouterr()
    assert main(["search", "--resume", str(stopped)]) == 0
    said = capsys.readouterr().err
    assert f"warning: this run began with threads {told['threads']} and goes on with {now['threads']}: sums are" in said
    assert "goes on with 9.9: its kernels may compute in another way, so that the result is no longer exactly" in said
    assert "goes on with cuda" in said
    assert said.count("warning: ") == 3


def test_under_the_same_conditions_nothing_is_said(stopped: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["search", "--resume", str(stopped)]) == 0
    assert "warning" not in capsys.readouterr().err


def test_other_data_are_noticed(stopped: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = Folder(stopped).told()
    other = tiny_data(stopped.parent / "other.npz", changes={"y_test": np.zeros(100, np.int64)})
    (stopped / "run.json").write_bytes(with_checksum({**told, "data": str(other)}))
    assert main(["search", "--resume", str(stopped)]) == 0
    assert "warning: the data is no longer what this run began with" in capsys.readouterr().err


# ---- trainings on their own ------------------------------------------------------------------------------------------


def test_a_training_goes_on_too(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, data = str(finished / "architecture.das"), str(finished.parent / "tiny.npz")
    flags = ("--epochs", "10", "--finetune", "10", "--batch", "4", "--seed", "3")
    assert main(["train", text, "--data", data, "--out", str(tmp_path / "whole"), *flags]) == 0
    folder = tmp_path / "run"
    process = Forked("train", text, "--data", data, "--out", folder, *flags)
    code, errors = stop_within(process, folder, "train", signal.SIGINT)
    assert code == 130, errors
    assert f"run in {folder}\n" in errors
    assert f"interrupted; the state is saved, go on with: dasdsl train --resume {folder}" in errors
    assert not (folder / "report.json").exists()
    capsys.readouterr()
    assert main(["search", "--resume", str(folder)]) == 1
    assert "error[E504]: `dasdsl train` began what is in this folder" in capsys.readouterr().err
    assert main(["train", "--resume", str(folder), "--epochs", "3"]) == 2
    assert "so --epochs cannot be given with it" in capsys.readouterr().err
    for _ in range(2):
        assert main(["train", "--resume", str(folder)]) == 0
        for name in ("architecture.das", "weights.safetensors", "report.json", "log.jsonl"):
            assert (folder / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name


def test_a_search_is_no_training(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["train", "--resume", str(finished)]) == 1
    assert f"go on with it: `dasdsl search --resume {finished}`" in capsys.readouterr().err


def test_a_folder_that_a_killed_process_left_empty_is_empty(finished: Path, tmp_path: Path) -> None:
    """It had the lock, and was writing what it was told."""
    (tmp_path / ".lock").write_text("")
    (tmp_path / ".run.json.0123456789ab").write_text("{")
    text, data = str(finished / "architecture.das"), str(finished.parent / "tiny.npz")
    assert main(["train", text, "--data", data, "--out", str(tmp_path), "--epochs", "1", "--finetune", "0"]) == 0
    assert not (tmp_path / ".run.json.0123456789ab").exists()
