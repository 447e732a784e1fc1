"""Fuzzing without instrumentation: the same inputs each time, and what ends the process is known."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fuzz.mutation import dice, shortened
from fuzz.plain import Slot, corpus, made
from fuzz.run import counted, saved
from fuzz.targets import LONGEST, TARGETS

PROGRAM = """
import sys
from fuzz import plain
plain.SLOWEST = 0.5
def target(data):
    {body}
plain.TARGETS["body"] = target
sys.exit(plain.main())
"""


def ended(state: Path, body: str) -> int:
    """The exit code of ten inputs of a target that does this."""
    (state / "body").mkdir()
    command = [sys.executable, "-c", PROGRAM.format(body=body), "body", str(state), "0", "10"]
    return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode


@pytest.mark.parametrize("target", TARGETS)
def test_the_same_numbers_give_the_same_inputs(tmp_path: Path, target: str) -> None:
    found = corpus(target, tmp_path)
    first, again = ([made(target, found, thrown) for _ in range(20)] for thrown in (dice(3), dice(3)))
    assert first == again
    assert len(set(first)) > 15
    assert all(len(data) <= LONGEST for data in first)


def test_a_few_lines_of_a_file_keep_its_header_and_lose_their_indentation() -> None:
    text = "---\ndas: 1\nspace: a\ninput: 4\n---\nresidual:\n    relu\n    tanh\n"
    cuts = {shortened("text", text, dice(seed)) for seed in range(40)}
    assert all(cut.startswith("---\ndas: 1\nspace: a\ninput: 4\n---\n") for cut in cuts)
    assert any("\n---\nrelu\ntanh\n" in cut for cut in cuts)


@pytest.mark.parametrize("data", ["", "[", "[]", "3", '{"text": 4}', "{}", '"a"'])
def test_a_compiled_file_without_a_text_stays_as_it_is(data: str) -> None:
    assert shortened("compiled", data, dice(0)) == data


def test_a_round_that_finds_nothing(tmp_path: Path) -> None:
    assert ended(tmp_path, "pass") == 0
    assert Slot(tmp_path / "body" / "current").read() == (10, b"")


def test_an_exception_is_kept_once_and_the_round_goes_on(tmp_path: Path) -> None:
    assert ended(tmp_path, "raise KeyError(data)") == 0
    assert len(list((tmp_path / "body" / "crashes").iterdir())) == 1
    assert Slot(tmp_path / "body" / "current").read()[0] == 10


@pytest.mark.skipif(sys.platform != "linux", reason="limits of processes are those of Linux")
def test_a_hang_ends_the_process_and_its_input_is_known(tmp_path: Path) -> None:
    assert ended(tmp_path, "while data: pass") == -signal.SIGPROF
    done, data = Slot(tmp_path / "body" / "current").read()
    assert done == 0
    assert data == made("body", corpus("body", tmp_path), dice("dasdsl body 0"))


def test_counts_are_kept_by_mode(tmp_path: Path) -> None:
    modes = counted(tmp_path)
    modes["plain"]["body"] = 3
    saved(tmp_path, modes)
    assert counted(tmp_path) == {"guided": {}, "plain": {"body": 3}}
