"""What is freed in a process that trains stays there."""

from __future__ import annotations

import ctypes
from types import SimpleNamespace

import pytest

from dasdsl.cli.support import memory


def told(monkeypatch: pytest.MonkeyPatch, answers: dict[int, int] | None) -> list[tuple[int, int]]:
    """A C library that answers so, or has no such function; what it was told."""
    heard: list[tuple[int, int]] = []

    def mallopt(number: int, value: int) -> int:
        heard.append((number, value))
        assert answers is not None
        return answers.get(number, 1)

    library = SimpleNamespace() if answers is None else SimpleNamespace(mallopt=mallopt)
    monkeypatch.setattr(ctypes, "CDLL", lambda _: library)
    for name in memory.OWN:
        monkeypatch.delenv(name, raising=False)
    return heard


def test_it_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = told(monkeypatch, {})
    assert memory.keep_freed()
    assert [number for number, _ in heard] == [memory.TRIM_THRESHOLD, memory.MMAP_THRESHOLD]


def test_a_library_that_refuses_or_has_no_such_thing(monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, {memory.MMAP_THRESHOLD: 0})
    assert not memory.keep_freed()
    told(monkeypatch, None)
    assert not memory.keep_freed()


def test_what_the_environment_says_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = told(monkeypatch, {})
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "131072")
    assert not memory.keep_freed()
    assert heard == []
