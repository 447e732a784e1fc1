"""Each service itself, on this machine: what it has of a run that was told to it."""

from __future__ import annotations

import json
import shutil
import warnings
from pathlib import Path
from typing import Any

import pytest

from dasdsl.cli import main
from dasdsl.search.tracking import figures_of
from tests.forks import completed

EPOCHS = [6, 12, 18]
"""Steps at which the epochs of the search of a tiny space end."""


@pytest.fixture
def run(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished run, in the current folder."""
    monkeypatch.chdir(tmp_path)
    return shutil.copytree(finished, tmp_path / "runs" / "tiny-1")


def told(run: Path, name: str, *more: str) -> dict[str, Any]:
    """Tell a tracker of a run, in a process as a user does; the report of the run."""
    done = completed("track", "runs/tiny-1", "--to", name, *more)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert done.stderr.endswith(f"told {name} of runs/tiny-1\n")
    report: dict[str, Any] = json.loads((run / "report.json").read_text(encoding="utf-8"))
    return report


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tensorboard(run: Path) -> None:
    pytest.importorskip("tensorboard")
    told(run, "tensorboard")
    report = told(run, "tensorboard")  # again: the same points, not twice as many
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(run / "tensorboard"))
    events.Reload()
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    losses = [(line["step"], line["loss"]) for line in lines if line["phase"] == "search"]
    kept = [(point.step, point.value) for point in events.Scalars("search/loss")]
    assert kept == [(step, pytest.approx(loss)) for step, loss in losses]
    assert [step for step, _ in losses] == EPOCHS
    for name, value in figures_of(report).items():
        assert [point.value for point in events.Scalars(name)] == [pytest.approx(value)]
    [text] = events.Tensors("architecture/text_summary")
    assert b"    conv filters" in text.tensor_proto.string_val[0]
    assert "_hparams_/session_start_info" in events.summary_metadata


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_mlflow(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mlflow = pytest.importorskip("mlflow")
    # the store that needs nothing but SQLite
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{run.parent}/mlflow.db")
    report = told(run, "mlflow")
    # the same run again, nothing of it twice
    assert main(["track", "runs/tiny-1", "--to", "mlflow"]) == 0
    client = mlflow.MlflowClient(f"sqlite:///{run.parent}/mlflow.db")
    [kept] = client.search_runs([client.get_experiment_by_name("dasdsl").experiment_id])
    assert kept.info.status == "FINISHED"
    assert kept.info.run_name == "runs/tiny-1"
    assert kept.data.params["seed"] == "3"
    assert kept.data.params["space"] == "tiny"
    assert kept.data.metrics["report/finetuned/macs"] == report["finetuned"]["macs"]
    assert [point.step for point in client.get_metric_history(kept.info.run_id, "search/validation")] == EPOCHS
    assert len(client.get_metric_history(kept.info.run_id, "report/seconds")) == 1
    names = {file.path for file in client.list_artifacts(kept.info.run_id)}
    assert names == {"architecture.das", "weights.safetensors", "report.json", "report.html"}


def test_wandb(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("wandb")
    monkeypatch.setenv("WANDB_MODE", "offline")
    report = told(run, "wandb")
    known = json.loads((run / "trackers.json").read_text(encoding="utf-8"))["wandb"]
    [file] = (run / "wandb").glob(f"offline-run-*-{known}/run-{known}.wandb")
    kept = file.read_bytes()
    for text in (
        "runs/tiny-1",
        "search/loss",
        "report/finetuned/macs",
        "architecture.das",
        str(report["finetuned"]["macs"]),
    ):
        assert text.encode() in kept


def test_a_search_of_a_command(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tensorboard")
    place, short = finished.parent, ("--epochs", "1", "--finetune", "1", "--batch", "16")
    found = tmp_path / "sweep"
    arguments = ("--data", str(place / "tiny.npz"), "--out", str(found), "--tracker", "tensorboard", *short)
    assert main(["sweep", str(place / "tiny.das"), "--grid", "seed=0", *arguments]) == 0
    assert list(found.glob("points/0000/run/tensorboard/events.*"))
    assert "warning" not in capsys.readouterr().err


@pytest.mark.parametrize("command", ["search", "train", "sweep", "track"])
def test_names_that_there_are_not(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    flag = "--to" if command == "track" else "--tracker"
    assert main([command, "tiny.das", flag, "neptune"]) == 2
    assert "tensorboard" in capsys.readouterr().err


def test_a_program_keeps_its_own_run(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that the program around a search has begun stays open, and gets nothing of ours."""
    wandb = pytest.importorskip("wandb")
    from dasdsl.search.tracking import track

    monkeypatch.setenv("WANDB_MODE", "offline")
    mine = wandb.init(project="mine", dir=str(tmp_path))
    folder = shutil.copytree(finished, tmp_path / "run")
    track(folder, ["wandb"])
    known = json.loads((folder / "trackers.json").read_text(encoding="utf-8"))["wandb"]
    assert known != mine.id
    mine.log({"loss": 1.0})
    mine.finish()


def test_an_mlflow_store_is_made_once_before_many_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mlflow = pytest.importorskip("mlflow")
    from dasdsl.search.tracking import usable

    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert usable(["mlflow", "mlflow"], several=True) == ("mlflow",)
        assert mlflow.MlflowClient().get_experiment_by_name("dasdsl") is not None
