"""Workers and searches of a sweep, forked off who starts them, for tests in which it does not matter how they begin."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import IO

from dasdsl.search.sweep import children, conduct, worker
from tests.forks import Started


def start(*arguments: object, stderr: IO[bytes] | None = None) -> Started:
    """As `children.start`, without a new Python."""
    process = multiprocessing.get_context("fork").Process(target=partial(begun, list(map(str, arguments)), stderr))
    return Started(process)


def begun(arguments: list[str], stderr: IO[bytes] | None) -> None:
    """What a child does: as one that is started anew, with its own signals."""
    os.setsid()
    children._interrupted_with_parent()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with Path(os.devnull).open("wb") as nothing:
        os.dup2(nothing.fileno(), sys.stdout.fileno())
    if stderr is not None:
        os.dup2(stderr.fileno(), sys.stderr.fileno())
    from dasdsl.cli import main

    sys.exit(main(arguments))


def forking() -> None:
    """Let a sweep in this process, and what it starts, fork."""
    conduct.start = worker.start = start
