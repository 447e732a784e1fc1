"""Workers and searches of a sweep, forked off who starts them, for tests in which it does not matter how they begin."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import IO

from dasdsl.search.sweep import children, conduct, worker


class Child:
    """What of `subprocess.Popen` a sweep makes use of."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        return self._ended(os.WNOHANG)

    def wait(self) -> int | None:
        return self._ended(0)

    def send_signal(self, sign: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, sign)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _ended(self, how: int) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, how)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode


def start(*arguments: object, stderr: IO[bytes] | None = None) -> Child:
    """As `children.start`, without a new Python."""
    pid = os.fork()
    if pid:
        return Child(pid)
    code = 1
    try:
        os.setsid()
        children._interrupted_with_parent()
        for sign, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, signal.SIG_DFL)):
            signal.signal(sign, usual)
        with Path(os.devnull).open("wb") as nothing:
            os.dup2(nothing.fileno(), sys.stdout.fileno())
        if stderr is not None:
            os.dup2(stderr.fileno(), sys.stderr.fileno())
        from dasdsl.cli import main

        code = main(list(map(str, arguments)))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def forking() -> None:
    """Let a sweep in this process, and what it starts, fork."""
    conduct.start = worker.start = start
