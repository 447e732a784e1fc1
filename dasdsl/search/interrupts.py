"""Ctrl-C: the step in hand is finished, the state is saved, then the run ends."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType


class Interrupted(KeyboardInterrupt):
    """The run was asked to stop, and has saved what there is."""


class Flag:
    """Whether a stop was asked for. A second request interrupts at once."""

    def __init__(self) -> None:
        self.raised = False

    def __call__(self, signum: int, frame: FrameType | None) -> None:
        """What the signal calls."""
        if self.raised:
            raise KeyboardInterrupt
        self.raised = True


@contextmanager
def stop_requests() -> Generator[Flag]:
    """While this lasts, Ctrl-C raises a flag in the place of an exception (in the main thread only)."""
    flag = Flag()
    if threading.current_thread() is not threading.main_thread():
        yield flag
        return
    previous = signal.signal(signal.SIGINT, flag)
    try:
        yield flag
    finally:
        signal.signal(signal.SIGINT, previous)
