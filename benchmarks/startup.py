"""`dasdsl check spaces/pilotnet.das` as a whole process, against `python -c pass`, in turn.

python benchmarks/startup.py [--runs 15] [--gallery]      with it, `check` of every file of the gallery too
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from tables import machine, spread, table

ROOT = Path(__file__).parent.parent
# As at a user's: what was read once is kept as bytecode, which some machines are told not to write.
KEEPS_BYTECODE = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
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
    parser.add_argument("--gallery", action="store_true", help="check every file of the gallery")
    options = parser.parse_args()
    commands = dict(COMMANDS)
    for file in sorted(ROOT.glob("spaces/**/*.das")) if options.gallery else ():
        name = str(file.relative_to(ROOT))
        commands[f"dasdsl check {name}"] = [DASDSL, "check", name]
    times: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(options.runs + 1):
        for name, command in commands.items():
            start = time.perf_counter()
            subprocess.run(command, cwd=ROOT, env=KEEPS_BYTECODE, check=True, capture_output=True)
            if number:  # the first round warms the file cache
                times[name].append(1000 * (time.perf_counter() - start))
    rows = [(f"`{name}`", spread(taken, 0)) for name, taken in times.items()]
    print(f"{machine()}; {options.runs} runs of each, in turn\n")
    print(table(("command", "ms: median (min–max)"), rows))


if __name__ == "__main__":
    main()
