"""Ctrl-C and SIGTERM: the step in hand is finished, the state is saved, then the run ends."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

GRACE = 8.0
"""Seconds after SIGTERM in which a step may end; then the run ends at once, with the newest state that is on disk."""
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(KeyboardInterrupt):
    """The run was asked to stop by a signal, and what there is has been saved."""

    def __init__(self, signum: int = signal.SIGINT) -> None:
        self.signum = signum
        super().__init__(signum)

    @property
    def exit_code(self) -> int:
        """130 after Ctrl-C, 143 after SIGTERM."""
        return 128 + self.signum

    @property
    def what(self) -> str:
        """In a message."""
        return "interrupted" if self.signum == signal.SIGINT else f"ended by {signal.Signals(self.signum).name}"


class Flag:
    """Whether a stop was asked for. A second Ctrl-C interrupts at once, and so does the end of the time to save."""

    def __init__(self) -> None:
        self.raised = False
        self.signum = int(signal.SIGINT)
        self._timer: threading.Timer | None = None

    def __call__(self, signum: int, frame: FrameType | None) -> None:
        """What a signal calls."""
        if not self.raised:
            self.raised, self.signum = True, signum
            if signum == signal.SIGTERM:
                self._timer = _interrupt_after(GRACE)
        elif self.signum == signal.SIGTERM and signum == signal.SIGINT:
            raise Interrupted(self.signum)
        elif signum == signal.SIGINT:
            raise KeyboardInterrupt

    def check(self) -> None:
        """End here if a stop was asked for: where all that was done is saved, or is soon done again.

        Raises: Interrupted.
        """
        if self.raised:
            raise Interrupted(self.signum)

    def forget(self) -> None:
        """Nothing is at work any more that could be ended."""
        if self._timer is not None:
            self._timer.cancel()


def _interrupt_after(seconds: float) -> threading.Timer:
    """Press Ctrl-C later, unless the process has ended; a system call that waits is interrupted too."""
    main = threading.main_thread().ident
    assert main is not None
    timer = threading.Timer(seconds, signal.pthread_kill, (main, signal.SIGINT))
    timer.daemon = True
    timer.start()
    return timer


@contextmanager
def stop_requests() -> Generator[Flag]:
    """While this lasts, Ctrl-C and SIGTERM raise a flag in the place of an exception (in the main thread only)."""
    flag = Flag()
    if threading.current_thread() is not threading.main_thread():
        yield flag
        return
    previous = {number: signal.signal(number, flag) for number in SIGNALS}
    try:
        yield flag
    finally:
        flag.forget()
        for number, handler in previous.items():
            signal.signal(number, handler)
