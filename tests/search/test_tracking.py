"""Trackers are told what the log is told; nothing of a run depends on them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

import dasdsl
from dasdsl.search import api, tracking
from dasdsl.search.events import Event
from dasdsl.search.interrupts import Interrupted
from dasdsl.search.settings import Settings
from dasdsl.search.tracking import figures_of, track
from dasdsl.trackers.apart import waiting
from dasdsl.trackers.tracker import Begun, Ended
from tests.search.runs import contents, report_of

FLAGS = {"epochs": 3, "finetune": 2, "batch": 16, "seed": 3}
Told = list[tuple[str, int, Mapping[str, float]]]


class Recorder:
    """A tracker that remembers, and fails where it is told to."""

    title, extra, modules = "Recorder", "none", ()

    def __init__(self) -> None:
        self.points: Told = []
        self.begun: list[Begun] = []
        self.ended: list[Ended] = []
        self.fails = ""

    def missing(self) -> str:
        return ""

    def prepare(self) -> None:
        self._fail("prepare")

    def begin(self, run: Begun) -> str:
        self.begun.append(run)
        self._fail("begin")
        return run.known or "name-1"

    def point(self, phase: str, step: int, figures: Mapping[str, float]) -> None:
        self.points.append((phase, step, figures))
        self._fail(phase)

    def end(self, run: Ended) -> None:
        self.ended.append(run)
        self._fail("end")

    def _fail(self, where: str) -> None:
        if self.fails == where:
            raise ConnectionError("no route to host\nand more")


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Whatever tracker is asked for."""
    one = Recorder()
    monkeypatch.setattr(tracking, "tracker", lambda _: one)
    return one


def logged(folder: Path) -> Told:
    """What the log says, as a tracker is told it."""
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    left_out = ("phase", "step", "epoch")
    return [
        (line["phase"], line["step"], {name: value for name, value in line.items() if name not in left_out})
        for line in lines
        if "rate" not in line
    ]


def search(folder: Path, finished: Path, **more: object) -> api.Run:
    space = dasdsl.load(finished.parent / "tiny.das")
    return dasdsl.search(space, finished.parent / "tiny.npz", out=folder, trackers=["recorder"], **FLAGS, **more)


def test_a_run_is_told_from_its_beginning_to_its_end(recorder: Recorder, finished: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    done = search(folder, finished)
    [begun], [ended] = recorder.begun, recorder.ended
    assert (begun.name, begun.folder, begun.known) == (f"{tmp_path.name}/run", folder, None)
    assert dict(begun.settings) == {
        "space": "tiny",
        "data": "tiny",
        **{name: value for name, value in done.report["settings"].items() if value is not None},
    }
    assert recorder.points == logged(folder)
    assert {phase for phase, _, _ in recorder.points} == {"search", "finetune", "baseline"}
    assert ended == Ended("finished", figures_of(done.report), ended.files)
    assert [path.name for path in ended.files] == [
        "architecture.das",
        "weights.safetensors",
        "report.json",
        "report.html",
    ]
    assert done.warnings == ()
    assert json.loads((folder / "trackers.json").read_text(encoding="utf-8")) == {"recorder": "name-1"}


@pytest.mark.usefixtures("recorder")
def test_it_ends_as_without_them(finished: Path, tmp_path: Path) -> None:
    search(tmp_path / "run", finished)
    assert contents(tmp_path / "run") == contents(finished)


@pytest.mark.parametrize(("fails", "points"), [("begin", 0), ("search", 1), ("finetune", 4), ("end", 10)])
def test_a_tracker_that_fails_is_told_of_once_and_left_out(
    recorder: Recorder, fails: str, points: int, finished: Path, tmp_path: Path
) -> None:
    recorder.fails = fails
    folder = tmp_path / "a run"
    done = search(folder, finished)
    again = f"tell it afterwards with `dasdsl track '{folder}' --to recorder`"
    assert done.warnings == (f"Recorder failed: no route to host; the run goes on without it; {again}",)
    assert len(recorder.points) == points
    assert contents(folder) == contents(finished)


def test_an_interrupted_run_goes_on_in_the_same_run_of_a_tracker(
    recorder: Recorder, finished: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"

    def stop(event: Event) -> None:
        if event.phase == "finetune" and event.facts:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(Interrupted):
        search(folder, finished, listener=stop)
    assert [ended.state for ended in recorder.ended] == ["interrupted"]
    assert recorder.ended[0].figures == {}
    before = len(recorder.points)
    api.resume(folder)
    assert [begun.known for begun in recorder.begun] == [None, "name-1"]
    assert [ended.state for ended in recorder.ended] == ["interrupted", "finished"]
    assert recorder.points[before:] == logged(folder)


def test_a_run_that_fails(recorder: Recorder, finished: Path, tmp_path: Path) -> None:
    with pytest.raises(dasdsl.DasError, match="E503"):
        search(tmp_path / "run", finished, learning_rate=1e30)
    assert [ended.state for ended in recorder.ended] == ["failed"]


@pytest.mark.usefixtures("recorder")
def test_a_resumed_run_whose_tracker_is_gone(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No package of a tracker is worth a run that cannot be gone on with."""
    search(tmp_path / "run", finished)
    monkeypatch.undo()
    [warning] = api.resume(tmp_path / "run").warnings
    assert warning.startswith("there is no tracker `recorder`; the run goes on without it")


def test_a_training_is_tracked_too(recorder: Recorder, finished: Path, tmp_path: Path) -> None:
    space = dasdsl.load(finished / "architecture.das")
    folder, report = api.train(space, finished.parent / "tiny.npz", out=tmp_path / "run", trackers=["one"], **FLAGS)
    assert recorder.points == logged(folder.path)
    assert recorder.ended[0].figures["report/metric"] == report["metric"]
    assert [path.name for path in recorder.ended[0].files] == ["architecture.das", "weights.safetensors", "report.json"]


def test_what_cannot_be_used_is_refused_before_anything_is_made(finished: Path, tmp_path: Path) -> None:
    for command in (dasdsl.search, api.train):
        with pytest.raises(dasdsl.DasError, match=r"E517.*no tracker `tensorbord`\n  help: there are tensorboard, mlf"):
            command(
                dasdsl.load(finished.parent / "tiny.das"),
                finished.parent / "tiny.npz",
                out=tmp_path / "run",
                trackers=["tensorbord"],
            )
    assert not (tmp_path / "run").exists()


# ---- afterwards ------------------------------------------------------------------------------------------------------


def test_a_finished_run_is_told_afterwards(recorder: Recorder, finished: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(finished, tmp_path / "run")
    track(folder, ["recorder"])
    [begun], [ended] = recorder.begun, recorder.ended
    report = report_of(folder)
    assert begun.settings["epochs"] == report["settings"]["epochs"] == 3
    assert recorder.points == logged(folder)
    assert ended.state == "finished"
    assert ended.figures["report/found/params"] == report["found"]["params"]


def test_a_run_that_is_not_finished(recorder: Recorder, finished: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(finished, tmp_path / "run")
    (folder / "report.json").unlink()
    (folder / "trackers.json").write_text("[]", encoding="utf-8")
    track(folder, ["recorder"])
    assert [ended.state for ended in recorder.ended] == ["interrupted"]
    assert recorder.begun[0].settings["tolerance"] == Settings().tolerance
    assert "gamma" not in recorder.begun[0].settings


def test_a_tracker_that_fails_afterwards_is_an_error(recorder: Recorder, finished: Path, tmp_path: Path) -> None:
    recorder.fails = "search"
    folder = shutil.copytree(finished, tmp_path / "run")
    with pytest.raises(dasdsl.DasError, match=r"E517.*Recorder failed: no route to host\n"):
        track(folder, ["recorder"])


def test_a_report_that_is_none(recorder: Recorder, finished: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(finished, tmp_path / "run")
    for text in ("[]", "{", "[" * 100_000, '{"settings": 3}'):
        (folder / "report.json").write_text(text, encoding="utf-8")
        with pytest.raises(dasdsl.DasError, match="E507"):
            track(folder, ["recorder"])
    assert recorder.begun == []


def test_figures_are_numbers() -> None:
    report = {"found": {"params": 3, "metric": None}, "baseline": {}, "confidence": True, "seconds": float("inf")}
    assert figures_of(report) == {"report/found/params": 3}


def test_reports_of_any_kind() -> None:
    """Whatever stands in a file that somebody has edited."""
    assert figures_of({"found": [], "finetuned": None, "seconds": 10**400, "metric": float("nan")}) == {}


def test_a_tracker_that_hangs_holds_nothing(
    recorder: Recorder, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()
    monkeypatch.setattr(recorder, "point", lambda *_: released.wait(60))
    monkeypatch.setitem(tracking.PATIENCE, "finished", 0.1)
    done = search(tmp_path / "run", finished)
    assert [text.partition(";")[0] for text in done.warnings] == ["Recorder does not answer"]
    assert contents(tmp_path / "run") == contents(finished)
    assert waiting()
    released.set()


def test_a_second_ctrl_c_does_not_wait_for_one(
    recorder: Recorder, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the end of a finished run is told, a stop ends the waiting."""
    released = threading.Event()

    def end(_: Ended) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        released.wait(60)

    monkeypatch.setattr(recorder, "end", end)
    began = time.monotonic()
    done = search(tmp_path / "run", finished)
    assert time.monotonic() - began < 60
    assert [text.partition(";")[0] for text in done.warnings] == ["Recorder does not answer"]
    released.set()


def test_a_file_that_cannot_be_written_is_no_error_of_the_run(
    recorder: Recorder, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tracking, "write_atomically", full)
    done = search(tmp_path / "run", finished)
    assert [text.partition(";")[0] for text in done.warnings] == ["Recorder failed: [Errno 28] No space left on device"]
    assert recorder.points == []
    assert contents(tmp_path / "run") == contents(finished)


def test_what_was_missed_is_told_when_the_run_goes_on(recorder: Recorder, finished: Path, tmp_path: Path) -> None:
    recorder.fails = "finetune"
    search(tmp_path / "run", finished)
    recorder.fails, recorder.points = "", []
    api.resume(tmp_path / "run")
    assert recorder.points == logged(tmp_path / "run")
    assert recorder.begun[-1].known == "name-1"


def test_a_name_that_is_given_twice_or_alone() -> None:
    assert tracking.distinct(["a", "b", "a"]) == ("a", "b")
    assert tracking.distinct("mlflow") == ("mlflow",)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("runs/digits-1", "runs/digits-1"),
        ("runs/digits-1/.", "runs/digits-1"),
        ("runs/digits-sweep-1/points/0003/run", "digits-sweep-1/points/0003"),
    ],
)
def test_names_of_runs(path: str, name: str, tmp_path: Path) -> None:
    assert tracking.run_name(tmp_path / path) == name


def test_a_file_in_the_place_of_a_run(finished: Path) -> None:
    with pytest.raises(dasdsl.DasError, match="E504"):
        track(finished / "report.json", ["recorder"])
