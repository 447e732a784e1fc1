"""`dasdsl compile`: what it prints, in every form, and the IR that `search` takes."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from dasdsl.cli import main
from tests.cli.commands import BAD, GOOD, dasdsl
from tests.search.runs import COMMAND, QUICK, TINY, contents, tiny


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A space, the only one in the current folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.das").write_text(GOOD, encoding="utf-8")
    return "good.das"


def out(capsys: pytest.CaptureFixture[str], *arguments: str, exits: int = 0) -> str:
    capsys.readouterr()
    assert main(["compile", *arguments]) == exits
    printed, told = capsys.readouterr()
    assert "Traceback" not in told
    return printed


def test_a_table_for_people(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [" ".join(line.split()) for line in out(capsys, file).splitlines()]
    assert lines == [
        "line name op shape params MACs open",
        "6 conv1 conv 8x8x8 13..296 768..18.4k height 1 of 3",
        "7 relu1 relu 8x8x8",
        "8 flatten1 flatten 512",
        "9 linear1 linear 2 130..1.03k 128..1.02k reads 2^8",
        "",
        "a: input 4x8x8, 768 architectures",
        "from 143 params, 896 MACs to 1.32k params, 19.5k MACs",
    ]


def test_facts_for_programs(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    found: dict[str, Any] = json.loads(out(capsys, file, "--json"))
    assert found == json.loads(out(capsys, file, "--emit", "json"))
    wanted = {"space", "input", "size", "size_log10", "smallest", "largest", "decisions", "nodes"}
    assert wanted <= found.keys()
    assert (found["space"], found["input"], found["size"]) == ("a", "4x8x8", str(3 * 2**8))
    assert found["largest"] == {"params": 1322, "macs": 19456}
    assert all({"name", "kind", "options", "line"} <= decision.keys() for decision in found["decisions"])
    assert all({"name", "op", "shape", "params", "macs", "line"} <= node.keys() for node in found["nodes"])


def test_the_only_file_is_taken(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert out(capsys) == out(capsys, file)
    Path("other.das").write_text(GOOD, encoding="utf-8")
    assert main(["compile"]) == 1
    told = capsys.readouterr().err
    assert "error[E098]: there are 2 .das files here" in told
    assert "name one: good.das, other.das" in told


def test_without_any_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    for command in ("compile", "search", "train"):
        assert main([command]) == 1
        assert "error[E098]: there is no .das file here" in capsys.readouterr().err


def test_from_stdin() -> None:
    done = dasdsl("compile", "-", "--json", text=GOOD)
    assert done.returncode == 0
    assert json.loads(done.stdout)["space"] == "a"
    wrong = dasdsl("compile", "-", text=BAD)
    assert (wrong.returncode, wrong.stdout) == (1, "")
    # everything at once: a statement that there is not, and a shape that does not fit
    assert "<stdin>:6:14" in wrong.stderr
    assert "<stdin>:7:1" in wrong.stderr


@pytest.mark.parametrize("form", ["dot", "mermaid", "svg", "json"])
def test_drawings_go_to_stdout_or_to_a_file(form: str, file: str, capsys: pytest.CaptureFixture[str]) -> None:
    printed = out(capsys, file, "--emit", form)
    assert out(capsys, file, "--emit", form, "-o", "drawn") == ""
    assert Path("drawn").read_text(encoding="utf-8") == printed
    starts = {"dot": "digraph {\n", "mermaid": "flowchart TD\n", "svg": "<svg ", "json": "{\n"}
    assert printed.startswith(starts[form])
    if form == "svg":
        ET.fromstring(printed)  # noqa: S314 - it is our own


def test_writing_where_nothing_can_be_written(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert out(capsys, file, "-o", "none/ir.json", exits=1) == ""
    main(["compile", file, "-o", "none/ir.json"])
    assert capsys.readouterr().err == "error: none/ir.json: no such file or directory\n"


def test_warnings_are_shown_and_are_no_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "pinned.das"
    path.write_text(GOOD.replace("relu", "norm layer"), encoding="utf-8")
    assert main(["compile", str(path)]) == 0
    told = capsys.readouterr().err
    assert "warning[W301]" in told
    assert f"{path}:6:31" in told


def test_a_closed_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "closed.das"
    path.write_text(GOOD.replace("<1..3>", "3").replace("<=8", " 8"), encoding="utf-8")
    printed = out(capsys, str(path))
    assert "1 architecture\n" in printed
    found = json.loads(out(capsys, str(path), "--json"))
    assert found["size"] == "1"
    assert found["smallest"] == found["largest"]


# ---- the IR ----------------------------------------------------------------------------------------------------------


def test_an_ir_is_searched_as_its_file(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    space, data = finished.parent / "tiny.das", finished.parent / "tiny.npz"
    assert main(["compile", str(space), "-o", str(tmp_path / "ir.json")]) == 0
    assert f"wrote {tmp_path / 'ir.json'}" in capsys.readouterr().err
    command = ["search", str(tmp_path / "ir.json"), "--data", str(data), "--out", str(tmp_path / "run"), *QUICK]
    assert main(command) == 0
    assert contents(tmp_path / "run") == contents(finished)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"text": 3}', '{"text": "---", "path": "a"}', "[" * 99_999, '{"text": "x"}', "\x00", "null"],
)
def test_any_other_json_is_refused(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "ir.json"
    path.write_text(text, encoding="utf-8")
    for command in ("compile", "search"):
        assert main([command, str(path)]) == 1
        told = capsys.readouterr().err
        assert "error[" in told
        assert "Traceback" not in told


def test_a_large_ir_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An IR says more than its text, so it may be larger than a text may be."""
    layers = "conv filters <1..3>x<1..3> channels<=16\nrelu\n" * 200
    path = tmp_path / "deep.das"
    path.write_text(
        f"---\ndas: 1\nspace: deep\ninput: 4x8x8\n---\n{layers}conv filters 1x1 channels 2\n", encoding="utf-8"
    )
    assert main(["compile", str(path), "-o", str(tmp_path / "ir.json")]) == 0
    compiled = json.loads((tmp_path / "ir.json").read_text(encoding="utf-8")) | {"notes": "x" * (5 << 20)}
    (tmp_path / "ir.json").write_text(json.dumps(compiled), encoding="utf-8")
    capsys.readouterr()
    assert main(["compile", str(tmp_path / "ir.json"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["space"] == "deep"


# ---- terminals -------------------------------------------------------------------------------------------------------


def in_a_terminal(*arguments: str, **environment: str) -> str:
    """What a command writes where all three streams are a terminal."""
    import os
    import pty

    read, write = pty.openpty()
    variables = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
    process = subprocess.Popen(
        [COMMAND, *arguments], stdin=write, stdout=write, stderr=write, env=variables | environment, close_fds=True
    )
    os.close(write)
    chunks = io.BytesIO()
    while True:
        try:
            chunk = os.read(read, 4096)
        except OSError:
            break
        if not chunk:
            break
        chunks.write(chunk)
    process.wait(timeout=60)
    os.close(read)
    return chunks.getvalue().decode()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a terminal of its own")
def test_colours_on_a_terminal_and_none_with_no_color(file: str) -> None:
    Path("bad.das").write_text(BAD, encoding="utf-8")
    for arguments in (("compile", file), ("compile", "bad.das")):
        assert "\x1b[" in in_a_terminal(*arguments, TERM="xterm-256color")
        assert "\x1b[" not in in_a_terminal(*arguments, TERM="xterm-256color", NO_COLOR="1")
        assert "\x1b[" not in in_a_terminal(*arguments, TERM="dumb")


@pytest.mark.parametrize(
    "arguments", [("compile", "good.das"), ("compile", "bad.das"), ("diff", "good.das", "bad.das")]
)
@pytest.mark.usefixtures("file")
def test_no_colours_where_the_output_is_piped(arguments: tuple[str, ...]) -> None:
    Path("bad.das").write_text(BAD, encoding="utf-8")
    done = subprocess.run([COMMAND, *arguments], capture_output=True, text=True, check=False, env={"TERM": "xterm"})
    assert "\x1b" not in done.stdout + done.stderr


# ---- names -----------------------------------------------------------------------------------------------------------

EVIL = "[bold red]e\x1b[31mvil\u202e\n[link=x]'\"&<"


def test_hostile_names_are_shown_escaped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    space, data = tiny(tmp_path)
    space.rename(f"{EVIL}.das")
    data.rename(f"{EVIL}.npz")
    data_flags = ("--data", f"{EVIL}.npz")
    text, weights = f"{EVIL}/architecture.das", f"{EVIL}/weights.safetensors"
    commands: list[tuple[int, tuple[str, ...]]] = [
        (0, ("compile", f"{EVIL}.das")),
        (0, ("compile", f"{EVIL}.das", "-o", f"{EVIL}.json")),
        (0, ("search", f"{EVIL}.json", *data_flags, "--out", EVIL, *QUICK)),
        (0, ("discover", EVIL, "--threshold", "0.1", "--out", f"{EVIL}2")),
        (1, ("discover", EVIL, "--threshold", "9")),
        (0, ("eval", text, "--weights", weights, *data_flags)),
        (1, ("eval", text, "--weights", EVIL, *data_flags)),
        (0, ("train", text, *data_flags, "--out", f"{EVIL}3", *QUICK)),
        (1, ("diff", f"{EVIL}.das", text)),
        (1, ("search", f"{EVIL}.das")),
        (1, ("search", f"{EVIL}.das", "--data", EVIL + "none")),
        (1, ("search", "--resume", f"{EVIL}none")),
        (1, ("search", f"{EVIL}.das", *data_flags, "--out", EVIL)),
        (2, (EVIL,)),
    ]
    for exits, arguments in commands:
        assert main(list(arguments)) == exits, arguments
        printed, told = capsys.readouterr()
        shown = printed + told
        assert all(sign.isprintable() or sign == "\n" for sign in shown), (arguments, shown)
        assert "Traceback" not in told
    # what was found can be read, whatever its origin is called
    assert main(["check", text]) == 0


def test_hostile_labels_do_not_exist() -> None:
    done = dasdsl("check", "-", text=TINY.replace("relu\n", "[red]x\x1b[31m = relu\n", 1))
    assert done.returncode == 1
    assert "\x1b" not in done.stdout + done.stderr
