"""`dasdsl check`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dasdsl.cli import main
from tests.cli.commands import BAD, GOOD, HEAD, dasdsl


def written(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_sound_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", written(tmp_path, "a.das", GOOD)]) == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "1 file: no errors, no warnings\n"


def test_all_errors_of_all_phases_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, "a.das", BAD)
    assert main(["check", path]) == 1
    assert capsys.readouterr().out == (
        "error[E103]: `filters` has rank 1, but the input of this layer is 2-D (4x8x8)\n"
        f"  {path}:6:14\n"
        "   6 | conv filters <1..3> channels<=8\n"
        "     |              ^^^^^^\n"
        "  help: write one number for each side, for example `filters <1..5>x<1..5>`\n"
        "\n"
        "error[E050]: unknown statement `rleu`\n"
        f"  {path}:7:1\n"
        "   7 | rleu\n"
        "     | ^^^^\n"
        "  help: did you mean `relu`?\n"
        "\n"
    )


@pytest.mark.parametrize("how", [["--json"], ["--format", "json"]])
def test_facts_for_programs(how: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [written(tmp_path, "a.das", BAD), written(tmp_path, "b.das", GOOD), str(tmp_path / "none.das")]
    assert main(["check", *how, *paths]) == 1
    facts = json.loads(capsys.readouterr().out)
    assert facts["files"] == 3
    first = facts["diagnostics"][0]
    assert {key: first[key] for key in ("code", "severity", "path", "line", "column", "end_line", "end_column")} == {
        "code": "E103",
        "severity": "error",
        "path": paths[0],
        "line": 6,
        "column": 14,
        "end_line": 6,
        "end_column": 20,
    }
    assert [one["code"] for one in facts["diagnostics"]] == ["E103", "E050", "E099"]


def test_stdin() -> None:
    done = dasdsl("check", "-", text=HEAD + "rleu\n")
    assert done.returncode == 1
    assert "  <stdin>:6:1\n   6 | rleu\n" in done.stdout
    assert done.stderr == "1 file: 1 error, no warnings\n"


def test_warnings_are_no_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, "a.das", HEAD + "flatten\nlinear channels<=3\n")
    assert main(["check", path]) == 0
    assert "warning[W301]" in capsys.readouterr().out


def test_a_file_of_another_kind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.das"
    path.write_bytes(b"\x00\xff\x1b]0;title\x07" * 100)
    assert main(["check", str(path)]) == 1
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize("path", sorted(Path("spaces").glob("*.das")), ids=lambda path: path.stem)
def test_the_spaces_that_ship(path: Path) -> None:
    assert main(["check", str(path)]) == 0
