"""`dasdsl fmt`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dasdsl.cli import main
from tests.cli.commands import BAD, GOOD, HEAD, dasdsl

UNTIDY = HEAD + "conv channels 4 filters 3 x 3# beside\n"
TIDY = HEAD + "conv filters 3x3 channels 4  # beside\n"


@pytest.fixture
def untidy(tmp_path: Path) -> Path:
    path = tmp_path / "a.das"
    path.write_text(UNTIDY)
    return path


def test_a_file_is_rewritten_once(untidy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", str(untidy)]) == 0
    assert untidy.read_text() == TIDY
    assert capsys.readouterr().err == f"reformatted {untidy}\n"
    before = untidy.stat()
    assert main(["fmt", str(untidy)]) == 0
    assert capsys.readouterr().err == ""
    assert untidy.stat().st_ino == before.st_ino


def test_check_writes_nothing(untidy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", "--check", str(untidy)]) == 1
    assert untidy.read_text() == UNTIDY
    assert capsys.readouterr().err == f"would reformat {untidy}\n"
    untidy.write_text(TIDY)
    assert main(["fmt", "--check", str(untidy)]) == 0


def test_diff_shows_what_would_change(untidy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", "--diff", str(untidy)]) == 1
    assert untidy.read_text() == UNTIDY
    shown = capsys.readouterr().out
    assert "-conv channels 4 filters 3 x 3# beside\n+conv filters 3x3 channels 4  # beside\n" in shown


def test_facts_for_programs(untidy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.das"
    bad.write_text(BAD)
    assert main(["fmt", "--json", str(untidy), str(bad)]) == 1
    facts = json.loads(capsys.readouterr().out)
    assert (facts["files"], facts["changed"]) == (2, [str(untidy)])
    assert [one["code"] for one in facts["diagnostics"]] == ["E050"]
    assert bad.read_text() == BAD
    assert untidy.read_text() == TIDY


def test_stdin_goes_to_stdout() -> None:
    assert dasdsl("fmt", "-", text=UNTIDY).stdout == TIDY
    assert dasdsl("fmt", "-", text=GOOD).stdout == GOOD
    failed = dasdsl("fmt", "-", text=BAD)
    assert (failed.returncode, failed.stdout) == (1, "")
    assert "unknown statement `rleu`" in failed.stderr


def test_a_folder_that_may_not_be_written(untidy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied", str(untidy))

    monkeypatch.setattr("dasdsl.files.write_atomically", denied)
    assert main(["fmt", str(untidy)]) == 1
    assert untidy.read_text() == UNTIDY
