"""The command in processes of their own that begin at once: forked off one that has loaded torch, which takes long."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path

LOADED = ("dasdsl.cli.search", "dasdsl.search.api", "dasdsl.search.sweep.conduct", "dasdsl.report.page.search")
FORKS: ForkServerContext = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(list(LOADED))


class Started:
    """A process with what `subprocess.Popen` has to wait for it and to end it."""

    def __init__(self, process: BaseProcess) -> None:
        self._process = process
        process.start()

    @property
    def pid(self) -> int:
        """The process's number."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """As `Popen.poll`."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        """As `Popen.wait`, but None where it has not ended by then."""
        self._process.join(timeout)
        return self.returncode

    def send_signal(self, sign: signal.Signals) -> None:
        """As `Popen.send_signal`: nothing where it has ended."""
        if self.returncode is None:
            os.kill(self.pid, sign)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


class Forked(Started):
    """`dasdsl …` in a process of its own.

    `before` is called in it first; `program` is what is called with the arguments instead of the entry point. Both have
    to be found by their names.
    """

    def __init__(
        self,
        *arguments: object,
        cwd: Path | None = None,
        before: Callable[[], object] | None = None,
        program: Callable[[list[str]], int | None] | None = None,
    ) -> None:
        self.args = list(map(str, arguments))
        self._folder = tempfile.TemporaryDirectory(prefix="forked-")
        told = Path(self._folder.name)
        surroundings = Surroundings(told, cwd or Path.cwd(), dict(os.environ))
        super().__init__(FORKS.Process(target=partial(called, surroundings, self.args, before, program)))

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait until it has ended; what it printed and what it told, which is given once.

        Raises: TimeoutExpired.
        """
        if self.wait(timeout) is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
        with self._folder as told:
            printed, errors = ((Path(told) / name).read_text(encoding="utf-8") for name in ("stdout", "stderr"))
        return printed, errors


def completed(
    *arguments: object, cwd: Path | None = None, before: Callable[[], object] | None = None
) -> subprocess.CompletedProcess[str]:
    """`dasdsl …` until it ends."""
    process = Forked(*arguments, cwd=cwd, before=before)
    printed, errors = process.communicate(timeout=300)
    assert process.returncode is not None
    return subprocess.CompletedProcess(process.args, process.returncode, printed, errors)


@dataclass(frozen=True)
class Surroundings:
    """Where a process prints to, its current folder, and its environment."""

    told: Path
    cwd: Path
    environment: dict[str, str]

    def enter(self) -> None:
        """Be there."""
        os.chdir(self.cwd)
        os.environ.clear()
        os.environ.update(self.environment)
        with Path(os.devnull).open("rb") as nothing:
            os.dup2(nothing.fileno(), 0)
        for name, stream in (("stdout", sys.stdout), ("stderr", sys.stderr)):
            with (self.told / name).open("wb") as file:
                os.dup2(file.fileno(), stream.fileno())


def called(
    surroundings: Surroundings,
    arguments: list[str],
    before: Callable[[], object] | None,
    program: Callable[[list[str]], int | None] | None,
) -> None:
    """What the process does: as the entry point `dasdsl`, or another program."""
    surroundings.enter()
    from dasdsl.cli import main

    if before is not None:
        before()
    sys.exit((program or main)(arguments))
