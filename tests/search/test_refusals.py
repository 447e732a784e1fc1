"""Whatever cannot be done is told once, with what and where; nothing that was found is lost, and no folder is left."""

from __future__ import annotations

import errno
import fcntl
import html
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

import dasdsl
from dasdsl.cli import main
from dasdsl.diagnostics import DasError
from dasdsl.search import loop
from dasdsl.search.checksums import with_checksum
from dasdsl.search.folder import Folder
from dasdsl.search.task import Task
from tests.search.runs import QUICK, TINY, contents, tiny, tiny_data

CLOSED = TINY.replace("<1..3>x<1|3>", "3x3").replace("<=4", " 4").replace(" groups<=2", "")


class Refusals:
    """Runs commands that are to be refused."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, code: str, *arguments: object, exits: int = 1) -> str:
        """What is said: one error with this code, and something to do about it."""
        self.capsys.readouterr()
        assert main([str(argument) for argument in arguments]) == exits
        out, err = self.capsys.readouterr()
        assert out == ""
        assert "Traceback" not in err
        assert err.count("error") == 1 + err.count("max_abs_error"), err
        assert f"error[{code}]: " in err if code else "error: " in err
        assert "  help: " in err or not code
        return err


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Refusals:
    return Refusals(capsys)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A space and data, in the current folder."""
    monkeypatch.chdir(tmp_path)
    return tiny(tmp_path)


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    """A copy of the finished run that may be spoilt."""
    return Path(shutil.copytree(finished, tmp_path / "copy"))


# ---- before anything is made -----------------------------------------------------------------------------------------


def test_nothing_open(files: tuple[Path, Path], refused: Refusals) -> None:
    space, data = files
    space.write_text(CLOSED)
    said = refused("E501", "search", space, "--data", data)
    assert "there is nothing to search in `tiny`" in said
    assert "dasdsl train" in said
    assert not Path("runs").exists()


def test_a_rung_of_a_run_whose_report_is_broken(run: Path, refused: Refusals, tmp_path: Path) -> None:
    for odd in ("{broken", "5"):
        (run / "report.json").write_text(odd, encoding="utf-8")
        out = tmp_path / "rung"
        assert "report.json" in refused("E507", "discover", run, "--threshold", "0", "--out", out)
        assert not out.exists() or not list(out.iterdir())


def test_data_whose_name_is_no_text(files: tuple[Path, Path], tmp_path: Path) -> None:
    space, data = files
    odd = data.rename(tmp_path / os.fsdecode(b"bad\xff.npz"))
    assert main(["search", str(space), "--data", str(odd), "--out", str(tmp_path / "run"), *QUICK]) == 0
    assert "bad\N{REPLACEMENT CHARACTER}" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["search", "train"])
def test_nothing_to_train(command: str, files: tuple[Path, Path], refused: Refusals) -> None:
    space, data = files
    layers = "choose:\n    path: relu\n    path: tanh\n" if command == "search" else "relu\n"
    space.write_text(f"---\ndas: 1\nspace: tiny\ninput: 1x6x6\n---\n{layers}pool max 2\nflatten\n", encoding="utf-8")
    arrays = dict(np.load(data))
    for part in ("train", "test"):
        arrays[f"y_{part}"] = np.arange(len(arrays[f"y_{part}"])) % 9
    np.savez(data, allow_pickle=False, **arrays)
    assert "there is nothing to train in `tiny`" in refused("E512", command, space, "--data", data)
    assert not Path("runs").exists()


@pytest.mark.parametrize("command", [("train",), ("eval", "--weights", "w.safetensors")])
def test_something_open(command: tuple[str, ...], files: tuple[Path, Path], refused: Refusals) -> None:
    space, data = files
    assert "`tiny` still has something open" in refused("E502", command[0], space, *command[1:], "--data", data)
    assert not Path("runs").exists()


def test_no_data(files: tuple[Path, Path], refused: Refusals) -> None:
    assert "--data" in refused("E511", "search", files[0])
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        ("nowhere.npz", "D201", "nowhere.npz"),
        ("digit", "D202", "did you mean `digits`?"),
        ("digits", "D215", "1x6x6"),
        ("tiny.das", "D204", ".das"),
    ],
)
@pytest.mark.parametrize("out", [(), ("--out", "run")])
def test_data_that_is_not_there_or_does_not_fit(
    data: str, code: str, words: str, out: tuple[str, ...], files: tuple[Path, Path], refused: Refusals
) -> None:
    assert words in refused(code, "search", files[0], "--data", data, *out)
    assert sorted(path.name for path in Path().iterdir()) == ["tiny.das", "tiny.npz"]
    # so the next attempt may use the same folder
    if out:
        assert main(["search", str(files[0]), "--data", "tiny.npz", *out, *QUICK]) == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"y_train": np.arange(100) % 4, "y_test": np.arange(100) % 4}, "D216"),
        ({"y_train": np.arange(100) - 50}, "D213"),
        ({"x_train": np.full((100, 1, 6, 6), np.nan, np.float32)}, "D212"),
        ({"x_train": np.zeros((99, 1, 6, 6), np.float32)}, "D209"),
        ({"x_train": np.zeros((100, 6, 6, 6), np.float32), "x_test": np.zeros((100, 6, 6, 6), np.float32)}, "D215"),
        ({"x_test": np.zeros((0, 1, 6, 6), np.float32), "y_test": np.zeros(0, np.int64)}, "D210"),
    ],
)
@pytest.mark.parametrize("command", ["search", "train"])
def test_data_that_does_not_fit(
    command: str, changes: dict[str, np.ndarray], code: str, files: tuple[Path, Path], refused: Refusals
) -> None:
    space, data = files
    if command == "train":
        space.write_text(CLOSED)
    tiny_data(data, changes=changes)
    refused(code, command, space, "--data", data)
    assert not Path("runs").exists()


def test_too_few_samples_to_hold_any_out(files: tuple[Path, Path], refused: Refusals) -> None:
    space, data = files
    tiny_data(data, changes={"x_train": np.zeros((3, 1, 6, 6), np.float32), "y_train": np.arange(3)})
    refused("D219", "search", space, "--data", data)
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    "flags",
    [
        ("--epochs", "0"),
        ("--batch", "-3"),
        ("--gamma", "nan"),
        ("--learning-rate", "0"),
        ("--validation", "1"),
        ("--seed", "-1"),
        ("--threshold", "-1"),
        ("--gate-learning-rate", "inf"),
    ],
)
def test_settings_out_of_range(flags: tuple[str, str], files: tuple[Path, Path], refused: Refusals) -> None:
    said = refused("E510", "search", files[0], "--data", files[1], *flags)
    assert f"`{flags[0][2:].replace('-', '_')}` is {flags[1]}" in said
    assert not Path("runs").exists()


def test_a_setting_of_the_header_is_told_at_its_place(files: tuple[Path, Path], refused: Refusals) -> None:
    space, data = files
    space.write_text(TINY.replace("input: 1x6x6\n", "input: 1x6x6\nsearch: {epochs: none}\n"))
    assert "tiny.das:5:18" in refused("E038", "search", space, "--data", data)


@pytest.mark.parametrize("flags", [("--epochs", "many"), ("--recipe", "papre"), ("--nothing", "1"), ("--gamma",)])
def test_misuse(flags: tuple[str, ...], files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", str(files[0]), "--data", str(files[1]), *flags]) == 2
    assert "usage: dasdsl search" in capsys.readouterr().err
    assert not Path("runs").exists()


@pytest.mark.parametrize("command", ["search", "train", "discover"])
def test_a_folder_that_holds_something(
    command: str, files: tuple[Path, Path], finished: Path, tmp_path: Path, refused: Refusals
) -> None:
    space, data = files
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "thesis.tex").write_text("")
    if command == "train":
        space.write_text(CLOSED)
    what = [finished, "--threshold", "0"] if command == "discover" else [space, "--data", data]
    assert str(taken) in refused("E506", command, *what, "--out", taken)
    assert [path.name for path in taken.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("command", ["search", "train"])
def test_a_place_where_nothing_can_be_written(command: str, files: tuple[Path, Path], refused: Refusals) -> None:
    """The superuser may write everywhere, but not below a file."""
    space, data = files
    if command == "train":
        space.write_text(CLOSED)
    said = refused("E522", command, space, "--data", data, "--out", data / "run")
    assert f"error[E522]: this cannot be read or written: not a directory\n  {data / 'run'}\n" in said
    Path("runs").write_text("a file in the way")
    assert "\n  runs\n" in refused("E522", command, space, "--data", data)


def test_a_folder_without_rights(
    files: tuple[Path, Path], tmp_path: Path, refused: Refusals, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(self: Path, *_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))

    monkeypatch.setattr(Path, "mkdir", denied)
    said = refused("E522", "search", files[0], "--data", files[1], "--out", tmp_path / "run")
    assert f"error[E522]: this cannot be read or written: permission denied\n  {tmp_path / 'run'}\n" in said


# ---- folders of runs -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [("search", "--resume"), ("discover", "--threshold", "0.1")])
def test_no_folder_of_a_run(command: tuple[str, ...], tmp_path: Path, refused: Refusals) -> None:
    assert "`run.json` is missing" in refused("E504", *command, tmp_path)
    assert "`run.json` is missing" in refused("E504", *command, tmp_path / "nowhere")
    assert not list(tmp_path.iterdir())


def test_a_search_that_has_not_come_to_its_ladder(run: Path, refused: Refusals) -> None:
    (run / "composite.safetensors").unlink()
    said = refused("E504", "discover", run, "--threshold", "0.1")
    assert "the search in this folder has not got so far" in said
    assert f"dasdsl search --resume {run}" in said


def test_two_at_work_in_one_folder(run: Path, refused: Refusals) -> None:
    with (run / ".lock").open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert str(run) in refused("E505", "search", "--resume", run)
    assert main(["search", "--resume", str(run)]) == 0


def test_two_that_take_one_folder(tmp_path: Path) -> None:
    """Both found it empty; the second is told."""
    Folder(tmp_path).claim({"seed": 1})
    with pytest.raises(DasError, match="E506"):
        Folder(tmp_path).claim({"seed": 2})
    assert Folder(tmp_path).told() == {"seed": 1}


def changed(**values: object) -> str:
    """As if it had been written so: its checksum is right."""
    told = {"command": "search", "space": TINY, "path": "tiny.das", "data": "digits", "options": {}, "from": None}
    told |= {"settings": {"epochs": 1}} | values
    return with_checksum({name: value for name, value in told.items() if value is not ...}).decode()


BROKEN = {
    "empty": "",
    "cut": '{"space": "---',
    "no object": "[1, 2]",
    "deep": "[" * 100_000,
    "nothing": "{}",
    "no checksum": '{"space": "---"}',
    "nothing under a checksum": with_checksum({}).decode(),
    "an unknown command": changed(command="fly"),
    "no space": changed(space=...),
    "a number for the space": changed(space=3),
    "an invalid space": changed(space="---\ndas: 1\n---\nconv\n"),
    "no data": changed(data=...),
    "a list for the data": changed(data=["digits"]),
    "a number for the path": changed(path=3),
    "a list of options": changed(options=[1]),
    "an unknown option": changed(options={"size": 3}),
    "a text for the settings": changed(settings="fast"),
    "an unknown setting": changed(settings={"speed": 3}),
    "a text for a number": changed(settings={"epochs": "three"}),
    "no text": "\x00\x01",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_run_json(text: str, run: Path, refused: Refusals) -> None:
    before = contents(run)
    (run / "run.json").write_text(text)
    for command in (("search", "--resume", run), ("discover", run, "--threshold", "0.1")):
        assert str(run / "run.json") in refused("E507", *command)
    assert contents(run) == before


def test_a_run_json_that_is_not_utf8(run: Path, refused: Refusals) -> None:
    (run / "run.json").write_bytes(b"\xff\xfe")
    refused("E507", "search", "--resume", run)


def test_a_broken_composite(run: Path, refused: Refusals) -> None:
    (run / "composite.safetensors").write_bytes(b"\x08" * 40)
    assert "composite.safetensors" in refused("E507", "discover", run, "--threshold", "0.1")


@pytest.mark.parametrize("threshold", ["nan", "-1", "inf"])
def test_a_threshold_that_is_none(threshold: str, run: Path, refused: Refusals) -> None:
    assert f"`threshold` is {threshold}" in refused("E510", "discover", run, "--threshold", threshold)


def test_a_threshold_at_which_the_network_collapses(run: Path, refused: Refusals) -> None:
    said = refused("E401", "discover", run, "--threshold", "7")
    assert "the largest threshold that works is " in said


def test_a_search_whose_threshold_is_too_large(files: tuple[Path, Path], tmp_path: Path, refused: Refusals) -> None:
    """What was trained is not lost."""
    out = tmp_path / "run"
    said = refused("E401", "search", files[0], "--data", files[1], "--out", out, *QUICK, "--threshold", "7")
    assert f"note: the trained composite is kept: `dasdsl discover {out} --threshold T`" in said
    assert main(["discover", str(out), "--threshold", "0.1"]) == 0


def test_data_that_has_gone(run: Path, refused: Refusals, tmp_path: Path) -> None:
    told = Folder(run).told()
    (run / "run.json").write_bytes(with_checksum(told | {"data": str(tmp_path / "gone.npz")}))
    assert "gone.npz" in refused("D201", "search", "--resume", run)


# ---- weights ---------------------------------------------------------------------------------------------------------


def evaluated(run: Path, weights: Path, refused: Refusals, code: str) -> str:
    return refused(code, "eval", run / "architecture.das", "--weights", weights, "--data", run.parent / "tiny.npz")


@pytest.fixture
def beside(run: Path, finished: Path) -> Path:
    """The copy of the run, its data beside it."""
    shutil.copy(finished.parent / "tiny.npz", run.parent)
    return run


def test_weights_of_another_architecture(beside: Path, refused: Refusals) -> None:
    weights = beside / "weights.safetensors"
    tensors = load_file(weights)
    cases: list[tuple[dict[str, Tensor], str]] = [
        ({name: tensor for name, tensor in tensors.items() if name != "conv1.weight"}, "`conv1.weight` is missing"),
        (tensors | {"conv9.weight": torch.zeros(1)}, "`conv9.weight` is in the file, but not in the architecture"),
        (tensors | {"linear1.bias": torch.zeros(7)}, "`linear1.bias` is 7 in the file and 3 in the architecture"),
    ]
    for other, words in cases:
        save_file(other, weights)
        assert words in evaluated(beside, weights, refused, "E508")


@pytest.mark.parametrize("data", [b"", b"\x00" * 8, b"\xff" * 100, b"not weights at all, only words"])
def test_weights_that_are_none(data: bytes, beside: Path, refused: Refusals) -> None:
    weights = beside / "weights.safetensors"
    weights.write_bytes(data)
    assert str(weights) in evaluated(beside, weights, refused, "E507")


def test_weights_that_are_not_there(beside: Path, refused: Refusals) -> None:
    assert "nowhere.safetensors: no such file or directory" in evaluated(
        beside, Path("nowhere.safetensors"), refused, ""
    )


# ---- on the way ------------------------------------------------------------------------------------------------------


def test_a_loss_that_is_no_number(files: tuple[Path, Path], tmp_path: Path, refused: Refusals) -> None:
    flags = ("--out", tmp_path / "run", *QUICK, "--learning-rate", "1e20")
    # what is said before is that the run begins
    said = refused("E503", "search", files[0], "--data", files[1], *flags)
    assert "is not a finite number at step" in said
    assert "learning_rate" in said
    assert (tmp_path / "run" / "run.json").exists()
    assert not (tmp_path / "run" / "architecture.das").exists()


@pytest.mark.parametrize("phase", ["finetune", "baseline"])
def test_what_was_found_stays_when_a_later_phase_diverges(
    phase: str,
    files: tuple[Path, Path],
    finished: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loss, diverging = Task.loss, {"now": False}
    fit = loop.Trainer.fit

    def fitted(self: loop.Trainer, model: nn.Module, part: loop.Phase) -> object:
        diverging["now"] = part.name == phase
        return fit(self, model, part)  # type: ignore[arg-type]

    def lost(self: Task, outputs: Tensor, targets: Tensor) -> Tensor:
        return loss(self, outputs, targets) * (float("nan") if diverging["now"] else 1.0)

    monkeypatch.setattr(loop.Trainer, "fit", fitted)
    monkeypatch.setattr(Task, "loss", lost)
    out = tmp_path / "run"
    capsys.readouterr()
    assert main(["search", str(files[0]), "--data", str(files[1]), "--out", str(out), *QUICK, "--json"]) == 0
    printed, said = capsys.readouterr()
    assert f"warning: the loss is not a finite number at step 1 of {phase}; " in said
    assert "lower `learning_rate`" in said
    report = json.loads((out / "report.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert report == json.loads(printed)
    name = "finetuned" if phase == "finetune" else "baseline"
    assert report[name]["diverged"].startswith(f"the loss is not a finite number at step 1 of {phase}")
    assert report[name]["metric"] == (report["found"]["metric"] if phase == "finetune" else None)
    text = (out / "architecture.das").read_text(encoding="utf-8")
    assert html.escape(text, quote=False) in (out / "report.html").read_text(encoding="utf-8")
    # the weights that are there are those that are told
    flags = ("--weights", str(out / "weights.safetensors"), "--data", str(files[1]), "--json")
    assert main(["eval", str(out / "architecture.das"), *flags]) == 0
    assert json.loads(capsys.readouterr().out)["metric"] == report["finetuned"]["metric"]
    assert main(["discover", str(out), "--threshold", "0.01"]) == 0
    # and the tables can be made of it
    assert main(["search", "--resume", str(out)]) == 0
    assert "baseline" in capsys.readouterr().out
    # whatever it was is mended: the run goes on to its end
    monkeypatch.undo()
    assert main(["search", "--resume", str(out)]) == 0
    assert contents(out) == contents(finished)


@pytest.mark.parametrize("writes", range(2, 22, 3))
def test_a_full_disk(
    writes: int,
    files: tuple[Path, Path],
    finished: Path,
    tmp_path: Path,
    refused: Refusals,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Full after so many files; with room again the run goes on, and ends as if it had always been there."""
    monkeypatch.setattr(loop, "SAVE_EVERY", 0.02)
    sync, count = os.fsync, {"left": writes}

    def synced(handle: int) -> None:
        count["left"] -= 1
        if count["left"] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(handle)

    monkeypatch.setattr(os, "fsync", synced)
    out = tmp_path / "run"
    said = refused("E521", "search", files[0], "--data", files[1], "--out", out, *QUICK)
    assert "error[E521]: this file could not be written: no space left on device" in said
    assert str(out) in said
    monkeypatch.undo()
    assert main(["search", "--resume", str(out)]) == 0
    assert contents(out) == contents(finished)
    assert not [path for path in out.rglob(".*") if path.name != ".lock"]


def test_a_log_that_cannot_be_written(
    files: tuple[Path, Path], tmp_path: Path, refused: Refusals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Folder, "log", property(lambda _: Path("/dev/full")))
    said = refused("E521", "search", files[0], "--data", files[1], "--out", tmp_path / "run", *QUICK)
    assert "\n  /dev/full\n" in said


def test_a_space_that_is_not_valid(files: tuple[Path, Path], refused: Refusals) -> None:
    space, data = files
    space.write_text(TINY.replace("filters 3x3", "filters 3"))
    said = refused("E103", "search", space, "--data", data)
    assert "tiny.das:10:14" in said
    assert not Path("runs").exists()


def test_from_python_refusals_are_exceptions(files: tuple[Path, Path]) -> None:
    for settings, code in (({"epochs": 0}, "E510"), ({"epochz": 1}, "E510"), ({"out": files[1].parent}, "E506")):
        with pytest.raises(DasError, match=code):
            dasdsl.search(dasdsl.loads(TINY), str(files[1]), **settings)  # type: ignore[arg-type]
