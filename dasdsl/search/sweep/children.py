"""Processes that a sweep starts: they get signals only from who started them, and do not outlive it for long."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import dasdsl

DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG, see prctl(2)."""
_LIBRARY = ctypes.CDLL(None)
"""The C library, loaded before a process is forked off: in between as little as possible is done."""


def _interrupted_with_parent() -> None:
    """Ask the kernel for SIGINT when the parent ends, however it ends: a search then saves its state and stops."""
    if sys.platform == "linux":
        _LIBRARY.prctl(DEATH_SIGNAL, signal.SIGINT, 0, 0, 0)


def start(*arguments: object, stderr: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
    """`dasdsl …` in a process and a session of its own, so that Ctrl-C in a terminal reaches only who started it.

    What is printed goes nowhere; what is told goes to `stderr`. A search takes one thread where nothing else is said.
    """
    return subprocess.Popen(  # noqa: S603 - this program itself
        # -P: nothing in the current folder is taken for a module
        [sys.executable, "-P", "-m", "dasdsl", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=stderr,
        env={"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", **os.environ, "PYTHONPATH": _this_package()},
        start_new_session=True,
        # called in a process of one thread: neither coordinator nor worker has a second
        preexec_fn=_interrupted_with_parent,  # noqa: PLW1509
    )


def _this_package() -> str:
    """The search path on which a child finds this very package first, however it was found here."""
    paths = [str(Path(dasdsl.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    return os.pathsep.join(path for path in paths if path)


def told_since(log: Path, offset: int) -> str:
    """What was written to a log from there on."""
    with log.open("rb") as file:
        file.seek(offset)
        return file.read().decode("utf-8", "replace")
