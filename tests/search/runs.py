"""Tiny searches: a space, a data set that it can learn, and the command in a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from tests.forks import Forked

TINY = """---
das: 1
space: tiny
input: 1x6x6
---
conv filters <1..3>x<1|3> channels<=4 stride 2
norm batch
relu
dropout 0.1
conv filters 3x3 channels<=4 groups<=2
relu
flatten
linear channels 3
"""
QUICK = ("--epochs", "3", "--finetune", "2", "--batch", "16", "--seed", "3")
Process = subprocess.Popen[str] | Forked
COMMAND = Path(sys.executable).with_name("dasdsl")


def tiny_data(path: Path, *, samples: int = 100, changes: Mapping[str, np.ndarray] = MappingProxyType({})) -> Path:
    """Three classes of 6x6 images: a bright row, a bright column, or neither."""
    random = np.random.default_rng(1)
    arrays: dict[str, np.ndarray] = {}
    for part in ("train", "test"):
        labels = np.arange(samples) % 3
        images = random.normal(0, 0.3, (samples, 1, 6, 6)).astype(np.float32)
        images[labels == 0, :, 2, :] += 1
        images[labels == 1, :, :, 3] += 1
        arrays |= {f"x_{part}": images, f"y_{part}": labels}
    np.savez(path, allow_pickle=False, **{**arrays, **changes})
    return path


def tiny(folder: Path, text: str = TINY) -> tuple[Path, Path]:
    """The files of a space and of its data in a folder."""
    space = folder / "tiny.das"
    space.write_text(text, encoding="utf-8")
    return space, tiny_data(folder / "tiny.npz")


def report_of(folder: Path) -> dict[str, Any]:
    """The report of a run, without the time that it took."""
    report: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert report.pop("seconds") >= 0
    return report


def contents(folder: Path) -> tuple[bytes, bytes, dict[str, Any]]:
    """What must be equal in two runs."""
    return (folder / "architecture.das").read_bytes(), (folder / "weights.safetensors").read_bytes(), report_of(folder)


def phases_told(folder: Path) -> list[str]:
    """The phase of each epoch that is in the log."""
    try:
        lines = (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    return [json.loads(line)["phase"] for line in lines if line.endswith("}")]


def stop_within(process: Process, folder: Path, phase: str, sign: signal.Signals) -> tuple[int, str]:
    """Send a signal once the first epoch of a phase is told; the exit code and what was said."""
    return stop_when(process, lambda: phase in phases_told(folder), sign)


def stop_when(process: Process, due: Callable[[], bool], sign: signal.Signals, *, ends: bool = True) -> tuple[int, str]:
    deadline = time.monotonic() + 60
    while not due():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise AssertionError(f"it ended before: {process.communicate()}")
        time.sleep(0.002)
    process.send_signal(sign)
    if not ends:
        return 0, ""
    _, errors = process.communicate(timeout=60)
    return process.returncode, errors
