"""The files of editors: made from the code, and whole."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dasdsl.cli import main
from dasdsl.highlight import DasLexer
from dasdsl.language.words import reserved

ROOT = Path(__file__).parents[2]
EDITORS = ROOT / "editors"
EXTENSION = EDITORS / "vscode"


def read(name: str) -> Any:
    return json.loads((EXTENSION / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("editors_generate", EDITORS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_files_are_up_to_date(generate: ModuleType) -> None:
    assert generate.main(["--check"]) == 0, "run: python editors/generate.py"


def test_a_stale_file_is_found(generate: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "EDITORS", tmp_path)
    monkeypatch.setattr(generate, "FILES", {"a.json": lambda: "{}\n"})
    assert generate.main(["--check"]) == 1
    assert generate.main([]) == 0
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == "{}\n"


def test_the_schema_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert capsys.readouterr().out == (EDITORS / "header.schema.json").read_text(encoding="utf-8")


def test_the_words_of_the_grammar_are_those_of_the_language() -> None:
    text = (EXTENSION / "syntaxes" / "dasdsl.tmLanguage.json").read_text(encoding="utf-8")
    lists = re.findall(r"\(((?:[a-z0-9]+\|)+[a-z0-9]+)\)", text)
    assert {word for words in lists for word in words.split("|")} >= reserved() - {"x", "from"}
    assert {word for words in lists for word in words.split("|")} <= reserved() | {"by", "none"}


def test_files_that_are_named_are_there() -> None:
    package = read("package.json")
    contributes = package["contributes"]
    named = [package["main"], *(one["configuration"] for one in contributes["languages"])]
    named += [one["path"] for one in contributes["grammars"]]
    assert [name for name in named if not (EXTENSION / name).exists()] == []


def test_the_language_is_the_same_everywhere() -> None:
    package = read("package.json")
    (language,), (grammar,) = package["contributes"]["languages"], package["contributes"]["grammars"]
    assert language["id"] == grammar["language"] == "dasdsl"
    assert language["id"] in DasLexer.aliases
    assert [f"*{one}" for one in language["extensions"]] == DasLexer.filenames
    rules = read("syntaxes/dasdsl.tmLanguage.json")
    assert grammar["scopeName"] == rules["scopeName"]
    assert set(grammar["embeddedLanguages"]) == set(re.findall(r"meta\.embedded[\w.]*", json.dumps(rules)))


def test_the_version_is_that_of_the_package() -> None:
    version = re.search(r'^version = "(.*)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert version is not None
    assert read("package.json")["version"] == read("package-lock.json")["version"] == version[1]


def test_versions_of_modules_are_exact() -> None:
    package = read("package.json")
    versions = [*package["dependencies"].values(), *package["devDependencies"].values()]
    assert [one for one in versions if not re.fullmatch(r"\d+\.\d+\.\d+", one)] == []


@pytest.mark.parametrize(
    ("line", "opens"),
    [("add:", True), ("  path from s:  # here", True), ("path: relu", False), ("relu # a:", False), ("add", False)],
)
def test_a_line_that_opens_a_block_indents_the_next(line: str, opens: bool) -> None:
    rules = read("language-configuration.json")
    assert bool(re.search(rules["indentationRules"]["increaseIndentPattern"], line)) == opens
    assert bool(re.search(rules["onEnterRules"][0]["beforeText"], line)) == opens


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.parametrize("fails", [False, True])
def test_the_extension_starts_the_server_that_is_set(fails: bool) -> None:
    script = ROOT / "tests" / "editors" / "activate.js"
    command = ["node", str(script), str(EXTENSION / "extension.js"), "fails" if fails else ""]
    done = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    default = read("package.json")["contributes"]["configuration"]["properties"]["dasdsl.command"]["default"]
    assert default == ["dasdsl", "lsp"]
    assert done["server"] == {"command": "das", "args": ["lsp"]}
    assert done["selector"] == [{"language": "dasdsl"}]
    assert done["stopped"] is not fails
    assert len(done["shown"]) == fails
    assert all("pip install 'dasdsl[lsp]'" in message for message in done["shown"])
