"""`dasdsl check spaces/pilotnet.das` as a whole process, against `python -c pass`, in turn.

python benchmarks/startup.py [--runs 15]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

from tables import machine, spread, table

ROOT = Path(__file__).parent.parent
DASDSL = str(Path(sys.executable).with_name("dasdsl"))
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "dasdsl --version": [DASDSL, "--version"],
    "dasdsl check spaces/pilotnet.das": [DASDSL, "check", "spaces/pilotnet.das"],
    "dasdsl fmt --check spaces/pilotnet.das": [DASDSL, "fmt", "--check", "spaces/pilotnet.das"],
    "dasdsl compile spaces/pilotnet.das": [DASDSL, "compile", "spaces/pilotnet.das"],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15)
    options = parser.parse_args()
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for number in range(options.runs + 1):
        for name, command in COMMANDS.items():
            start = time.perf_counter()
            subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
            if number:  # the first round warms the file cache
                times[name].append(1000 * (time.perf_counter() - start))
    rows = [(f"`{name}`", spread(taken, 0)) for name, taken in times.items()]
    print(f"{machine()}; {options.runs} runs of each, in turn\n")
    print(table(("command", "ms: median (min–max)"), rows))


if __name__ == "__main__":
    main()
