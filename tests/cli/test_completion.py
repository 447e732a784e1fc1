"""`dasdsl completion`: shells complete with what it prints."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dasdsl.cli import main
from dasdsl.cli.support.completing import SHELLS
from dasdsl.cli.support.dispatching import commands

ASK = """
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
COMP_LINE="$*"
COMP_POINT=${#COMP_LINE}
completer=$(complete -p dasdsl | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
"$completer" dasdsl "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" 2>/dev/null
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the script for each shell."""
    folder = tmp_path_factory.mktemp("scripts")
    for shell in SHELLS:
        command = [sys.executable, "-m", "dasdsl", "completion", shell]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        (folder / shell).write_text(done.stdout, encoding="utf-8")
    return folder


def completed(scripts: Path, folder: Path, *words: str) -> list[str]:
    """What bash offers for the last word."""
    command = ["bash", "--norc", "-c", ASK, "bash", str(scripts / "bash"), *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return sorted(done.stdout.split())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.das", "b.json", "c.txt"):
        (tmp_path / name).write_text("")
    (tmp_path / "runs").mkdir()
    return tmp_path


def test_commands(scripts: Path, folder: Path) -> None:
    assert set(commands()) <= set(completed(scripts, folder, "dasdsl", ""))
    assert completed(scripts, folder, "dasdsl", "comp") == ["compile", "completion"]


def test_options_and_their_values(scripts: Path, folder: Path) -> None:
    assert completed(scripts, folder, "dasdsl", "check", "--f") == ["--format"]
    assert completed(scripts, folder, "dasdsl", "check", "--format", "") == ["github", "json", "sarif", "text"]
    assert completed(scripts, folder, "dasdsl", "compile", "--emit", "m") == ["mermaid"]


def test_files_and_folders(scripts: Path, folder: Path) -> None:
    assert completed(scripts, folder, "dasdsl", "check", "") == ["a.das", "b.json", "runs"]
    assert completed(scripts, folder, "dasdsl", "diff", "a.das", "") == ["a.das", "b.json", "runs"]
    assert completed(scripts, folder, "dasdsl", "search", "--data", "c") == ["c.txt"]
    assert completed(scripts, folder, "dasdsl", "discover", "r") == ["runs"]


def test_codes(scripts: Path, folder: Path) -> None:
    assert "E103" in completed(scripts, folder, "dasdsl", "explain", "E1")
    assert completed(scripts, folder, "dasdsl", "completion", "") == sorted(SHELLS)


@pytest.mark.parametrize(("shell", "arguments"), [("bash", ["-n"]), ("zsh", ["-n"]), ("tcsh", ["-f"])])
def test_the_shell_takes_it(shell: str, arguments: list[str], scripts: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    done = subprocess.run([shell, *arguments, str(scripts / shell)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_without_its_extra(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("dasdsl.cli.support.extras.find_spec", lambda _: None)
    assert main(["completion", "bash"]) == 1
    assert "pip install 'dasdsl[completion]'" in capsys.readouterr().err


def test_a_shell_that_is_not_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "cmd"]) == 2
    assert "cmd" in capsys.readouterr().err
