"""The files that a run goes on with, changed and cut off at each byte: how often that is seen.

    python benchmarks/damage.py [--seed 0] [--every 1]

A small search is run. Then in `run.json` and in the newest state of each phase every byte (or every n-th) is changed to
one random other value, and the file is cut off before it; each time it is read as a run that goes on reads it. Where
damage is not seen, the exit code is 1.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from kills import KINDS, SPACE
from tables import machine, table

from dasdsl.cli import main as dasdsl
from dasdsl.diagnostics import DasError
from dasdsl.search.checkpoint import read_state
from dasdsl.search.folder import Folder

SEARCH = "search with elimination"


def reader(folder: Folder, path: Path) -> Callable[[], bool]:
    """Whether damage to a file is seen where the run reads it."""
    if path == folder.run:
        return lambda: refused(folder)
    return lambda: len(read_state(path.parent)[1]) == 1


def refused(folder: Folder) -> bool:
    """Whether what a run was told cannot be read any more."""
    try:
        folder.told()
    except DasError as error:
        return error.diagnostics[0].code == "E507"
    return False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)  # noqa: S311 - bytes, no secrets
    rows: list[tuple[object, ...]] = []
    missed = 0
    with tempfile.TemporaryDirectory() as place:
        text, out = Path(place) / "space.das", Path(place) / "run"
        text.write_text(SPACE, encoding="utf-8")
        with contextlib.redirect_stdout(io.StringIO()):
            dasdsl(["search", str(text), "--data", "digits", *KINDS[SEARCH].flags, "--out", str(out)])
        folder = Folder(out)
        newest = [
            max(phase.glob(f"*.{kind}")) for phase in out.glob("checkpoints/*") for kind in ("json", "safetensors")
        ]
        for path in (folder.run, *sorted(newest)):
            data, check = path.read_bytes(), reader(folder, path)
            changed = cut = 0
            places = range(0, len(data), options.every)
            for index in places:
                other = (data[index] + chance.randint(1, 255)) % 256
                path.write_bytes(data[:index] + bytes([other]) + data[index + 1 :])
                changed += check()
                path.write_bytes(data[:index])
                cut += check()
            path.write_bytes(data)
            missed += 2 * len(places) - changed - cut
            rows.append((path.relative_to(out), f"{len(data):,}", f"{len(places):,}", f"{changed:,}", f"{cut:,}"))
    print(f"{machine()}\n")
    print(table(("file", "bytes", "tried", "changes seen", "cuts seen"), rows))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
