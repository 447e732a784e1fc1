"""A thread in which one tracker is told things: what waits for a server does not hold a training."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from time import monotonic

from dasdsl.diagnostics import DasError
from dasdsl.trackers.problems import silent

Work = Callable[[], None]
PREFIX = "tracker "
LOOK_EVERY = 0.05


class Apart:
    """Does what it is given, in order, until something fails; `error` is what did."""

    def __init__(self, name: str) -> None:
        self.error: DasError | None = None
        self._work: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        # a daemon: a process does not wait for it
        self._thread = threading.Thread(target=self._run, name=PREFIX + name, daemon=True)
        self._thread.start()

    def say(self, work: Work) -> None:
        """Do this after what is to be done already."""
        self._work.put(work)

    def finish(self, title: str, seconds: float, hurried: Callable[[], bool]) -> DasError | None:
        """Wait until all is done, at most so long, or until there is a hurry; what failed, or that it is not done."""
        self._work.put(None)
        until = monotonic() + seconds
        while self._thread.is_alive() and monotonic() < until and not hurried():
            self._thread.join(LOOK_EVERY)
        return silent(title) if self._thread.is_alive() else self.error

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            try:
                work()
            except DasError as error:
                self.error = error
                return


def waiting() -> bool:
    """Whether a tracker still waits for something, and would hold the process at its end."""
    return any(thread.name.startswith(PREFIX) for thread in threading.enumerate())
