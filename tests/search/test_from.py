"""Searches that start from what another found: equal at step 0, gone on with like every search."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

import dasdsl
from dasdsl.cli import main
from dasdsl.data import DataOptions, holdout, load
from dasdsl.ir.elaborate import elaborate
from dasdsl.lowering.composite import lower
from dasdsl.search import api, loop
from dasdsl.search.checksums import with_checksum
from dasdsl.search.events import Event
from dasdsl.search.folder import Folder
from dasdsl.search.interrupts import Interrupted
from dasdsl.search.settings import Settings
from dasdsl.search.starting import Start
from tests.forks import completed
from tests.lowering.texts import RECIPES
from tests.search.runs import QUICK, TINY, contents, report_of

DIGITS = """---
das: 1
space: small
input: 1x8x8
---
conv filters <1..3>x<1..3> channels<=6 stride 2 groups<=2
relu
conv filters <2|3>x<1..3> channels<=6 pad valid
relu
flatten
linear channels 10
"""


def command(*arguments: object) -> Any:
    """What the command prints with --json, in a process of its own."""
    done = completed(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short run on the digits."""
    folder = tmp_path_factory.mktemp("digits")
    (folder / "small.das").write_text(DIGITS, encoding="utf-8")
    text, out = str(folder / "small.das"), str(folder / "run")
    steps = ("--epochs", "4", "--finetune", "2", "--batch", "64", "--threshold", "0.2")
    assert main(["search", text, "--data", "digits", "--out", out, *steps]) == 0
    return folder / "run"


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_loss_at_step_0_is_that_of_what_was_found(digits: Path, recipe: str, tmp_path: Path) -> None:
    """With one step an epoch, the loss that is told is the one before any step; the data are those of the run."""
    weights = digits / "weights.safetensors"
    measured = command("eval", digits / "architecture.das", "--weights", weights, "--data", "digits")
    once = ("--epochs", "1", "--finetune", "0", "--batch", "5000", "--recipe", recipe, "--threshold", "0")
    report = command("search", "--from", digits, "--out", tmp_path / "run", *once)
    assert report["from"] == {
        "name": str(digits),
        "params": measured["params"],
        "macs": measured["macs"],
        "metric": measured["metric"],
    }
    first, *_ = (tmp_path / "run" / "log.jsonl").read_text(encoding="utf-8").splitlines()
    told = json.loads(first)
    assert (told["phase"], told["step"]) == ("search", 1)
    model = lower(elaborate(dasdsl.load(digits / "architecture.das"))).eval()
    model.load_state_dict(load_file(weights))
    data = load("digits", options=DataOptions(), input_shape=(1, 8, 8))
    train, _ = holdout(data.train, 0.15, 0)
    x, y = data.batch(train, torch.arange(len(train)))
    with torch.no_grad():
        assert told["loss"] == pytest.approx(float(F.cross_entropy(model(x), y)), rel=1e-5)


def test_without_a_file_the_space_is_what_widen_makes(digits: Path, tmp_path: Path) -> None:
    widened = completed("widen", digits / "architecture.das")
    once = ("--epochs", "1", "--finetune", "0", "--batch", "5000")
    command("search", "--from", digits / "architecture.das", "--data", "digits", "--out", tmp_path / "run", *once)
    told = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert told["space"] == widened.stdout
    found = dasdsl.load(tmp_path / "run" / "architecture.das").header.found
    assert found is not None
    assert found.source == "architecture.das (widened)"


def test_in_the_space_that_it_was_found_in(digits: Path, tmp_path: Path) -> None:
    once = ("--epochs", "1", "--finetune", "0", "--batch", "5000", "--threshold", "0")
    report = command("search", digits.parent / "small.das", "--from", digits, "--out", tmp_path / "run", *once)
    assert report["from"]["metric"] == json.loads((digits / "report.json").read_text())["finetuned"]["metric"]
    assert report["baseline"]["params"] == json.loads((digits / "report.json").read_text())["baseline"]["params"]


def test_what_was_found_is_said(digits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    once = ["--epochs", "1", "--finetune", "0", "--batch", "5000"]
    assert main(["search", "--from", str(digits), "--out", str(tmp_path / "run"), *once]) == 0
    begun = json.loads((digits / "report.json").read_text(encoding="utf-8"))["finetuned"]
    said = f"started from {digits}: {begun['params']} params, "
    assert said in capsys.readouterr().out


# ---- from Python -----------------------------------------------------------------------------------------------------


def test_from_python(finished: Path, tmp_path: Path) -> None:
    """A run, its folder, or its text."""
    data = finished.parent / "tiny.npz"
    quick = {"epochs": 1, "finetune": 1, "batch": 16, "seed": 3}
    space = dasdsl.loads(TINY)
    first = dasdsl.search(space, data, out=tmp_path / "first", **quick)
    wide = dasdsl.widen(first.found.architecture, filters=None)
    runs = [
        dasdsl.search(wide, data, out=tmp_path / f"run{number}", start=start, **quick)
        for number, start in enumerate([first, first.folder, str(first.folder / "architecture.das")])
    ]
    assert [run.report["from"]["metric"] for run in runs] == [first.report["finetuned"]["metric"]] * 3
    assert runs[0].report["from"]["name"] == str(first.folder)
    assert runs[0].found.architecture == runs[1].found.architecture == runs[2].found.architecture
    assert first.report["from"] is None


def test_the_samples_for_validation_are_those_of_the_run(finished: Path, tmp_path: Path) -> None:
    """Unless it is said otherwise."""
    told = [
        (["--from", finished], (3, 0.15)),
        (["--from", finished / "architecture.das"], (3, 0.15)),
        (["--from", finished, "--seed", "4", "--validation", "0.2"], (4, 0.2)),
    ]
    for number, (arguments, expected) in enumerate(told):
        out = tmp_path / str(number)
        once = ["--epochs", "1", "--finetune", "0", "--batch", "50", "--out", out]
        assert main([str(argument) for argument in ["search", *arguments, *once]]) == 0
        settings = report_of(out)["settings"]
        assert (settings["seed"], settings["validation"]) == expected


def test_the_callers_random_numbers_stay(finished: Path) -> None:
    torch.manual_seed(5)
    state = torch.get_rng_state()
    Start.read(finished)
    assert torch.equal(torch.get_rng_state(), state)


# ---- resume ----------------------------------------------------------------------------------------------------------


def test_a_run_is_gone_on_with_without_the_one_it_started_from(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tmp_path / "before"
    shutil.copytree(finished, before)
    data = str(finished.parent / "tiny.npz")
    whole = tmp_path / "whole"
    assert main(["search", "--from", str(before), "--out", str(whole), *QUICK]) == 0
    start = Start.read(before)

    def stop(event: Event) -> None:
        if event.step == 8:
            signal.raise_signal(signal.SIGINT)

    told = json.loads((whole / "run.json").read_text(encoding="utf-8"))
    settings = Settings.of({}, told["settings"])
    monkeypatch.setattr(loop, "SAVE_EVERY", 0.0)
    for folder, states in ((tmp_path / "one", True), (tmp_path / "two", False)):
        with pytest.raises(Interrupted):
            api.begin(start.around(), data, folder, settings, DataOptions(), stop, beginning=start)
        if not states:
            shutil.rmtree(folder / "checkpoints")
    shutil.rmtree(before)
    for folder in (tmp_path / "one", tmp_path / "two"):
        assert main(["search", "--resume", str(folder)]) == 0
        assert contents(folder) == contents(whole)
    assert report_of(whole)["from"]["name"] == str(before)


def test_a_run_that_is_resumed_starts_from_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "--resume", "runs/tiny-1", "--from", "runs/tiny-2"]) == 2
    assert "so --from cannot be given with it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda told: told["from"].pop("architecture"), "E507"),
        (lambda told: told.update({"from": "elsewhere"}), "E507"),
        (lambda told: told["from"].update(architecture="---\n---\n"), "E507"),
        (lambda told: told["from"].update(architecture=TINY), "E507"),
        (lambda told: told["from"].update(sha256="0" * 64), "E507"),
    ],
)
def test_what_was_kept_may_be_broken(damage: Any, code: str, finished: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert main(["search", "--from", str(finished), "--out", str(out), *QUICK, "--epochs", "1"]) == 0
    told = Folder(out).told()
    damage(told)
    (out / "run.json").write_bytes(with_checksum(told))
    with pytest.raises(dasdsl.DasError, match=code):
        api.resume(out)


def test_its_weights_may_be_gone(finished: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert main(["search", "--from", str(finished), "--out", str(out), *QUICK, "--epochs", "1"]) == 0
    (out / "start.safetensors").unlink()
    with pytest.raises(dasdsl.DasError, match=r"E504.*`start.safetensors` is missing"):
        api.resume(out)


# ---- refused ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prepared", "code", "said"),
    [
        ("none", "E099", "cannot read this file"),
        ("empty", "E504", "`architecture.das` is missing"),
        ("stopped", "E504", "the search in this folder has not got so far"),
        ("unsettled", "E507", "`settings` is missing"),
        ("weightless", "E504", "`weights.safetensors` is missing"),
        ("others", "E508", "these weights do not fit the architecture"),
        ("open", "E502", "still has something open"),
        ("wrong", "E050", "unknown statement `rellu`"),
    ],
)
def test_what_is_no_start(
    prepared: str, code: str, said: str, finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    if prepared != "none":
        run.mkdir()
    if prepared in ("weightless", "others", "open", "wrong", "unsettled"):
        text = (finished / "architecture.das").read_text(encoding="utf-8")
        changed = {"open": TINY, "wrong": text.replace("relu", "rellu"), "others": text.replace("norm batch\n", "")}
        (run / "architecture.das").write_text(changed.get(prepared, text), encoding="utf-8")
        if prepared != "weightless":
            shutil.copy(finished / "weights.safetensors", run)
    if prepared == "unsettled":
        (run / "run.json").write_bytes(with_checksum({}))
    if prepared == "stopped":
        shutil.copy(finished / "run.json", run)
    capsys.readouterr()
    out = tmp_path / "out"
    assert main(["search", "--from", str(run), "--data", "digits", "--out", str(out), *QUICK]) == 1
    told = capsys.readouterr().err
    assert f"error[{code}]: " in told
    assert said in told
    assert not out.exists()


def test_a_space_that_does_not_contain_it(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = TINY.replace("relu\nflatten", "gelu\nflatten")
    (tmp_path / "other.das").write_text(text, encoding="utf-8")
    capsys.readouterr()
    arguments = ["search", str(tmp_path / "other.das"), "--from", str(finished), "--out", str(tmp_path / "out")]
    assert main([*arguments, "--data", str(finished.parent / "tiny.npz"), *QUICK]) == 1
    told = capsys.readouterr().err
    assert "error[E322]: the architecture is not in this space: `gelu1` is `gelu` here and `relu` in the arch" in told
    assert "other.das:11:1" in told
    assert "  help: " in told
    assert not (tmp_path / "out").exists()


def test_without_data_that_is_asked_for(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A text alone does not know what it was trained on."""
    for name in ("architecture.das", "weights.safetensors"):
        shutil.copy(finished / name, tmp_path)
    assert main(["search", "--from", str(tmp_path / "architecture.das"), *QUICK]) == 1
    assert "error[E511]" in capsys.readouterr().err
