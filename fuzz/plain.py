"""One round of one target without instrumentation: `plain.py TARGET STATE FIRST INPUTS`. `run.py --plain` starts it.

The input that is being tried stands in a file that outlives the process, so that what ends the process (a hang, memory,
a fault of an extension) is known as well as an exception. The same numbers give the same inputs of the same corpus.
"""

from __future__ import annotations

import faulthandler
import gc
import hashlib
import mmap
import random
import resource
import signal
import sys
import traceback
from functools import lru_cache
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parent.parent))

from dasdsl.language.header import reading
from fuzz.mutation import dice, mutated, shortened
from fuzz.seeds import seeds
from fuzz.targets import LONGEST, TARGETS

SLOWEST: Final = 20
"""Seconds of processor time that an input may take: other work on the machine is no finding."""
MEMORY: Final = 2 << 30
"""Bytes of address space."""
WHOLE: Final = 0.01
"""The part of the inputs that are whole files: those of a few lines are read fifty times as fast."""
MANY: Final = 20
"""Findings that end a round."""


class Slot:
    """A number and an input in a file: how many inputs there were, and the one that is being tried."""

    def __init__(self, file: Path) -> None:
        size = 16 + LONGEST
        if not file.exists() or file.stat().st_size != size:
            file.write_bytes(bytes(size))
        with file.open("r+b") as opened:
            self._kept = mmap.mmap(opened.fileno(), size)

    def write(self, done: int, data: bytes) -> None:
        """Keep what is about to be tried."""
        self._kept[16 : 16 + len(data)] = data
        self._kept[:16] = done.to_bytes(8, "little") + len(data).to_bytes(8, "little")

    def read(self) -> tuple[int, bytes]:
        """What was kept last."""
        done, length = (int.from_bytes(self._kept[at : at + 8], "little") for at in (0, 8))
        return done, self._kept[16 : 16 + length]


def corpus(target: str, state: Path) -> list[str]:
    """What is mutated: the seeds, and what guided fuzzing kept, in an order that does not depend on the machine."""
    kept = [file.read_bytes() for file in sorted((state / target / "corpus").glob("*"))]
    return [data[:LONGEST].decode("utf-8", "surrogateescape") for data in (*seeds(target), *kept)]


def made(target: str, found: list[str], thrown: random.Random) -> bytes:
    """One more input."""
    chosen = thrown.choice(found)
    if thrown.random() >= WHOLE:
        chosen = shortened(target, chosen, thrown)
    return mutated(chosen, thrown).encode("utf-8", "surrogatepass")[:LONGEST]


def main() -> int:
    """Try inputs FIRST, FIRST + 1, …, of a target; each exception is kept once for the place that raises it."""
    target, state, first, inputs = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    limit(target)
    thrown = dice(f"dasdsl {target} {first}")
    slot, found, places = Slot(state / target / "current"), corpus(target, state), set[str]()
    gc.collect()
    gc.freeze()
    for done in range(inputs):
        data = made(target, found, thrown)
        slot.write(done, data)
        signal.setitimer(signal.ITIMER_PROF, SLOWEST)
        try:
            TARGETS[target](data)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            place = str([(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)[-3:]])
            if place not in places:
                places.add(place)
                keep(state / target / "crashes", "crash", data)
                traceback.print_exception(error)
            if len(places) == MANY:
                break
    signal.setitimer(signal.ITIMER_PROF, 0)
    slot.write(inputs, b"")
    return 0


def limit(target: str) -> None:
    """What an input takes too much of ends the process: SIGPROF ends a hang, with the place in the log."""
    faulthandler.enable()
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    faulthandler.register(signal.SIGPROF, chain=True)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    if target != "header":
        # the headers of most inputs are alike, and composing one takes longer than the rest
        reading.compose = lru_cache(1024)(reading.compose)


def keep(folder: Path, kind: str, data: bytes) -> Path:
    """A finding in a file named after its contents, as libFuzzer names them."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{kind}-{hashlib.sha1(data, usedforsecurity=False).hexdigest()}"
    file.write_bytes(data)
    return file


if __name__ == "__main__":
    sys.exit(main())
