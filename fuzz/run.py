"""Coverage-guided fuzzing of everything that reads untrusted text; what is found becomes a file in `fuzz/regressions`.

pip install -c constraints.txt -e '.[fuzz]'
python fuzz/run.py --inputs 10000000              all targets in turn; run it again to go on
python fuzz/run.py --inputs 1000 --target body    one target

The corpora and the counts stand in `--state` (build/fuzz); 1 is the exit code where something was found.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from fuzz.seeds import dictionary, seeds
from fuzz.targets import LONGEST, TARGETS

CHILD = str(Path(__file__).with_name("child.py"))
REGRESSIONS = Path(__file__).parent / "regressions"
ROUND = 5_000
"""Inputs of a target before the next has its turn."""
SLOWEST = 20
"""Seconds that an input may take."""
DONE = re.compile(r"(?:Done |#)(\d+)")


def main() -> int:
    """Fuzz until there were so many inputs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=100_000, help="inputs in all, those of earlier runs included")
    parser.add_argument("--target", choices=tuple(TARGETS), action="append", help="only this one (repeatable)")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop then, at the end of a round")
    parser.add_argument("--state", type=Path, default=Path("build/fuzz"))
    options = parser.parse_args()
    targets = options.target or list(TARGETS)
    until = time.monotonic() + options.seconds
    counts = counted(options.state)
    while (left := options.inputs - sum(counts.values())) > 0 and time.monotonic() < until:
        target = min(targets, key=lambda name: counts.get(name, 0))
        done = fuzzed(target, options.state, min(ROUND, left))
        counts[target] = counts.get(target, 0) + done
        (options.state / "counts.json").write_text(json.dumps(counts, indent=2) + "\n")
        print(f"{time.strftime('%H:%M:%S')} {target}: {done:,} inputs; {sum(counts.values()):,} in all", flush=True)
    found = list(REGRESSIONS.glob("*/*"))
    print(f"{sum(counts.values()):,} inputs, {len(found)} regressions: {json.dumps(counts)}")
    return 1 if any(not holds(file) for file in found) else 0


def counted(state: Path) -> dict[str, int]:
    """The inputs of each target so far."""
    state.mkdir(parents=True, exist_ok=True)
    file = state / "counts.json"
    return json.loads(file.read_text()) if file.exists() else {}


def fuzzed(target: str, state: Path, inputs: int) -> int:
    """One round of a target in a process of its own; returns how many inputs it had."""
    corpus, crashes = state / target / "corpus", state / target / "crashes"
    for folder in (corpus, crashes):
        folder.mkdir(parents=True, exist_ok=True)
    for data in seeds(target):
        (corpus / f"seed-{hashlib.sha1(data, usedforsecurity=False).hexdigest()[:12]}").write_bytes(data[:LONGEST])
    words = state / "words.dict"
    words.write_text(dictionary())
    limits = [
        f"-atheris_runs={inputs}",
        f"-max_len={LONGEST}",
        f"-timeout={SLOWEST}",
        "-rss_limit_mb=2048",
        f"-report_slow_units={SLOWEST}",
    ]
    where = [f"-dict={words}", f"-artifact_prefix={crashes}/", str(corpus)]
    command = [sys.executable, CHILD, target, *limits, "-print_final_stats=1", "-verbosity=1", *where]
    log = state / target / "log"
    with log.open("wb") as out:
        ended = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, check=False).returncode
    for crash in (file for file in crashes.iterdir() if not file.name.startswith("slow-unit")):
        kept = REGRESSIONS / target / crash.name
        kept.parent.mkdir(parents=True, exist_ok=True)
        crash.replace(kept)
        (state / target / f"{kept.name}.log").write_bytes(log.read_bytes())
        print(f"found {kept}", flush=True)
    text = log.read_text(errors="replace")
    if ended and not ran(text):
        sys.exit(f"{target} does not start:\n{text}")
    numbers = [int(number) for number in DONE.findall(text)]
    return max(numbers, default=0)


def ran(log: str) -> bool:
    """Whether libFuzzer came so far as to run an input."""
    return "INITED" in log or "Test unit written" in log


def holds(file: Path) -> bool:
    """Whether a target ends well on a file."""
    try:
        TARGETS[file.parent.name](file.read_bytes())
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
        print(f"{file}: {type(error).__name__}: {error}")
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
