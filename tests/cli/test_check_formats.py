"""`dasdsl check --format github|sarif`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif

from dasdsl.cli import main
from dasdsl.cli.support.formats import github, sarif, uri
from dasdsl.cli.support.pages import pages
from dasdsl.diagnostics import Diagnostic
from tests.cli.commands import BAD, GOOD, HEAD, dasdsl

COMMAND = re.compile(r"::(error|warning) ((?:\w+=[^,:\r\n]*)(?:,\w+=[^,:\r\n]*)*)::([^\r\n]*)")
WARNING = HEAD + "flatten\nlinear channels<=3\n"

diagnostics = st.builds(
    Diagnostic,
    code=st.sampled_from(sorted(pages())),
    severity=st.sampled_from(["error", "warning"]),
    message=st.text(),
    help=st.none() | st.text(),
    path=st.none() | st.text(st.characters(exclude_characters="\0"), min_size=1),
    line=st.none() | st.integers(1, 1000),
    column=st.integers(1, 100),
    end_line=st.integers(1, 1000),
    end_column=st.integers(1, 100),
    notes=st.lists(st.text(), max_size=2).map(tuple),
)


def printed(how: str, text: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    path = folder / "a.das"
    path.write_text(text, encoding="utf-8")
    code = main(["check", "--format", how, str(path)])
    return code, capsys.readouterr().out


def unescaped(text: str) -> str:
    return text.replace("%3A", ":").replace("%2C", ",").replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")


def read(line: str) -> tuple[str, dict[str, str], str]:
    """A workflow command as GitHub reads it."""
    found = COMMAND.fullmatch(line)
    assert found is not None, line
    pairs = (pair.partition("=") for pair in found[2].split(","))
    return found[1], {key: unescaped(value) for key, _, value in pairs}, unescaped(found[3])


# ---- github ----------------------------------------------------------------------------------------------------------


def test_a_command_for_each_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = printed("github", BAD, tmp_path, capsys)
    assert code == 1
    first, second = (read(line) for line in out.splitlines())
    place = {"file": str(tmp_path / "a.das"), "line": "6", "endLine": "6", "col": "14", "endColumn": "20"}
    assert first[:2] == ("error", {**place, "title": "E103"})
    assert first[2].split("\n") == [
        "`filters` has rank 1, but the input of this layer is 2-D (4x8x8)",
        "help: write one number for each side, for example `filters <1..5>x<1..5>`",
    ]
    assert second[1]["title"] == "E050"


def test_nothing_wrong_is_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed("github", GOOD, tmp_path, capsys) == (0, "")


def test_a_warning_is_a_warning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = printed("github", WARNING, tmp_path, capsys)
    assert (code, read(out.strip())[0]) == (0, "warning")


def test_a_file_cannot_give_commands() -> None:
    done = dasdsl("check", "--format", "github", "-", text=HEAD + "\u2028::set-env name=PATH::x%0A::error::y\n")
    assert all(read(line)[1]["file"] == "<stdin>" for line in done.stdout.splitlines())


@given(st.lists(diagnostics, max_size=3))
def test_whatever_is_said_stays_in_its_command(found: list[Diagnostic]) -> None:
    lines = github(found).split("\n")
    assert lines.pop() == ""
    assert [read(line)[1]["title"] for line in lines] == [one.code for one in found]


# ---- sarif -----------------------------------------------------------------------------------------------------------


def log_of(text: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    log = json.loads(printed("sarif", text, folder, capsys)[1])
    Sarif.model_validate(log)
    assert log["version"] == "2.1.0"
    return log["runs"][0]


def test_a_result_for_each_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = log_of(BAD, tmp_path, capsys)
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["tool"]["driver"]["name"] == "dasdsl"
    first, second = run["results"]
    assert [first["ruleId"], second["ruleId"]] == ["E103", "E050"]
    assert first["message"]["text"].startswith("`filters` has rank 1")
    assert "\nhelp: write one number" in first["message"]["text"]
    place = first["locations"][0]["physicalLocation"]
    assert place["region"] == {"startLine": 6, "startColumn": 14, "endLine": 6, "endColumn": 20}
    assert place["artifactLocation"]["uri"] == (tmp_path / "a.das").as_uri()


def test_rules_say_what_codes_mean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = log_of(BAD + "rleu\n", tmp_path, capsys)
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["E103", "E050"]
    assert [rules[one["ruleIndex"]]["id"] for one in run["results"]] == ["E103", "E050", "E050"]
    assert rules[1]["shortDescription"]["text"] == pages()["E050"].summary
    assert rules[1]["help"]["text"] == pages()["E050"].text()
    assert rules[1]["defaultConfiguration"]["level"] == "error"


def test_warnings_and_sound_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert [one["level"] for one in log_of(WARNING, tmp_path, capsys)["results"]] == ["warning"]
    assert log_of(GOOD, tmp_path, capsys)["results"] == []


def test_a_file_that_cannot_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--format", "sarif", "no such.das"]) == 1
    (one,) = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    assert one["locations"] == [{"physicalLocation": {"artifactLocation": {"uri": "no%20such.das"}}}]


@given(st.lists(diagnostics, max_size=3))
def test_whatever_is_said_is_sarif(found: list[Diagnostic]) -> None:
    log = json.loads(json.dumps(sarif(found)))
    Sarif.model_validate(log)
    assert len(log["runs"][0]["results"]) == len(found)


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_a_path_is_found_again(path: str) -> None:
    assert unquote(uri(path)).removeprefix("file://") == Path(path).as_posix()


def test_a_path_of_bytes_that_are_no_text() -> None:
    assert uri("a\udcff.das") == "a%FF.das"


# ---- both ------------------------------------------------------------------------------------------------------------


def test_json_is_as_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.das"
    path.write_text(BAD, encoding="utf-8")
    main(["check", "--json", str(path)])
    short = capsys.readouterr().out
    main(["check", "--format", "json", str(path)])
    assert capsys.readouterr().out == short
