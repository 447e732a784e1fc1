"""Tiny sweeps, as processes of their own, and what is in their folders."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import TrialState

from dasdsl.search.sweep.places import Places
from tests.forks import Forked, completed

# what a point costs is then its process: no rates are tried, and nothing is eliminated
SHORT = ("--epochs", "2", "--finetune", "1", "--batch", "16", "--elimination", "0")
# long enough that something can happen while a point is searched, in its steps and not in trials and moves
LONG = ("--epochs", "8", "--finetune", "2", "--batch", "4", "--elimination", "0", "--learning-rate", "1e-3")


def sweep(*arguments: object, before: Callable[[], object] | None = None) -> subprocess.CompletedProcess[str]:
    """`dasdsl sweep …` until it ends."""
    return completed("sweep", *arguments, before=before)


def begun(*arguments: object, before: Callable[[], object] | None = None) -> Forked:
    """`dasdsl sweep …` while it is at work."""
    return Forked("sweep", *arguments, before=before)


def wait_for(due: Callable[[], bool], process: Forked, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not due():
        if process.poll() is not None or time.monotonic() > deadline:
            process.send_signal(signal.SIGINT)
            raise AssertionError(f"it did not come to that: {process.communicate()}")
        time.sleep(0.05)


def searching(folder: Path) -> list[int]:
    """The points whose search has told an epoch, and that have no result."""
    points = sorted((folder / "points").glob("*")) if (folder / "points").is_dir() else []
    return [
        int(point.name)
        for point in points
        if (point / "run" / "log.jsonl").is_file() and not (point / "result.json").is_file()
    ]


def workers_of(folder: Path) -> dict[int, int]:
    """The process that is at work on each point."""
    study = optuna.load_study(
        study_name=Places(folder).plan().study, storage=f"sqlite:///{Places(folder).index.absolute()}"
    )
    trials = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    return {trial.user_attrs["point"]: trial.user_attrs["pid"] for trial in trials if "pid" in trial.user_attrs}


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def report_of(folder: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return report


def figures(folder: Path) -> list[tuple[object, ...]]:
    """What must be the same however a sweep came to its end."""
    return [
        (point["point"], point["settings"], point["state"], *(point[name] for name in ("params", "macs", "metric")))
        for point in report_of(folder)["points"]
    ]


def sound(folder: Path, count: int) -> None:
    """Every point is there once, with a result, a run that is finished, and a place in the order."""
    report = report_of(folder)
    assert [point["point"] for point in report["points"]] == list(range(count))
    assert report["counts"] == {"done": count, "failed": 0, "waiting": 0}
    for point in report["points"]:
        run = json.loads((folder / point["run"] / "report.json").read_text(encoding="utf-8"))
        assert point["metric"] == run["finetuned"]["metric"]
        assert point["validation"] == run["finetuned"]["validation"]
        for name, value in point["settings"].items():
            assert run["settings"][name] == value
