"""`dasdsl search`, `train`, `eval` and `discover` as commands: what goes where, and misuse."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

from dasdsl.cli import main
from tests.search.runs import COMMAND, QUICK, TINY, tiny


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a space and data in it."""
    monkeypatch.chdir(tmp_path)
    tiny(tmp_path)
    return tmp_path


def test_results_go_to_stdout_and_all_else_to_stderr(here: Path) -> None:
    done = subprocess.run([COMMAND, "search", "--data", "tiny.npz", *QUICK], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("---\ndas: 1\narchitecture: tiny\n")
    names = ("architecture.das", "weights.safetensors", "report.json", "report.html")
    assert done.stdout.endswith("".join(f"wrote runs/tiny-1/{name}\n" for name in names))
    text = (here / "runs" / "tiny-1" / "architecture.das").read_text(encoding="utf-8")
    assert text in done.stdout
    lines = done.stderr.splitlines()
    assert lines[0] == "run in runs/tiny-1"
    assert lines[1].startswith("search: 18/18 steps, epoch 3, loss ")
    assert [line.split(":")[0] for line in lines[1:]] == ["search", "finetune", "baseline"]
    assert all(line.endswith(" s left") for line in lines[1:])


def test_runs_are_numbered(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in (1, 2, 3):
        assert main(["search", "--data", "tiny.npz", "--epochs", "1", "--finetune", "0"]) == 0
        assert f"run in runs/tiny-{number}" in capsys.readouterr().err
    assert len(list((here / "runs").iterdir())) == 3


@pytest.mark.usefixtures("here")
def test_the_header_says_what_flags_do_not(capsys: pytest.CaptureFixture[str]) -> None:
    header = "data: tiny.npz\nsearch: {epochs: 1, finetune: 0, batch: 50, seed: 9, recipe: paper}\n"
    Path("tiny.das").write_text(TINY.replace("input: 1x6x6\n", f"input: 1x6x6\n{header}"), encoding="utf-8")
    assert main(["search", "--json", "--batch", "25", "--recipe", "default"]) == 0
    report = json.loads(capsys.readouterr().out)
    settings = report["settings"]
    assert (settings["epochs"], settings["finetune"], settings["batch"], settings["seed"]) == (1, 0, 25, 9)
    assert report["recipe"] == "default"


def test_a_path_in_the_header_is_beside_the_file(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("tiny.das").write_text(TINY.replace("input: 1x6x6\n", "input: 1x6x6\ndata: tiny.npz\n"), encoding="utf-8")
    (here / "elsewhere").mkdir()
    monkeypatch.chdir(here / "elsewhere")
    assert main(["search", "../tiny.das", "--epochs", "1", "--finetune", "0"]) == 0
    (here / "elsewhere" / "runs" / "tiny-1" / "report.json").unlink()
    monkeypatch.chdir("/")
    assert main(["search", "--resume", str(here / "elsewhere" / "runs" / "tiny-1")]) == 0


@pytest.mark.parametrize(
    "extra",
    [("tiny.das",), ("--epochs", "3"), ("--data", "tiny.npz"), ("--out", "x"), ("--seed", "0"), ("--gamma", "0")],
)
@pytest.mark.usefixtures("here")
def test_a_run_that_is_resumed_takes_nothing_else(extra: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "--resume", "runs/tiny-1", *extra]) == 2
    assert "--resume" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ("discover",),
        ("discover", "DIR"),
        ("discover", "DIR", "--threshold", "much"),
        ("eval", "a.das"),
        ("train", "a.das", "--gamma", "1"),
        ("search", "a.das", "b.das"),
        ("eval", "--weights", "w", "--nothing"),
    ],
)
def test_misuse(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(list(arguments)) == 2
    printed, told = capsys.readouterr()
    assert printed == ""
    assert f"usage: dasdsl {arguments[0]}" in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("search", "a.das", "--tolerance", "2%"), "argument --tolerance: '2%' is no number; write `0.02`"),
        (("train", "a.das", "--validation", "12.5 %"), "argument --validation: '12.5 %' is no number; write `0.125`"),
        (("discover", "DIR", "--threshold", "much"), "'much' is no number; write a number, for example `0.5`"),
    ],
)
def test_what_is_no_number_is_told_as_one(
    arguments: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(list(arguments)) == 2
    assert told in capsys.readouterr().err


def test_eval_for_people(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    text, weights = str(finished / "architecture.das"), str(finished / "weights.safetensors")
    assert main(["eval", text, "--weights", weights, "--data", str(finished.parent / "tiny.npz")]) == 0
    known = json.loads((finished / "report.json").read_text(encoding="utf-8"))["finetuned"]
    told = f"accuracy {known['metric']:.2%} on 100 samples, {known['params']} params, {known['macs']} MACs\n"
    assert capsys.readouterr().out == told.replace("%", " %")


def test_discover_prints_a_text_that_can_be_piped(finished: Path) -> None:
    found = subprocess.run(
        [COMMAND, "discover", finished, "--threshold", "0.48"], capture_output=True, text=True, check=True
    )
    checked = subprocess.run([COMMAND, "check", "-"], input=found.stdout, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, "")


@pytest.mark.parametrize("command", ["search", "train"])
def test_sigterm_before_anything_is_trained(
    command: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """While the data is read, for example."""
    from dasdsl.search import api

    monkeypatch.setattr(api, "load", lambda *_, **__: signal.raise_signal(signal.SIGTERM))
    if command == "train":
        Path("tiny.das").write_text("---\ndas: 1\narchitecture: a\ninput: 1x6x6\n---\nflatten\nlinear channels 3\n")
    before = signal.getsignal(signal.SIGTERM)
    assert main([command, "--data", "tiny.npz"]) == 143
    assert capsys.readouterr().err == "ended by SIGTERM\n"
    assert signal.getsignal(signal.SIGTERM) is before
    assert not (here / "runs").exists()
