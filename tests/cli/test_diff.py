"""`dasdsl diff`: exit codes, lines, JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dasdsl.cli import main
from tests.cli.commands import BAD, GOOD, dasdsl


@pytest.fixture
def pair(tmp_path: Path) -> tuple[str, str]:
    one, other = tmp_path / "a.das", tmp_path / "b.das"
    one.write_text(GOOD, encoding="utf-8")
    other.write_text(GOOD.replace("<1..3>x3", "3x3 stride 2").replace("relu", "norm batch\ntanh"), encoding="utf-8")
    return str(one), str(other)


def test_equal_files(pair: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", pair[0], pair[0]]) == 0
    assert capsys.readouterr() == ("", "")
    assert main(["diff", pair[0], pair[0], "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == {
        "equal": True,
        "changes": [],
        "params": {"a": 1322, "b": 1322},
        "macs": {"a": 19456, "b": 19456},
    }


def test_different_files(pair: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", *pair]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "~ conv1: filters <1..3>x3 → 3x3",
        "~ conv1: stride (default) → 2",
        "- relu1: relu",
        "+ norm1: norm batch",
        "+ tanh1: tanh",
        "params 1.32k → 570, MACs 19.5k → 4.86k",
    ]


def test_as_json(pair: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", *pair, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["equal"] is False
    assert found["changes"][0] == {"layer": "conv1", "what": "filters", "a": "<1..3>x3", "b": "3x3"}
    assert found["params"] == {"a": 1322, "b": 570}


def test_against_stdin(pair: tuple[str, str]) -> None:
    assert dasdsl("diff", pair[0], "-", text=GOOD).returncode == 0
    assert dasdsl("diff", "-", "-", text=GOOD).returncode == 0


@pytest.mark.parametrize("other", ["none.das", "bad"])
def test_what_is_not_valid(
    other: str, pair: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad").write_text(BAD, encoding="utf-8")
    for order in ((pair[0], str(tmp_path / other)), (str(tmp_path / other), pair[0])):
        assert main(["diff", *order]) == 1
        printed, told = capsys.readouterr()
        assert printed == ""
        assert "error[" in told


def test_misuse() -> None:
    assert main(["diff"]) == 2
    assert main(["diff", "a.das"]) == 2


def test_torch_and_networkx_are_not_loaded(pair: tuple[str, str]) -> None:
    asked = "print([name for name in ('torch', 'networkx') if name in sys.modules], file=sys.stderr)"
    assert dasdsl("diff", *pair, code=asked).stderr == "[]\n"
