"""Fuzzing of everything that reads untrusted text; what is found becomes a file in `fuzz/regressions`.

pip install -c constraints.txt -e '.[fuzz]'
python fuzz/run.py --inputs 1000000                guided by coverage, all targets in turn; run it again to go on
python fuzz/run.py --inputs 1000 --target body     one target
python fuzz/run.py --inputs 10000000 --plain       mutations without instrumentation, ten times as many a second

Corpora and counts, by mode and target, stand in `--state` (build/fuzz); 1 is the exit code where something was found.
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

from fuzz.plain import SLOWEST, Slot, keep
from fuzz.seeds import dictionary, seeds
from fuzz.targets import LONGEST, TARGETS

HERE = Path(__file__).parent
REGRESSIONS = HERE / "regressions"
ROUNDS = {"guided": 5_000, "plain": 50_000}
"""Inputs of a target before the next has its turn."""
DONE = re.compile(r"(?:Done |#)(\d+)")


def main() -> int:
    """Fuzz until there were so many inputs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=100_000, help="inputs in this mode, earlier runs included")
    parser.add_argument("--target", choices=tuple(TARGETS), action="append", help="only this one (repeatable)")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop then, at the end of a round")
    parser.add_argument("--state", type=Path, default=Path("build/fuzz"))
    parser.add_argument("--plain", action="store_true", help="mutate without instrumentation: fast, and blind")
    options = parser.parse_args()
    mode, targets = "plain" if options.plain else "guided", options.target or list(TARGETS)
    until = time.monotonic() + options.seconds
    modes = counted(options.state)
    counts = modes[mode]
    while (left := options.inputs - sum(counts.values())) > 0 and time.monotonic() < until:
        target = min(targets, key=lambda name: counts.get(name, 0))
        fuzzed = plain if options.plain else guided
        done = fuzzed(target, options.state, min(ROUNDS[mode], left), counts.get(target, 0))
        counts[target] = counts.get(target, 0) + done
        saved(options.state, modes)
        print(f"{time.strftime('%H:%M:%S')} {target}: {done:,} inputs; {sum(counts.values()):,} in all", flush=True)
    found = list(REGRESSIONS.glob("*/*"))
    print(f"{sum(counts.values()):,} inputs, {len(found)} regressions: {json.dumps(counts)}")
    return 1 if any(not holds(file) for file in found) else 0


def counted(state: Path) -> dict[str, dict[str, int]]:
    """The inputs of each mode and target so far."""
    state.mkdir(parents=True, exist_ok=True)
    file = state / "counts.json"
    return {"guided": {}, "plain": {}, **(json.loads(file.read_text()) if file.exists() else {})}


def saved(state: Path, modes: dict[str, dict[str, int]]) -> None:
    """Write the counts, so that a stop at any time leaves them whole."""
    fresh = state / "counts.json.new"
    fresh.write_text(json.dumps(modes, indent=2) + "\n")
    fresh.replace(state / "counts.json")


def plain(target: str, state: Path, inputs: int, first: int) -> int:
    """One round of mutations in a process of its own; returns how many inputs it had."""
    (state / target).mkdir(parents=True, exist_ok=True)
    slot, log = Slot(state / target / "current"), state / target / "log"
    slot.write(0, b"")
    command = [sys.executable, str(HERE / "plain.py"), target, str(state), str(first), str(inputs)]
    with log.open("wb") as out:
        ended = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, check=False).returncode
    done, data = slot.read()
    if ended and not data:
        sys.exit(f"{target} does not start:\n{log.read_text(errors='replace')}")
    if ended:
        keep(state / target / "crashes", "ended", data)
        done += 1
    moved(target, state)
    return done


def guided(target: str, state: Path, inputs: int, first: int) -> int:
    """One round of atheris in a process of its own; returns how many inputs it had. The corpus says where to go on."""
    del first
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
    child = str(HERE / "child.py")
    command = [sys.executable, child, target, *limits, "-print_final_stats=1", "-verbosity=1", *where]
    log = state / target / "log"
    with log.open("wb") as out:
        ended = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, check=False).returncode
    moved(target, state)
    text = log.read_text(errors="replace")
    if ended and not ran(text):
        sys.exit(f"{target} does not start:\n{text}")
    numbers = [int(number) for number in DONE.findall(text)]
    return max(numbers, default=0)


def moved(target: str, state: Path) -> None:
    """What was found becomes a regression, with the log of its round beside the corpora."""
    crashes = (state / target / "crashes").glob("*")
    for crash in (file for file in crashes if not file.name.startswith("slow-unit")):
        kept = REGRESSIONS / target / crash.name
        kept.parent.mkdir(parents=True, exist_ok=True)
        crash.replace(kept)
        (state / target / f"{kept.name}.log").write_bytes((state / target / "log").read_bytes())
        print(f"found {kept}", flush=True)


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
