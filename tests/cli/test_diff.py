"""`dasdsl diff`: exit codes, lines, JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dasdsl.cli import main
from dasdsl.ir.diffing import webs
from tests.cli.commands import BAD, GOOD, HEAD, dasdsl

FOLDER = Path(__file__).parent.parent / "golden" / "diff"


@pytest.fixture
def pair(tmp_path: Path) -> tuple[str, str]:
    one, other = tmp_path / "a.das", tmp_path / "b.das"
    one.write_text(GOOD, encoding="utf-8")
    other.write_text(GOOD.replace("<1..3>x3", "3x3 stride 2").replace("relu", "norm batch\ntanh"), encoding="utf-8")
    return str(one), str(other)


def test_equal_files(pair: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    for form in ([], ["--text"]):
        assert main(["diff", pair[0], pair[0], *form]) == 0
        assert capsys.readouterr() == ("", "")
    assert main(["diff", pair[0], pair[0], "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["equal"] is True
    assert found["changes"] == found["layers"] == []
    assert found["params"] == {"a": 1322, "b": 1322}
    assert found["macs"] == {"a": 19456, "b": 19456}


def test_different_files(pair: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", *pair]) == 1
    assert [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()] == [
        "layer a.das b.das",
        "conv1 filters <1..3>x3 3x3 closed",
        "stride 1 2",
        "params 13 to 296 37 to 296",
        "MACs 768 to 18.4k 576 to 4.61k -13.8k, -75 %",
        "norm1 added norm batch",
        "params 0 2 to 16 +16",
        "tanh1 statement relu tanh",
        "linear1 reads 512 128",
        "params 130 to 1.03k 34 to 258 -768, -75 %",
        "MACs 128 to 1.02k 32 to 256 -768, -75 %",
        "total params 143 to 1.32k 73 to 570 -752, -57 %",
        "MACs 896 to 19.5k 608 to 4.86k -14.6k, -75 %",
    ]


def test_as_json(pair: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", *pair, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["equal"] is False
    assert found["changes"][0] == {
        "layer": "conv1",
        "what": "filters",
        "a": "<1..3>x3",
        "b": "3x3",
        "said_a": "<1..3>x3",
        "said_b": "3x3",
        "verdict": "closed",
    }
    assert found["params"] == {"a": 1322, "b": 570}
    assert found["smallest"]["params"] == {"a": 143, "b": 73}
    assert [layer["layer"] for layer in found["layers"]] == ["conv1", "norm1", "tanh1", "linear1"]
    assert found["layers"][1] == {
        "layer": "norm1",
        "changes": found["changes"][2:3],
        "a": None,
        "b": {"name": "norm1", "line": 7, "reads": "8x4x4"},
        "params": {"a": 0, "b": 16},
        "macs": {"a": 0, "b": 0},
        "smallest": {"params": {"a": 0, "b": 2}, "macs": {"a": 0, "b": 0}},
    }


def test_as_text(pair: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", *pair, "--text"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"--- {pair[0]}",
        f"+++ {pair[1]}",
        "@@ -3,7 +3,8 @@",
        " space: a",
        " input: 4x8x8",
        " ---",
        "-conv filters <1..3>x3 channels<=8",
        "+conv filters 3x3 channels<=8 stride 2",
        "+norm batch",
        "-relu",
        "+tanh",
        " flatten",
        " linear channels 2",
    ]
    assert main(["diff", *pair, "--text", "--json"]) == 2


def test_names_and_comments_alone_are_no_change(pair: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    other = Path(pair[1])
    other.write_text(GOOD.replace("relu", "act = relu  # a comment").replace("space: a", "space: b"), encoding="utf-8")
    for form in ([], ["--text"]):
        assert main(["diff", *pair, *form]) == 0
        assert capsys.readouterr() == ("", "")


def test_channels_in_another_order(pair: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    body = "conv filters 3x3 channels 3 groups [0-1 -> {}; 2-3 -> {}]\nflatten\nlinear channels 2 reads [{}]\n"
    Path(pair[0]).write_text(HEAD + body.format("0", "1-2", "0-1"), encoding="utf-8")
    Path(pair[1]).write_text(HEAD + body.format("2", "0-1", "1-2"), encoding="utf-8")
    assert main(["diff", *pair]) == 0
    assert capsys.readouterr() == ("", "hidden channels are numbered in another order\n")
    assert main(["diff", *pair, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["renumbered"] is True


def test_what_is_not_decided_is_told(
    pair: tuple[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webs, "EDGES", 3)
    test_body = "conv filters 3x3 channels 3 groups [0-1 -> {}; 2-3 -> {}]\nflatten\nlinear channels 2 reads [{}]\n"
    Path(pair[0]).write_text(HEAD + test_body.format("0", "1-2", "0-1"), encoding="utf-8")
    Path(pair[1]).write_text(HEAD + test_body.format("2", "0-1", "1-2"), encoding="utf-8")
    assert main(["diff", *pair]) == 1
    printed, said = capsys.readouterr()
    assert "other channels" in printed
    assert said.startswith("whether hidden channels are only numbered in another order")


# ---- what is printed -------------------------------------------------------------------------------------------------

SECTIONS = ("# against\n", "# table\n", "# text\n")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
def test_golden(
    path: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    """Two files, the table at 80 columns, and the unified diff."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    golden = path.read_text(encoding="utf-8")
    one, _, rest = golden.partition(SECTIONS[0])
    other, _, _ = rest.partition(SECTIONS[1])
    Path("a.das").write_text(one, encoding="utf-8")
    Path("b.das").write_text(other, encoding="utf-8")
    found = [one, SECTIONS[0], other]
    for section, form in zip(SECTIONS[1:], ([], ["--text"]), strict=True):
        assert main(["diff", "a.das", "b.das", *form]) in (0, 1)
        lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
        assert max((len(line) for line in lines if form == []), default=0) <= 80
        found += [section, *(f"{line}\n" for line in lines)]
    if request.config.getoption("--update-golden"):
        path.write_text("".join(found), encoding="utf-8")
    assert "".join(found) == path.read_text(encoding="utf-8")


def test_names_from_files_are_no_markup(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = tmp_path / "[red]a.das", tmp_path / "[b]b.das"
    one.write_text(GOOD, encoding="utf-8")
    other.write_text(GOOD.replace("relu", "tanh"), encoding="utf-8")
    assert main(["diff", str(one), str(other)]) == 1
    assert "[red]a.das" in capsys.readouterr().out


def test_a_wide_terminal_is_used(
    pair: tuple[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    groups = "; ".join(f"{i} -> {i}" for i in range(3)) + "; 3 -> 3-7"
    one = GOOD.replace("relu", "relu\nconv filters 3x3 channels 8 reads [0-3]\nconv filters 3x3 channels 4")
    Path(pair[0]).write_text(one.replace("channels<=8", "channels 8"), encoding="utf-8")
    Path(pair[1]).write_text(one.replace("<1..3>x3 channels<=8", f"3x3 channels 8 groups [{groups}]"), encoding="utf-8")
    widths: list[int] = []
    for columns in ("80", "120"):
        monkeypatch.setenv("COLUMNS", columns)
        main(["diff", *pair])
        widths.append(len(capsys.readouterr().out.splitlines()))
    assert widths[0] >= widths[1]


def test_against_stdin(pair: tuple[str, str]) -> None:
    assert dasdsl("diff", pair[0], "-", text=GOOD).returncode == 0
    assert dasdsl("diff", "-", "-", text=GOOD).returncode == 0
    assert "<stdin>" in dasdsl("diff", "-", pair[1], text=GOOD).stdout


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


def test_all_that_is_wrong_with_both_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.das").write_text(BAD, encoding="utf-8")
    (tmp_path / "b.das").write_text(BAD.replace("rleu", "tnah"), encoding="utf-8")
    assert main(["diff", str(tmp_path / "a.das"), str(tmp_path / "b.das")]) == 1
    told = capsys.readouterr().err
    assert "`rleu`" in told
    assert "`tnah`" in told
    (tmp_path / "c.das").write_text(HEAD + "linear channels 2\n", encoding="utf-8")
    (tmp_path / "d.das").write_text(HEAD + "flatten\nconv filters 3x3 channels 2\n", encoding="utf-8")
    assert main(["diff", str(tmp_path / "c.das"), str(tmp_path / "d.das")]) == 1
    told = capsys.readouterr().err
    assert "E104" in told
    assert "E102" in told


def test_misuse() -> None:
    assert main(["diff"]) == 2
    assert main(["diff", "a.das"]) == 2


def test_torch_and_networkx_are_not_loaded(pair: tuple[str, str]) -> None:
    asked = "print([name for name in ('torch', 'networkx') if name in sys.modules], file=sys.stderr)"
    assert dasdsl("diff", *pair, code=asked).stderr == "[]\n"
