"""`dasdsl sweep` as a command: what goes together, and what is refused before anything is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from dasdsl.cli import main
from dasdsl.cli.support import extras
from tests.search.runs import TINY, tiny


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a space and data in it."""
    monkeypatch.chdir(tmp_path)
    tiny(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "give one of --grid, --study and --preset"),
        (("--grid", "seed=0", "--study", "3"), "give one of --grid, --study and --preset"),
        (("--grid", "seed=0", "--over", "gamma=1..2"), "--over goes with --study"),
        (("--grid", "seed=0", "--sampler", "tpe"), "--sampler goes with --study"),
        (("--grid", "seed=0", "--groups", "a.das"), "--groups goes with --preset"),
        (("--study", "3", "--seeds", "0,1"), "--seeds goes with --grid and --preset"),
        (("--grid", "seed=0", "--workers", "-1"), "--workers is 0 or more"),
        (("--resume", "runs/x", "--gamma", "1"), "a sweep that is there takes no --gamma"),
        (("--worker", "runs/x", "--data", "digits"), "a sweep that is there takes no --data"),
        (("--grid", "seed=0", "--study", "many"), "invalid int value"),
    ],
)
def test_misuse(arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", *arguments]) == 2
    printed, told = capsys.readouterr()
    assert printed == ""
    assert words in told


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--grid", "gama=1"), "E513"),
        (("--grid", "seed=0", "seed=1"), "E513"),
        (("--grid", "gamma=-1,1"), "E510"),
        (("--study", "3", "--over", "validation=0.1..1.5"), "E510"),
        (("--study", "0"), "E513"),
        (("--preset", "table1"), "E513"),
        (("--grid", "seed=0", "--task", "regression"), "D2"),
    ],
)
def test_what_would_fail_in_every_point_is_refused_at_once(
    arguments: tuple[str, ...], code: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", "--data", "tiny.npz", *arguments]) == 1
    assert f"error[{code}" in capsys.readouterr().err
    assert not (here / "runs").exists()


def test_a_space_with_nothing_open(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    closed = TINY.partition("conv")[0] + "flatten\nlinear channels 3\n"
    (here / "tiny.das").write_text(closed, encoding="utf-8")
    assert main(["sweep", "--data", "tiny.npz", "--grid", "seed=0"]) == 1
    assert "error[E501]" in capsys.readouterr().err


@pytest.mark.parametrize("flag", ["--resume", "--worker"])
def test_a_folder_of_no_sweep(flag: str, finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", flag, str(finished)]) == 1
    assert "error[E514]" in capsys.readouterr().err


def test_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    assert main(["sweep", "a.das", "--data", "digits", "--grid", "seed=0"]) == 1
    assert "pip install 'dasdsl[sweep]'" in capsys.readouterr().err


def test_the_preset_is_six_rows_for_each_seed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The space with groups is beside the file, or where `--groups` says."""
    from dasdsl.search.sweep.places import Places

    plain = TINY.replace(" groups<=2", "")
    (here / "net.das").write_text(plain, encoding="utf-8")
    (here / "net-groups.das").write_text(TINY.replace("tiny", "net-groups"), encoding="utf-8")
    (here / "net.das").write_text(plain.replace("tiny", "net"), encoding="utf-8")
    for number, more in enumerate(([], ["--groups", "tiny.das"]), start=1):
        arguments = ["sweep", "net.das", "--data", "tiny.npz", "--preset", "table1", "--seeds", "0,1", "--workers", "0"]
        assert main([*arguments, *more, "--epochs", "1"]) == 0
        capsys.readouterr()
        plan = Places(here / "runs" / f"net-sweep-{number}").plan()
        assert len(plan.points) == 12
        grouped = "net-groups.das" if not more else "tiny-groups.das"
        assert [point.space for point in plan.points] == ["net.das"] * 6 + [grouped] * 6
        assert all(point.settings["recipe"] == "paper" for point in plan.points)
        assert plan.points[11].settings == {
            "gamma": 1e-6, "threshold": 1e-2, "eta": 3e-5, "recipe": "paper", "seed": 1,
        }  # fmt: skip
        assert plan.fixed == {"epochs": 1}


def test_a_worker_does_without_torch(here: Path) -> None:
    import subprocess
    import sys

    assert main(["sweep", "--data", "tiny.npz", "--grid", "seed=0", "--epochs", "1", "--workers", "0"]) == 0
    code = """import sys
from dasdsl.search.interrupts import Flag
from dasdsl.search.sweep.places import Places
from dasdsl.search.sweep.worker import work
from pathlib import Path
stop = Flag()
stop.raised = True
assert work(Places(Path("runs/tiny-sweep-1")), None, stop)
assert "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=here)
