"""Writing a file leaves the old one or the new one, with the rights it had."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from dasdsl.files import meant, write_atomically


def test_a_new_file_has_the_usual_rights(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("")
    write_atomically(tmp_path / "new", "ä\n")
    assert (tmp_path / "new").read_bytes() == "ä\n".encode()
    assert (tmp_path / "new").stat().st_mode == other.stat().st_mode


def test_the_mode_and_a_link_stay(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    target.chmod(0o751)
    link.symlink_to(target)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o751


def test_nothing_is_left_of_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "target"
    target.write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(target, "new")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "none" / "file", "text")


def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "target"
    target.write_text("old")
    # The superuser may write everything, so the answer is given here.
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(PermissionError):
        write_atomically(target, "new")
    assert target.read_text() == "old"


@pytest.mark.parametrize(
    ("asked", "help_line"),
    [
        ("digitz.das", "did you mean `{folder}/digits.das`?"),
        ("Digits.das", "did you mean `{folder}/digits.das`?"),
        ("lenet.das", "check the path"),
        ("d" * 200, "check the path"),
        ("spacez/digits.das", "there is no folder `{folder}/spacez`"),
        ("digits.das/more", "check the path"),
        ("a\0b/digits.das", "check the path"),
        ("digits\0.das", "did you mean `{folder}/digits.das`?"),
    ],
)
def test_what_is_not_there_is_told_its_nearest_neighbour(tmp_path: Path, asked: str, help_line: str) -> None:
    (tmp_path / "digits.das").write_text("")
    assert meant(tmp_path / asked) == help_line.format(folder=tmp_path)
