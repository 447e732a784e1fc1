"""What the page on git says, done in a real repository."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from dasdsl.cli import main
from dasdsl.language.formatting import format as formatted
from tests.cli.commands import BAD, HEAD

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "git.md").read_text(encoding="utf-8")
TEXT = HEAD + (
    "block basic(c):  # a block\n"
    + "    relu\n" * 5
    + "    conv filters 3x3 channels 16\n"
    + "    tanh\n" * 5
    + "add:\n"
    + "    path: relu\n" * 5
    + "    path: conv filters 3x3 channels<=16\n"
)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


class Repository:
    """A repository, set up as the page says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "a.das"
        self.run("git init -q . && git config user.name a && git config user.email a@example.org")
        self.run(blocks("sh")[0])

    def run(self, command: str, code: int = 0) -> str:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        done = subprocess.run(
            ["bash", "-e", "-c", command], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    def commit(self, text: str) -> None:
        self.file.write_text(text, encoding="utf-8")
        self.run("git add . && git commit -q -m a")

    def diff(self, text: str, *options: str) -> str:
        self.file.write_text(text, encoding="utf-8")
        return self.run(f"git diff {' '.join(options)}")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    found = Repository(tmp_path)
    found.commit(TEXT)
    return found


def test_a_change_of_spelling_is_no_change(repository: Repository) -> None:
    text = "---\ndas: 1\nspace: a\ninput: 4x8x8\n---\nconv filters 3x3 channels<=16 stride 2\nrelu\n"
    repository.commit(text)
    untidy = text.replace("filters 3x3 channels<=16", "channels <= 16   filters 3 x 3")
    assert formatted(untidy) == text
    assert repository.diff(untidy) == ""
    shown = repository.diff(untidy.replace("16", "32"))
    assert "-conv filters 3x3 channels<=16 stride 2\n+conv filters 3x3 channels<=32 stride 2\n" in shown


def test_the_block_of_a_change_is_named(repository: Repository) -> None:
    shown = repository.diff(TEXT.replace("channels 16", "channels 32"))
    assert re.findall(r"^@@ .* @@ (.*)$", shown, re.MULTILINE) == ["block basic(c):"]
    shown = repository.diff(TEXT.replace("<=16", "<=32"))
    assert re.findall(r"^@@ .* @@ (.*)$", shown, re.MULTILINE) == ["add:"]


def test_words_are_compared(repository: Repository) -> None:
    shown = repository.diff(TEXT.replace("<=16", "<=32"), "--word-diff")
    assert "    path: conv filters 3x3 channels<=[-16-]{+32+}\n" in shown


def test_a_text_with_errors_is_compared_as_it_is(repository: Repository) -> None:
    repository.commit(BAD)
    assert "-rleu\n+relu\n" in repository.diff(BAD.replace("rleu", "relu"))


# ---- hooks -----------------------------------------------------------------------------------------------------------


def hooks() -> dict[str, dict[str, str]]:
    found = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    return {hook["id"]: hook for hook in found}


def test_the_hooks_of_the_page_are_those_that_there_are() -> None:
    (repo,) = yaml.safe_load(blocks("yaml")[0])["repos"]
    assert [hook["id"] for hook in repo["hooks"]] == list(hooks())
    assert f'version = "{repo["rev"].removeprefix("v")}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("hook", hooks().values(), ids=lambda hook: hook["id"])
def test_a_hook_is_whole(hook: dict[str, str]) -> None:
    assert hook.keys() >= {"id", "name", "entry", "language", "files"}
    assert re.search(hook["files"], "spaces/a.das")
    assert not re.search(hook["files"], "a.dasx")


def test_the_commands_of_hooks_do_what_they_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.das"
    path.write_text(HEAD + "relu   # a\n", encoding="utf-8")
    codes = {}
    for name, hook in hooks().items():
        program, *arguments = hook["entry"].split()
        assert program == "dasdsl"
        codes[name] = main([*arguments, str(path)])
    assert codes == {"dasdsl-fmt": 0, "dasdsl-check": 0}
    assert path.read_text(encoding="utf-8") == HEAD + "relu  # a\n"
    path.write_text(BAD, encoding="utf-8")
    assert [main([*hook["entry"].split()[1:], str(path)]) for hook in hooks().values()] == [1, 1]
    assert "E050" in capsys.readouterr().out


def test_the_hook_without_pre_commit(repository: Repository) -> None:
    script = blocks("sh")[1].strip()
    plain = HEAD + "relu\n"
    repository.commit(plain)
    repository.run(script)
    repository.file.write_text(plain.replace("relu", "relu   # a"), encoding="utf-8")
    repository.run("git add .")
    assert "would reformat a.das" in repository.run(script, code=123)
