"""A sweep from its beginning to its report: in one go, with workers killed, stopped and gone on with."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from dasdsl.cli import main
from dasdsl.search.sweep.places import Places
from tests.search.runs import tiny
from tests.search.sweep.forking import forking
from tests.search.sweep.sweeps import (
    LONG,
    SHORT,
    alive,
    begun,
    figures,
    report_of,
    searching,
    sound,
    sweep,
    wait_for,
    workers_of,
)

GRID = ("--grid", "gamma=1e-3,1e-1", "--seeds", "3,4")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return tiny(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def whole(files: tuple[Path, Path]) -> Path:
    """A grid of four points with two workers."""
    folder = files[0].parent / "sweep"
    done = sweep(files[0], "--data", files[1], *GRID, *SHORT, "--workers", "2", "--out", folder)
    assert done.returncode == 0, done.stderr
    assert "4/4: point " in done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split()[:3] == ["point", "gamma", "seed"]
    assert [line.split()[:3] for line in lines[1:5]] == [
        ["0", "0.001", "3"], ["1", "0.001", "4"], ["2", "0.1", "3"], ["3", "0.1", "4"],
    ]  # fmt: skip
    assert "over seeds:" in lines
    return folder


def test_every_point_is_there_once(whole: Path) -> None:
    sound(whole, 4)
    report = report_of(whole)
    assert any(point["pareto"] for point in report["points"])
    assert [group["points"] for group in report["seeds"]] == [[0, 1], [2, 3]]
    assert report["seeds"][0]["mean"]["params"] == sum(point["params"] for point in report["points"][:2]) / 2


def test_a_finished_sweep_only_reports_again(whole: Path) -> None:
    before = figures(whole)
    (whole / "report.json").unlink()
    done = sweep("--resume", whole, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == report_of(whole)
    assert figures(whole) == before


@pytest.mark.parametrize("state", ["gone", "broken"])
def test_the_queue_is_made_again_from_the_results(state: str, whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    shutil.copytree(whole, folder)
    if state == "gone":
        Places(folder).index.unlink()
    else:
        Places(folder).index.write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    shutil.rmtree(folder / "points" / "0002")
    assert sweep("--resume", folder, before=forking).returncode == 0
    sound(folder, 4)
    assert figures(folder) == figures(whole)


def test_kill_9_of_a_worker(files: tuple[Path, Path], tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    process = begun(
        files[0], "--data", files[1], "--grid", "seed=0..1", *LONG, "--workers", "2", "--out", folder, "--json"
    )
    wait_for(lambda: len(searching(folder)) > 0, process)
    point = searching(folder)[0]
    worker = workers_of(folder)[point]
    os.kill(worker, signal.SIGKILL)
    printed, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    sound(folder, 2)
    assert json.loads(printed) == report_of(folder)
    # the search of the dead worker was gone on with, not begun again
    assert errors.count(f"point {point} ") == 1
    assert (folder / "points" / f"{point:04d}" / "log.txt").read_text(encoding="utf-8").count("run in ") == 1
    assert not alive(worker)
    alone = tmp_path / "alone"
    search = ["search", str(files[0]), "--data", str(files[1]), "--seed", f"{point}", *LONG, "--out", str(alone)]
    assert main(search) == 0
    tuned = report_of(alone)["finetuned"]
    assert figures(folder)[point][-3:] == (tuned["params"], tuned["macs"], tuned["metric"])


def test_ctrl_c_stops_all_and_resume_goes_on(files: tuple[Path, Path], tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    process = begun(files[0], "--data", files[1], "--grid", "seed=0..1", *LONG, "--workers", "2", "--out", folder)
    wait_for(lambda: len(searching(folder)) == 2, process)
    workers = workers_of(folder).values()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert f"go on with: dasdsl sweep --resume {folder}" in errors
    assert "Traceback" not in errors
    assert not any(alive(worker) for worker in workers)
    for point in searching(folder):
        told = (folder / "points" / f"{point:04d}" / "log.txt").read_text(encoding="utf-8")
        assert "the state is saved" in told
    assert not (folder / "report.json").exists()
    done = sweep("--resume", folder, "--workers", "2")
    assert done.returncode == 0, done.stderr
    sound(folder, 2)


def test_workers_without_a_coordinator(files: tuple[Path, Path], tmp_path: Path) -> None:
    """As on other machines, or in an array of jobs."""
    folder = tmp_path / "sweep"
    made = sweep(files[0], "--data", files[1], "--grid", "seed=0..1", *SHORT, "--workers", "0", "--out", folder)
    assert made.returncode == 0, made.stderr
    assert f"dasdsl sweep --worker {folder}" in made.stderr
    workers = [begun("--worker", folder, before=forking) for _ in range(2)]
    for worker in workers:
        printed, errors = worker.communicate(timeout=120)
        assert (worker.returncode, printed) == (0, ""), errors
    sound(folder, 2)


def test_a_study_draws_points_that_differ(files: tuple[Path, Path], tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    over = ("--over", "gamma=1e-3..1e-1", "batch=8..32", "recipe=default,paper")
    done = sweep(
        files[0], "--data", files[1], "--study", "3", *over, "--epochs", "1", "--finetune", "0", "--workers", "2",
        "--out", folder, before=forking,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    sound(folder, 3)
    drawn = [tuple(point["settings"].values()) for point in report_of(folder)["points"]]
    assert len(set(drawn)) == 3
    assert all(1e-3 <= gamma <= 1e-1 and 8 <= batch <= 32 for gamma, batch, _ in drawn)


def test_a_point_that_fails_is_told_and_the_others_go_on(files: tuple[Path, Path], tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    grid = ("--grid", "learning_rate=1e-3,1e30")
    done = sweep(files[0], "--data", files[1], *grid, *SHORT, "--out", folder, "--workers", "1", before=forking)
    assert done.returncode == 1, done.stderr
    report = report_of(folder)
    assert [point["state"] for point in report["points"]] == ["done", "failed"]
    assert "error[E503]" in report["points"][1]["error"]
    assert "failed" in done.stdout
