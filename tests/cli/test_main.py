"""Exit codes, help, and what becomes of errors that no command expects."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dasdsl.cli import main
from dasdsl.cli.support.dispatching import commands
from tests.cli.commands import BAD, GOOD, dasdsl


def test_commands_are_found_by_their_files() -> None:
    assert {"check", "explain", "fmt"} <= set(commands())


def test_without_a_command_there_is_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "check" in capsys.readouterr().err
    assert main(["--help"]) == 0
    assert "check" in capsys.readouterr().out


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("dasdsl ")


@pytest.mark.parametrize("arguments", [["chek"], ["--versoin"], ["check"], ["check", "--nothing", "a.das"]])
def test_misuse(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err


def test_a_misspelt_command_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    main(["chek"])
    assert "did you mean `check`?" in capsys.readouterr().err


@pytest.mark.parametrize("name", commands())
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    assert f"usage: dasdsl {name}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (OSError(28, "No space left on device"), 1, "error: no space left on device"),
        (PermissionError(13, "Permission denied", "out/x"), 1, "error: out/x: permission denied"),
    ],
)
def test_errors_of_the_system_are_one_line(
    error: BaseException, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(_: object) -> int:
        raise error

    monkeypatch.setattr("dasdsl.cli.check.run", fails)
    assert main(["check", "a.das"]) == code
    assert capsys.readouterr().err == f"{said}\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_behind_stdout_is_an_error() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "dasdsl", "explain"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (1, "error: no space left on device\n")


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "dasdsl", "explain"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""


@pytest.mark.parametrize(("text", "code"), [(GOOD, 0), (BAD, 1)])
def test_checking_loads_neither_torch_nor_networkx(text: str, code: int) -> None:
    heavy = ("torch", "networkx", "numpy", "rich", "optuna")
    asked = f"print(*(name for name in {heavy!r} if name in sys.modules), file=sys.stderr)"
    for arguments in (("check", "-"), ("fmt", "-"), ("explain",)):
        done = dasdsl(*arguments, text=text, code=asked)
        assert done.returncode == (0 if arguments == ("explain",) else code)
        assert done.stderr.split("\n")[-2] == ""


def test_the_test_above_can_fail() -> None:
    done = dasdsl("--version", code="import networkx\nprint('networkx' in sys.modules, file=sys.stderr)")
    assert done.stderr == "True\n"


@pytest.mark.parametrize(
    ("flag", "meant"),
    [("--limits", "; did you mean `--limit`?"), ("--sed=1", "; did you mean `--seed`?"), ("--qqq", "")],
)
def test_a_misspelt_option_is_told_what_was_meant(flag: str, meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", flag]) == 2
    assert capsys.readouterr().err.endswith(f"unrecognized arguments: {flag}{meant}\n")


@pytest.mark.parametrize(("text", "code"), [(GOOD, 0), (BAD, 1)])
@pytest.mark.parametrize("start", [["-m", "dasdsl"], ["-c", "from dasdsl.cli import command; command()"]])
def test_a_command_that_leaves_at_once_has_said_all(start: list[str], text: str, code: int, tmp_path: Path) -> None:
    (tmp_path / "a.das").write_text(text)
    line = [sys.executable, *start, "check", str(tmp_path / "a.das"), "--json"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (code, "")
    assert json.loads(done.stdout)["files"] == 1


def test_a_command_that_has_loaded_torch_ends_in_order() -> None:
    start = (
        "import atexit, sys\nfrom dasdsl.cli.support import dispatching\n"
        "atexit.register(print, 'in order')\n"
        "sys.modules['torch'] = sys\nsys.argv[1:] = ['--version']\ndispatching.command()"
    )
    done = subprocess.run([sys.executable, "-c", start], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "in order")
