"""Ctrl-C becomes a flag while something is at work, and is itself again afterwards."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from dasdsl.search import interrupts
from dasdsl.search.interrupts import Flag, Interrupted, stop_requests


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


def test_the_batch_system_is_given_what_it_asked_for() -> None:
    """A flag, then no second chance: a step that lasts too long is ended at once."""
    with stop_requests() as flag:
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        assert flag.raised
        with pytest.raises(Interrupted) as caught:
            flag.check()
        assert (caught.value.exit_code, caught.value.what) == (143, "ended by SIGTERM")
        with pytest.raises(Interrupted) as caught:
            signal.raise_signal(signal.SIGINT)
        assert caught.value.exit_code == 143
    assert Interrupted().exit_code == 130


def test_a_step_that_does_not_end_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupts, "GRACE", 0.05)
    with stop_requests():
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(Interrupted) as caught:
            time.sleep(60)
    assert caught.value.exit_code == 143


def test_what_has_ended_is_not_interrupted_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupts, "GRACE", 0.05)
    with stop_requests():
        signal.raise_signal(signal.SIGTERM)
    time.sleep(0.2)


def test_without_a_request_nothing_ends() -> None:
    Flag().check()
