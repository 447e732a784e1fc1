"""`dasdsl widen`."""

from __future__ import annotations

from pathlib import Path

import pytest

from dasdsl.cli import main
from tests.cli.commands import GOOD, HEAD, dasdsl

FOUND = HEAD.replace("space", "architecture") + "conv filters 3x3 channels 8\nrelu\nflatten\nlinear channels 2\n"
WIDE = HEAD + "# Around {}: {}.\nconv filters {} channels{}\nrelu\nflatten\nlinear channels 2\n"


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "found.das"
    path.write_text(FOUND, encoding="utf-8")
    return path


@pytest.mark.usefixtures("found")
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], ("filters +1, channels x1.5", "<1..4>x<1..4>", "<=12")),
        (["--filters", "+2", "--channels", "x2"], ("filters +2, channels x2", "<1..5>x<1..5>", "<=16")),
        (["--filters", "keep", "--channels", "+8"], ("channels +8", "3x3", "<=16")),
        (["--channels", "keep", "--filters", "0"], ("filters +0", "<1..3>x<1..3>", " 8")),
        (
            ["--only", "conv1", "relu1", "--only", "flatten1", "--groups", "4", "--dilation", "1"],
            ("filters +1, channels x1.5, groups 4, dilation +1", "<1..4>x<1..4>", "<=12 dilation <1|2> groups<=4"),
        ),
        (["--except", "linear1"], ("filters +1, channels x1.5", "<1..4>x<1..4>", "<=12")),
    ],
)
def test_what_is_opened(options: list[str], expected: tuple[str, str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["widen", "found.das", *options]) == 0
    assert capsys.readouterr() == (WIDE.format("found.das", *expected), "")


def test_the_depth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "deep.das"
    path.write_text(FOUND.replace("relu\n", "repeat 2: relu\n"), encoding="utf-8")
    assert main(["widen", str(path), "--depth", "+1", "--filters", "keep", "--channels", "keep"]) == 0
    assert "# Around deep.das: depth +1.\nconv filters 3x3 channels 8\nrepeat <1..3>: relu\n" in capsys.readouterr().out
    assert main(["widen", str(path), "--depth", "more"]) == 2
    assert "`more` is no whole number; write `+1`, or `keep`" in capsys.readouterr().err


def test_into_a_file(found: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["widen", "-o", "wide.das"]) == 0
    assert capsys.readouterr() == ("", "wrote wide.das\n")
    assert (found.parent / "wide.das").read_text(encoding="utf-8").startswith(HEAD)
    assert main(["check", "wide.das"]) == 0
    assert main(["fmt", "--check", "wide.das"]) == 0


def test_from_stdin_and_without_torch() -> None:
    done = dasdsl("widen", "-", text=FOUND, code="print('torch' in sys.modules, file=sys.stderr)")
    assert (done.returncode, done.stderr) == (0, "False\n")
    assert done.stdout == WIDE.format("<stdin>", "filters +1, channels x1.5", "<1..4>x<1..4>", "<=12")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--channels", "x0.9"], "error[E321]: `x0.9` leaves fewer channels than there are"),
        (["--channels", "lots"], "error[E321]: `lots` does not say how many channels"),
        (["--filters", "-1"], "error[E321]: `filters` is -1"),
        (["--groups", "0"], "error[E321]: `groups` is 0"),
        (["--only", "conv2"], "error[E321]: there is no layer `conv2`\n  help: did you mean `conv1`?"),
        (["--only", "relu1"], "error[E321]: nothing is opened"),
        (["--depth", "1"], "error[E321]: there is no `repeat` with a number that could be opened"),
    ],
)
@pytest.mark.usefixtures("found")
def test_what_cannot_be(options: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["widen", "found.das", *options]) == 1
    out, told = capsys.readouterr()
    assert out == ""
    assert said in told
    assert "  help: " in told


def test_a_space_is_open_already(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.das").write_text(GOOD, encoding="utf-8")
    assert main(["widen", str(tmp_path / "a.das")]) == 1
    assert "error[E320]: `a` has something open already" in capsys.readouterr().err


@pytest.mark.parametrize("options", [["--filters", "few"], ["--groups", "x"], ["--only"], ["a.das", "b.das"]])
def test_misuse(options: list[str]) -> None:
    assert main(["widen", *options]) == 2


def test_a_hostile_name_is_shown_escaped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "e\x1b[31mv\ni\u202el<.das"
    path.write_text(FOUND, encoding="utf-8")
    for arguments, exits in (([], 0), (["--only", "\x1b[31m"], 1), (["--filters", "4096"], 1)):
        assert main(["widen", str(path), *arguments]) == exits
        out, told = capsys.readouterr()
        assert all(sign.isprintable() or sign == "\n" for sign in out + told)
    assert main(["widen", str(path), "-o", str(tmp_path / "wide.das")]) == 0
    assert main(["check", str(tmp_path / "wide.das")]) == 0
