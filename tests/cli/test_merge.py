"""`dasdsl merge`: files, messages, exit codes, and as a driver in a real repository."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dasdsl.cli import main
from tests.cli.commands import BAD, GOOD, HEAD, dasdsl

BASE = HEAD + "conv filters 3x3 channels 8\nrelu\nflatten\nlinear channels 2\n"
ONE = BASE.replace("3x3", "5x5")
OTHER = BASE.replace("channels 2", "channels 4  # classes")
BOTH = ONE.replace("channels 2", "channels 4  # classes")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in (("base.das", BASE), ("a.das", ONE), ("b.das", OTHER)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_the_result_is_written_where_git_wants_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["merge", "base.das", "a.das", "b.das"]) == 0
    assert capsys.readouterr() == ("", "")
    assert (folder / "a.das").read_text(encoding="utf-8") == BOTH
    assert (folder / "b.das").read_text(encoding="utf-8") == OTHER
    assert sorted(path.name for path in folder.iterdir()) == ["a.das", "b.das", "base.das"]


def test_another_place_for_the_result(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for option in ("-o", "--output", "--write-to"):
        assert main(["merge", "base.das", "a.das", "b.das", option, "out.das"]) == 0
        assert (folder / "out.das").read_text(encoding="utf-8") == BOTH
        (folder / "out.das").unlink()
    assert main(["merge", "base.das", "a.das", "b.das", "-o", "-"]) == 0
    assert capsys.readouterr().out == BOTH
    assert (folder / "a.das").read_text(encoding="utf-8") == ONE


def test_what_is_read_need_not_be_canonical(folder: Path) -> None:
    (folder / "a.das").write_text(
        "\ufeff" + ONE.replace("\n", "\r\n").replace("5x5 channels 8", "5 x 5   channels 8 stride 1"), encoding="utf-8"
    )
    assert main(["merge", "base.das", "a.das", "b.das"]) == 0
    assert (folder / "a.das").read_bytes().decode() == BOTH


def test_conflicts(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "b.das").write_text(BASE.replace("3x3", "1x1"), encoding="utf-8")
    assert main(["merge", "base.das", "a.das", "b.das"]) == 1
    printed, told = capsys.readouterr()
    assert printed == ""
    assert told.splitlines() == [
        "conflict at conv1, filters: `5x5` in a.das:6, `1x1` in b.das:6",
        "a.das: 1 conflict, each between `<<<<<<<` and `>>>>>>>`",
    ]
    assert (folder / "a.das").read_text(encoding="utf-8").splitlines()[5:10] == [
        "<<<<<<< a.das",
        "conv filters 5x5 channels 8",
        "=======",
        "conv filters 1x1 channels 8",
        ">>>>>>> b.das",
    ]


def test_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["merge", "base.das", "a.das", "b.das", "--json", "-o", "out.das"]) == 0
    assert json.loads(capsys.readouterr().out) == {"clean": True, "conflicts": [], "diagnostics": []}
    (folder / "b.das").write_text(BASE.replace("3x3", "1x1"), encoding="utf-8")
    assert main(["merge", "base.das", "a.das", "b.das", "--json", "-o", "-"]) == 1
    assert json.loads(capsys.readouterr().out) == {
        "clean": False,
        "conflicts": [{"place": "conv1", "what": "filters", "a": "5x5", "b": "1x1", "line_a": 6, "line_b": 6}],
        "diagnostics": [],
    }


def test_names_and_markers_as_git_wants_them(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "b.das").write_text(BASE.replace("3x3", "1x1"), encoding="utf-8")
    assert main(["merge", "base.das", "a.das", "b.das", "--name", "spaces/net.das", "--marker-size", "9"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "conflict at conv1, filters: `5x5` in ours:6, `1x1` in theirs:6",
        "spaces/net.das: 1 conflict, each between `<<<<<<<<<` and `>>>>>>>>>`",
    ]
    assert "<<<<<<<<< ours\n" in (folder / "a.das").read_text(encoding="utf-8")


SMALLER = BASE.replace("channels 8", "channels 8 stride 4")
DEEPER = BASE.replace("flatten\n", "conv filters 3x3 channels 4 pad valid\nflatten\n")


def test_a_clean_merge_that_is_not_valid(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a.das").write_text(SMALLER, encoding="utf-8")
    (folder / "b.das").write_text(DEEPER, encoding="utf-8")
    assert main(["merge", "base.das", "a.das", "b.das"]) == 1
    printed, told = capsys.readouterr()
    assert printed == ""
    assert told.startswith("a.das: nothing is in conflict, but what both edits make together is not valid\nerror[E105]")
    assert "a.das:8:14" in told
    assert "| conv filters 3x3 channels 4 pad valid" in told
    assert (folder / "a.das").read_text(encoding="utf-8") == DEEPER.replace("channels 8", "channels 8 stride 4")


def test_a_clean_merge_that_cannot_be_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = BASE.replace("---\nconv", "define: {c: 8}\n---\nconv").replace("channels 8", "channels c")
    (folder / "base.das").write_text(base, encoding="utf-8")
    (folder / "a.das").write_text(
        base.replace("define: {c: 8}\n", "").replace("channels c", "channels 8"), encoding="utf-8"
    )
    (folder / "b.das").write_text(base.replace("channels 2", "channels c"), encoding="utf-8")
    assert main(["merge", "base.das", "a.das", "b.das", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["clean"] is True
    assert [problem["code"] for problem in found["diagnostics"]] == ["E070"]


def test_files_with_errors_are_left_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "b.das").write_text(BAD, encoding="utf-8")
    (folder / "base.das").write_text(BAD.replace("rleu", "tnah"), encoding="utf-8")
    assert main(["merge", "base.das", "a.das", "b.das"]) == 1
    told = capsys.readouterr().err
    assert "`rleu`" in told
    assert "`tnah`" in told
    assert (folder / "a.das").read_text(encoding="utf-8") == ONE
    assert main(["merge", "none.das", "a.das", "b.das"]) == 1
    assert "none.das" in capsys.readouterr().err


def test_without_a_base(folder: Path) -> None:
    (folder / "base.das").write_text("", encoding="utf-8")
    assert main(["merge", "base.das", "a.das", "b.das", "-o", "out.das"]) == 1
    assert (folder / "out.das").read_text(encoding="utf-8").count("<<<<<<<") == 2
    assert main(["merge", "base.das", "a.das", "a.das", "-o", "out.das"]) == 0


@pytest.mark.usefixtures("folder")
def test_misuse() -> None:
    assert main(["merge", "base.das", "a.das"]) == 2
    assert main(["merge", "base.das", "a.das", "b.das", "--marker-size", "0"]) == 2
    assert main(["merge", "base.das", "a.das", "b.das", "--marker-size", "x"]) == 2


@pytest.mark.usefixtures("folder")
def test_a_file_that_may_not_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["merge", "base.das", "a.das", "b.das", "-o", "none/out.das"]) == 1
    assert "none/out.das" in capsys.readouterr().err


def test_torch_and_networkx_are_not_loaded(folder: Path) -> None:
    asked = "print([name for name in ('torch', 'networkx') if name in sys.modules], file=sys.stderr)"
    assert dasdsl("merge", "base.das", "a.das", "b.das", code=asked, cwd=folder).stderr == "[]\n"


# ---- as a merge driver -----------------------------------------------------------------------------------------------


SETUP = "echo '*.das merge=dasdsl' >> .gitattributes; git config merge.dasdsl.driver 'dasdsl merge %O %A %B'"


class Repository:
    """A repository of git in which `.das` files are merged by dasdsl."""

    def __init__(self, folder: Path, setup: str) -> None:
        self.folder = folder
        self.git("init", "--quiet", "--initial-branch", "main")
        self.git("config", "user.name", "A")
        self.git("config", "user.email", "a@example.org")
        subprocess.run(["bash", "-e", "-c", setup], cwd=folder, check=True)

    def git(self, *arguments: str, exits: int = 0) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == exits, done.stdout + done.stderr
        return done.stdout + done.stderr

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def read(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def commit(self, **texts: str) -> None:
        for name, text in texts.items():
            self.write(f"{name}.das", text)
        self.git("add", ".")
        self.git("commit", "--quiet", "--message", "edit")

    def branched(self, base: str, ours: str, theirs: str) -> None:
        """Two branches that edit the file; `main` is checked out."""
        self.commit(net=base)
        self.git("checkout", "--quiet", "-b", "other")
        self.commit(net=theirs)
        self.git("checkout", "--quiet", "main")
        self.commit(net=ours)


@pytest.fixture(params=["plain", "as the page says"])
def repository(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if request.param == "plain":
        return Repository(tmp_path, SETUP)
    page = (Path(__file__).parents[2] / "docs" / "git.md").read_text(encoding="utf-8")
    found = re.search(r"^## Merges\n\n```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert found is not None
    return Repository(tmp_path, found[1])


def test_git_merges_what_it_could_not(repository: Repository) -> None:
    # both sides changed the same line, so that git alone finds a conflict
    ours, theirs = BASE.replace("3x3", "5x5"), BASE.replace("channels 8", "channels 16 stride 2")
    repository.branched(BASE, ours, theirs)
    repository.git("merge", "--quiet", "--no-edit", "other")
    assert repository.read("net.das") == BASE.replace("3x3 channels 8", "5x5 channels 16 stride 2")
    assert repository.git("status", "--porcelain") == ""


def test_git_is_told_of_conflicts(repository: Repository) -> None:
    repository.branched(BASE, ONE, BASE.replace("3x3", "1x1").replace("channels 2", "channels 4"))
    said = repository.git("merge", "--no-edit", "other", exits=1)
    assert "conflict at conv1, filters: `5x5` in ours:6, `1x1` in theirs:6" in said
    assert "CONFLICT (content): Merge conflict in net.das" in said
    assert repository.git("status", "--porcelain", "net.das").startswith("UU")
    text = repository.read("net.das")
    assert text.count("<<<<<<< ours") == text.count(">>>>>>> theirs") == 1
    assert "linear channels 4\n" in text


def test_git_is_told_of_what_is_not_valid(repository: Repository) -> None:
    repository.branched(BASE, SMALLER, DEEPER)
    said = repository.git("merge", "--no-edit", "other", exits=1)
    assert "error[E105]" in said
    assert repository.git("status", "--porcelain", "net.das").startswith("UU")


def test_git_is_told_of_files_with_errors(repository: Repository) -> None:
    repository.branched(BASE, ONE, BAD)
    said = repository.git("merge", "--no-edit", "other", exits=1)
    assert "unknown statement `rleu`" in said
    assert repository.git("status", "--porcelain", "net.das").startswith("UU")


def test_git_rebases_and_picks(repository: Repository) -> None:
    repository.branched(BASE, ONE, BASE.replace("channels 8", "channels 16"))
    repository.git("rebase", "--quiet", "other")
    assert repository.read("net.das") == BASE.replace("3x3 channels 8", "5x5 channels 16")


def test_git_merges_a_file_that_both_sides_added(repository: Repository) -> None:
    repository.commit()
    repository.git("checkout", "--quiet", "-b", "other")
    repository.commit(net=GOOD)
    repository.git("checkout", "--quiet", "main")
    repository.commit(net=GOOD.replace("relu", "tanh"))
    repository.git("merge", "--no-edit", "other", exits=1)
    text = repository.read("net.das")
    assert text.count("<<<<<<<") == 1
    assert text.count("conv filters") == 1
