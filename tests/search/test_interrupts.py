"""Ctrl-C becomes a flag while something is at work, and is itself again afterwards."""

from __future__ import annotations

import signal
import threading

import pytest

from dasdsl.search.interrupts import stop_requests


def test_the_first_raises_a_flag_the_second_interrupts() -> None:
    before = signal.getsignal(signal.SIGINT)
    with stop_requests() as flag:
        assert not flag.raised
        signal.raise_signal(signal.SIGINT)
        assert flag.raised
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_the_handler_comes_back_after_an_error() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ValueError, match="no"), stop_requests():
        raise ValueError("no")
    assert signal.getsignal(signal.SIGINT) is before


def test_in_another_thread_signals_stay_as_they_are() -> None:
    seen: list[object] = []

    def work() -> None:
        with stop_requests() as flag:
            seen.append((signal.getsignal(signal.SIGINT), flag.raised))

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [(before, False)]
