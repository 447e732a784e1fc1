"""A whole search on a tiny set: what it writes, and that all of it agrees."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch.utils.data import TensorDataset

import dasdsl
from dasdsl.cli import main
from dasdsl.ir.elaborate import elaborate
from dasdsl.lowering.composite import lower
from dasdsl.search import run
from dasdsl.search.elimination.plan import Plan
from dasdsl.search.rates import LONG, STEPS, Trial
from tests.properties.spaces import hooked_costs
from tests.search.runs import QUICK, TINY, contents, report_of, tiny, tiny_data


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def output(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    """What a command prints with --json."""
    capsys.readouterr()
    assert main([*map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_report_has_the_keys_that_others_read(finished: Path) -> None:
    report = read(finished / "report.json")
    assert (report["space"], report["data"], report["seed"], report["recipe"]) == ("tiny", "tiny", 3, "default")
    assert report["metric_name"] == "accuracy"
    assert 0 <= report["finetuned"].pop("validation") <= 1
    for network in ("baseline", "found", "finetuned"):
        assert report[network].keys() == {"params", "macs", "metric"}
        assert 0 <= report[network]["metric"] <= 1
    assert report["found"]["params"] == report["finetuned"]["params"]
    assert all(rung.keys() == {"threshold", "params", "macs", "metric", "judged"} for rung in report["ladder"])
    assert report["threshold"] in [rung["threshold"] for rung in report["ladder"]]
    assert report["certificate"]["max_abs_error"] < 1e-5
    assert report["certificate"]["samples"] == report["samples"]["validation"] == 15
    assert report["samples"] == {"train": 85, "validation": 15, "test": 100}
    program = elaborate(dasdsl.loads(TINY))
    assert report["decisions"].keys() == {decision.name for decision in program.decisions}
    assert report["seconds"] > 0
    # 3 + 2 epochs of 6 batches: 85 samples by 16
    assert report["steps"] == 5 * 6
    assert report["settings"]["epochs"] == 3
    assert report["classes"] == ["0", "1", "2"]


def test_the_page_has_the_text_and_all_decisions(finished: Path) -> None:
    page = (finished / "report.html").read_text(encoding="utf-8")
    text = html.escape((finished / "architecture.das").read_text(encoding="utf-8"), quote=False)
    assert f"<pre>{text}</pre>" in page
    assert all(f"<code>{name}</code>" in page for name in read(finished / "report.json")["decisions"])
    assert page.count("<svg") == 4


def test_the_baseline_is_the_largest(finished: Path) -> None:
    report = read(finished / "report.json")
    assert report["baseline"]["params"] == elaborate(dasdsl.loads(TINY)).cost.params == 307


def test_the_ladder_goes_down(finished: Path) -> None:
    ladder = read(finished / "report.json")["ladder"]
    thresholds = [rung["threshold"] for rung in ladder]
    assert thresholds == sorted(set(thresholds))
    assert thresholds[0] == 0
    params = [rung["params"] for rung in ladder]
    assert params[-1] < params[0] <= 307


def test_the_discovered_text_compiles_and_takes_the_weights(finished: Path) -> None:
    space = dasdsl.load(finished / "architecture.das")
    assert str(space) == (finished / "architecture.das").read_text(encoding="utf-8")
    assert not space.open
    model = lower(elaborate(space)).eval()
    model.load_state_dict(load_file(finished / "weights.safetensors"))
    report = read(finished / "report.json")
    assert hooked_costs(model, torch.randn(1, 1, 6, 6)) == (report["found"]["params"], report["found"]["macs"])
    assert space.header.found is not None
    assert space.header.found.source == "tiny.das"
    assert space.header.found.params == report["found"]["params"]
    assert space.header.found.metrics["accuracy"] == pytest.approx(report["finetuned"]["metric"], rel=1e-5)


def test_eval_gives_the_metric_of_the_report_exactly(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = output(
        capsys,
        "eval",
        finished / "architecture.das",
        "--weights",
        finished / "weights.safetensors",
        "--data",
        finished.parent / "tiny.npz",
    )
    report = read(finished / "report.json")
    assert found == {
        "metric_name": "accuracy",
        "metric": report["finetuned"]["metric"],
        "params": report["finetuned"]["params"],
        "macs": report["finetuned"]["macs"],
        "samples": 100,
    }


def test_discover_gives_every_rung_again(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(finished)
    ladder = read(finished / "report.json")["ladder"]
    for rung in ladder[:: len(ladder) // 5]:
        found = output(capsys, "discover", finished, "--threshold", rung["threshold"])
        assert (found["params"], found["macs"]) == (rung["params"], rung["macs"])
        space = dasdsl.loads(found["architecture"])
        assert elaborate(space).cost.params == rung["params"]
        assert found["certificate"]["max_abs_error"] < 1e-5
    assert contents(finished) == before


def test_discover_into_another_folder(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ladder = read(finished / "report.json")["ladder"]
    out = tmp_path / "rung"
    assert main(["discover", str(finished), "--threshold", str(ladder[-1]["threshold"]), "--out", str(out)]) == 0
    printed, told = capsys.readouterr()
    assert (out / "architecture.das").read_text() == printed
    assert "without fine-tuning" in told
    report, whole = read(out / "report.json"), read(finished / "report.json")
    assert report["architecture"] == printed
    assert (report["normalisation"], report["classes"]) == (whole["normalisation"], whole["classes"])
    assert main(["export", str(out), "--to", "python", "--raw", "-o", str(tmp_path / "net.py")]) == 0
    data = finished.parent / "tiny.npz"
    found = output(capsys, "eval", out / "architecture.das", "--weights", out / "weights.safetensors", "--data", data)
    assert found["params"] == ladder[-1]["params"]


def test_the_same_seed_gives_the_same(finished: Path, tmp_path: Path) -> None:
    torch.rand(5)
    data = str(finished.parent / "tiny.npz")
    space = str(finished.parent / "tiny.das")
    assert main(["search", space, "--data", data, "--out", str(tmp_path / "again"), *QUICK]) == 0
    assert contents(tmp_path / "again") == contents(finished)


def test_another_seed_gives_another(finished: Path, tmp_path: Path) -> None:
    data, space = (str(finished.parent / name) for name in ("tiny.npz", "tiny.das"))
    assert main(["search", space, "--data", data, "--out", str(tmp_path / "run"), *QUICK, "--seed", "4"]) == 0
    assert contents(tmp_path / "run")[1] != contents(finished)[1]


def test_nothing_is_learnt_from_the_test_data(finished: Path, tmp_path: Path) -> None:
    """With other test data the same network is found, with the same weights."""
    random = np.random.default_rng(9)
    images = random.normal(0, 5, (30, 1, 6, 6)).astype(np.float32)
    data = tiny_data(tmp_path / "tiny.npz", changes={"x_test": images, "y_test": np.arange(30) % 3})
    assert (
        main(["search", str(finished.parent / "tiny.das"), "--data", str(data), "--out", str(tmp_path / "run"), *QUICK])
        == 0
    )
    found, report = dasdsl.load(tmp_path / "run" / "architecture.das"), report_of(tmp_path / "run")
    assert found.body == dasdsl.load(finished / "architecture.das").body
    assert report["ladder"] == report_of(finished)["ladder"]
    one, other = (load_file(folder / "weights.safetensors") for folder in (tmp_path / "run", finished))
    assert all(torch.equal(one[name], other[name]) for name in one | other)


def test_a_finished_run_that_is_resumed_stays_as_it_is(finished: Path, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "run"
    shutil.copytree(finished, folder)
    (folder / "report.json").unlink()
    assert main(["search", "--resume", str(folder)]) == 0
    assert contents(folder) == contents(finished)


def test_a_given_threshold_is_taken(finished: Path, tmp_path: Path) -> None:
    data, space = (str(finished.parent / name) for name in ("tiny.npz", "tiny.das"))
    out = tmp_path / "run"
    assert main(["search", space, "--data", data, "--out", str(out), *QUICK, "--threshold", "0.33"]) == 0
    report = report_of(out)
    assert report["threshold"] == 0.33
    assert report["ladder"] == report_of(finished)["ladder"]


def test_without_fine_tuning(finished: Path, tmp_path: Path) -> None:
    data, space = (str(finished.parent / name) for name in ("tiny.npz", "tiny.das"))
    assert main(["search", space, "--data", data, "--out", str(tmp_path / "run"), *QUICK, "--finetune", "0"]) == 0
    report = report_of(tmp_path / "run")
    validation = report["finetuned"].pop("validation")
    assert 0 <= validation <= 1
    assert report["finetuned"] == report["found"]
    assert report["steps"] == 3 * 6


@pytest.mark.parametrize("recipe", ["paper", "default"])
def test_regression_with_two_targets(recipe: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    space, _ = tiny(tmp_path, TINY.replace("linear channels 3", "linear channels 2"))
    random = np.random.default_rng(2)
    targets = {f"y_{part}": random.normal(0, 1, (100, 2)).astype(np.float32) for part in ("train", "test")}
    data = tiny_data(tmp_path / "tiny.npz", changes=targets)
    out = tmp_path / "run"
    report = output(capsys, "search", space, "--data", data, "--out", out, *QUICK, "--recipe", recipe)
    assert report["metric_name"] == "rmse"
    assert report["recipe"] == recipe
    assert report_of(out) == {key: value for key, value in report.items() if key != "seconds"}
    found = output(capsys, "eval", out / "architecture.das", "--weights", out / "weights.safetensors", "--data", data)
    assert found["metric"] == report["finetuned"]["metric"]


def test_from_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """With Datasets and without `out`; the caller's random numbers stay where they are, and nothing is printed."""
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(1)
    x, y = torch.randn(40, 1, 6, 6), torch.arange(40) % 3
    data = TensorDataset(x[:30], y[:30]), TensorDataset(x[30:], y[30:])
    state = torch.get_rng_state()
    runs = [dasdsl.search(dasdsl.loads(TINY), data, epochs=1, finetune=1, batch=8) for _ in range(2)]
    assert torch.equal(torch.get_rng_state(), state)
    assert [run.folder for run in runs] == [Path("runs/tiny-1"), Path("runs/tiny-2")]
    assert runs[0].found.architecture == runs[1].found.architecture
    assert runs[0].report["found"]["params"] == runs[0].found.costs.params
    assert str(runs[0].found.architecture) == (runs[0].folder / "architecture.das").read_text(encoding="utf-8")
    assert capsys.readouterr().out == ""
    # another rung needs no data; what does cannot be gone on with from here
    assert main(["discover", "runs/tiny-1", "--threshold", "0"]) == 0
    assert main(["search", "--resume", "runs/tiny-1"]) == 1
    assert "error[E504]: this run was given its data by a program" in capsys.readouterr().err


def test_train_and_eval_an_architecture_on_its_own(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = finished.parent / "tiny.npz"
    text = finished / "architecture.das"
    report = output(capsys, "train", text, "--data", data, "--out", tmp_path / "a", *QUICK)
    assert main(["train", str(text), "--data", str(data), "--out", str(tmp_path / "b"), *QUICK]) == 0
    printed = capsys.readouterr().out
    assert f"wrote {tmp_path / 'b' / 'architecture.das'}" in printed
    assert contents_of_training(tmp_path / "a") == contents_of_training(tmp_path / "b")
    assert report["settings"]["epochs"] == 3
    weights = tmp_path / "a" / "weights.safetensors"
    found = output(capsys, "eval", tmp_path / "a" / "architecture.das", "--weights", weights, "--data", data)
    assert found == {key: report[key] for key in found}
    assert report.keys() - found.keys() == {"settings", "learning_rate", "trials", "normalisation", "classes"}


def contents_of_training(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in ("architecture.das", "weights.safetensors", "report.json")]


def test_the_baseline_of_a_search_is_what_train_makes(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The largest architecture, trained on its own under the same budget, seed and data."""
    largest = TINY.replace("<1..3>x<1|3>", "3x3").replace("<=", " ").replace(" groups 2", "")
    text = tmp_path / "largest.das"
    text.write_text(largest, encoding="utf-8")
    report = output(capsys, "train", text, "--data", finished.parent / "tiny.npz", "--out", tmp_path / "run", *QUICK)
    assert report["params"] == 307


@pytest.mark.parametrize(("steps", "doubted"), [(STEPS, False), (LONG, True)])
def test_elimination_doubts_a_rate_that_took_long_trials(
    steps: int, doubted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []

    class Told(Plan):
        @classmethod
        def of(cls, *_: object, **flags: object) -> Plan:
            told.append(flags["doubted"])
            return Plan(0, 0, 0, 0, 0, 0.0)

    monkeypatch.setattr(run, "Plan", Told)
    monkeypatch.setattr(run, "rated_", lambda trainer, *_: ([Trial(2e-3, 0.5, steps)], trainer.rate))
    space, data = tiny(tmp_path)
    assert main(["search", str(space), "--data", str(data), "--out", str(tmp_path / "run"), *QUICK]) == 0
    assert told == [doubted]
    assert report_of(tmp_path / "run")["trials"] == [{"rate": 2e-3, "loss": 0.5, "steps": steps}]
