"""A machine that has too little: an error with a code that says what to do, and nothing that was saved is lost."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from dasdsl.cli import main
from dasdsl.diagnostics import DasError
from dasdsl.search import loop
from dasdsl.search.shortages import shortages
from dasdsl.search.task import Task
from tests.search.runs import QUICK, contents, tiny

OUT = "[enforce fail at alloc_cpu.cpp:121] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate "


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "the memory is not enough; "),
        (
            torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
            ": the last 2.00 GiB were not there",
        ),
        (RuntimeError(f"{OUT}4000 bytes. Error code 12 (Cannot allocate memory)"), ": the last 4000 bytes were not"),
        (RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes."), "the last 9 bytes"),
    ],
)
def test_memory(error: Exception, said: str) -> None:
    with pytest.raises(DasError) as caught, shortages():
        raise error
    found = caught.value.diagnostics[0]
    assert found.code == "E520"
    assert said in found.message
    assert "lower `batch`" in str(found.help)
    assert "`input:`" in str(found.help)


@pytest.mark.parametrize("error", [RuntimeError("shapes differ"), FileNotFoundError(2, "none", "x"), ValueError("no")])
def test_all_else_stays_what_it_is(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, shortages():
        raise error
    assert caught.value is error


def test_a_step_that_is_too_large(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With more memory the run goes on, and ends as if there had always been enough."""
    monkeypatch.setattr(loop, "SAVE_EVERY", 0.0)
    space, data = tiny(tmp_path)
    loss, steps = Task.loss, {"left": 9}

    def full(self: Task, outputs: Tensor, targets: Tensor) -> Tensor:
        steps["left"] -= 1
        if not steps["left"]:
            raise RuntimeError(f"{OUT}123 bytes")
        return loss(self, outputs, targets)

    monkeypatch.setattr(Task, "loss", full)
    out = tmp_path / "run"
    assert main(["search", str(space), "--data", str(data), "--out", str(out), *QUICK]) == 1
    said = capsys.readouterr().err
    assert "error[E520]: the memory is not enough: the last 123 bytes were not there; what was saved before" in said
    assert "Traceback" not in said
    monkeypatch.undo()
    assert main(["search", "--resume", str(out)]) == 0
    assert contents(out) == contents(finished)


def limited(resource: str, limit: str, arguments: list[object]) -> subprocess.CompletedProcess[str]:
    """The command in a process that the operating system allows only so much."""
    code = f"""import resource, sys, torch
from dasdsl.search import api
from dasdsl.cli import main
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.{resource}, ({limit}, {limit}))
sys.exit(main({[str(argument) for argument in arguments]!r}))"""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")
def test_really_too_little_memory(tmp_path: Path) -> None:
    space, data = tiny(tmp_path)
    space.write_text(space.read_text().replace("linear channels 3", "linear channels 9000\nlinear channels 9000"))
    space.write_text(space.read_text() + "linear channels 3\n")
    done = limited(
        "RLIMIT_AS", "used + (200 << 20)", ["search", space, "--data", data, "--out", tmp_path / "run", *QUICK]
    )
    assert done.returncode == 1, done.stderr
    assert "error[E520]: the memory is not enough" in done.stderr
    assert "Traceback" not in done.stderr


def test_files_that_may_not_be_as_large(finished: Path, tmp_path: Path) -> None:
    space, data = tiny(tmp_path)
    out = tmp_path / "run"
    done = limited("RLIMIT_FSIZE", "4096", ["search", space, "--data", data, "--out", out, *QUICK])
    assert done.returncode == 1
    assert "error[E521]: this file could not be written: file too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert main(["search", "--resume", str(out)]) == 0
    assert contents(out) == contents(finished)


@pytest.fixture
def small_disk(tmp_path: Path) -> Any:
    """A disk of 64 KiB, where one can be had."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], capture_output=True, check=False
    ).returncode
    if made != 0:
        pytest.skip("no disk can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_disk_that_is_really_full(
    small_disk: Path, finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Then there is room, then it may not be written any more."""
    space, data = tiny(tmp_path)
    out, ballast = small_disk / "run", small_disk / "ballast"
    ballast.write_bytes(bytes(40 << 10))
    assert main(["search", str(space), "--data", str(data), "--out", str(out), *QUICK]) == 1
    said = capsys.readouterr().err
    assert "error[E521]: this file could not be written: no space left on device" in said
    assert "Traceback" not in said
    ballast.unlink()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    assert main(["search", "--resume", str(out)]) == 1
    assert "error[E522]: this cannot be read or written: read-only file system" in capsys.readouterr().err
    subprocess.run(["mount", "-o", "remount,rw,size=1m", small_disk], check=True)
    assert main(["search", "--resume", str(out)]) == 0
    assert contents(out) == contents(finished)


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_a_folder_that_may_only_be_read(
    number: int, finished: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened = os.open

    def refused(path: Any, flags: int, *more: Any, **named: Any) -> int:
        if flags & (os.O_RDWR | os.O_WRONLY) and str(path).startswith(str(finished)):
            raise OSError(number, os.strerror(number), str(path))
        return opened(path, flags, *more, **named)

    monkeypatch.setattr(os, "open", refused)
    capsys.readouterr()
    assert main(["search", "--resume", str(finished)]) == 1
    said = capsys.readouterr().err
    assert f"error[E522]: this cannot be read or written: {os.strerror(number).lower()}" in said
    assert "Traceback" not in said
