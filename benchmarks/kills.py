"""Searches and trainings that are killed at random moments and gone on with, against ones that nothing interrupts.

    python benchmarks/kills.py [--kills 50] [--seed 0] [--only "search with elimination"]

Every second kill waits for a random write: half of what is written reaches the file, then the process is gone. The
others come at a random moment. A state is saved every 0.05 seconds, so that most moments are near one. What must be
equal, bit by bit: the text, the weights, the composite, the log, and the report but for its `seconds`. Where they are
not, or where a process does not go on, the exit code is 1.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from tables import machine, table

from dasdsl.cli import main as dasdsl
from dasdsl.search import api, loop

SPACE = """---
das: 1
space: killed
input: 1x8x8
---
conv filters <1..3>x<1..3> channels<=8
norm batch
relu
dropout 0.1
conv filters 3x3 channels<=8 groups<=2 stride 2
relu
flatten
linear channels 10
"""
ARCHITECTURE = SPACE.replace("<1..3>x<1..3>", "3x3").replace("<=8", " 8").replace("groups<=2 ", "")
SHORT = ("--epochs", "5", "--finetune", "3")
LONG = ("--epochs", "12", "--finetune", "3")
"""Long enough for elimination, and that something is closed for good on the way."""
FILES = ("architecture.das", "weights.safetensors", "composite.safetensors", "log.jsonl")
Arm = Callable[[], None]


@dataclass(frozen=True)
class Kind:
    """What is killed: a command with its file and flags; of all kills these are one in `share`."""

    command: str
    text: str
    flags: tuple[str, ...]
    share: int = 1


KINDS = {
    "search": Kind("search", SPACE, SHORT),
    "search with elimination": Kind("search", SPACE, (*LONG, "--elimination", "2")),
    "search under a limit": Kind("search", SPACE, (*LONG, "--limit", "params=20%")),
    "train": Kind("train", ARCHITECTURE, SHORT, share=5),
}


@dataclass
class Tally:
    """What was killed where, and what came of it."""

    phases: Counter[str] = field(default_factory=Counter[str])
    writes: int = 0
    runs: int = 0
    differing: list[str] = field(default_factory=list[str])

    @property
    def kills(self) -> int:
        """So many processes were killed."""
        return self.phases.total()


def begun(arguments: list[str], arm: Arm, log: Path) -> int:
    """The command in a process of its own, which has loaded everything already."""
    child = os.fork()
    if child:
        return child
    with log.open("ab") as told:
        os.dup2(told.fileno(), 1)
        os.dup2(told.fileno(), 2)
    loop.SAVE_EVERY = 0.05
    arm()
    os._exit(dasdsl(arguments))


def armed(writes: int) -> Arm:
    """Be killed in the middle of so many writes from now."""

    def arm() -> None:
        sync, left = os.fsync, [writes]

        def synced(handle: int) -> None:
            left[0] -= 1
            if left[0] == 0:
                if Path(f"/proc/self/fd/{handle}").is_file():
                    os.ftruncate(handle, os.fstat(handle).st_size // 2)
                os.kill(os.getpid(), signal.SIGKILL)
            sync(handle)

        os.fsync = synced

    return arm


def ended(child: int) -> int:
    """How a process ended: its exit code, or minus the signal."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def counted(path: Path) -> Arm:
    """Count all writes of a process in a file."""

    def arm() -> None:
        sync = os.fsync

        def synced(handle: int) -> None:
            with path.open("ab") as file:
                file.write(b".")
            sync(handle)

        os.fsync = synced

    return arm


def contents(folder: Path) -> dict[str, Any]:
    """What must be equal in two runs."""
    found: dict[str, Any] = {name: (folder / name).read_bytes() for name in FILES if (folder / name).exists()}
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    report.pop("seconds", None)
    return {**found, "report.json": report}


def different(found: dict[str, Any], expected: dict[str, Any]) -> str:
    """What of the contents of two runs is not equal; empty where all is."""
    report, other = found["report.json"], expected["report.json"]
    keys = [key for key in {**report, **other} if report.get(key) != other.get(key)]
    return ", ".join([name for name in {**found, **expected} if found.get(name) != expected.get(name)] + keys)


def phase(folder: Path) -> str:
    """Where a run was when it was killed: the phase whose state is the newest."""
    states = sorted(folder.glob("checkpoints/*/*.json"), key=lambda path: path.stat().st_mtime_ns)
    return states[-1].parent.name if states else "before the first state"


def kill(name: str, files: Path, chance: random.Random, kills: int) -> Tally:
    """Kill so many processes of a kind, in as many runs as that takes."""
    kind = KINDS[name]
    text = files / "killed.das"
    text.write_text(kind.text, encoding="utf-8")
    flags = [kind.command, str(text), "--data", "digits", *kind.flags, "--out"]
    log, whole, count = files / "log", files / f"{name}-whole", files / f"{name}-writes"
    started = time.monotonic()
    if ended(begun([*flags, str(whole)], counted(count), log)) != 0:
        raise SystemExit(log.read_text(encoding="utf-8"))
    lasting, writes, expected = time.monotonic() - started, count.stat().st_size, contents(whole)
    tally = Tally()
    while tally.kills < kills or tally.runs == 0:
        folder = files / f"{name}-{tally.runs}"
        code = -signal.SIGKILL
        while code == -signal.SIGKILL:
            resumed = (folder / "run.json").exists()
            arguments = [kind.command, "--resume", str(folder)] if resumed else [*flags, str(folder)]
            code = killed(arguments, log, chance, lasting, writes, tally, kills)
            if code == -signal.SIGKILL:
                tally.phases[phase(folder)] += 1
        differing = f"exit code {code}" if code else different(contents(folder), expected)
        if differing:
            tally.differing.append(f"{folder.name}: {differing}")
        tally.runs += 1
    return tally


def killed(
    arguments: list[str], log: Path, chance: random.Random, lasting: float, writes: int, tally: Tally, kills: int
) -> int:
    """One process, killed at a moment or in a write within a third of what a whole run takes; how it ended."""
    if tally.kills >= kills:
        return ended(begun(arguments, lambda: None, log))
    if tally.kills % 2:
        code = ended(begun(arguments, armed(chance.randint(1, max(writes // 3, 1))), log))
        tally.writes += code == -signal.SIGKILL
        return code
    child = begun(arguments, lambda: None, log)
    deadline = time.monotonic() + chance.uniform(0, lasting / 3)
    while time.monotonic() < deadline:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    return ended(child)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", choices=list(KINDS), default=list(KINDS), help="what is killed")
    options = parser.parse_args()
    # processes are forked off after everything is loaded, and before torch has threads
    torch.set_num_threads(1)
    assert api.search
    chance = random.Random(options.seed)  # noqa: S311 - moments, no secrets
    rows: list[tuple[object, ...]] = []
    bad: list[str] = []
    with tempfile.TemporaryDirectory() as files:
        for name in options.only:
            tally = kill(name, Path(files), chance, options.kills // KINDS[name].share)
            places = ", ".join(f"{name} {count}" for name, count in sorted(tally.phases.items()))
            rows.append((name, tally.kills, tally.writes, places, tally.runs, tally.runs - len(tally.differing)))
            bad += tally.differing
    print(f"{machine()}; seed {options.seed}\n")
    print(table(("killed", "kills", "in a write", "newest state", "runs", "equal to the bit"), rows))
    print(*bad, sep="\n", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
