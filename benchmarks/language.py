"""Time of reading, printing, checking and building against the length of a file; CPU seconds, for a shared machine.

python benchmarks/language.py [--longest 20000]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

from tables import machine, table

import dasdsl
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.examining import examined

HEAD = "---\ndas: 1\nspace: long\ninput: 3x32x32\n---\nconv filters 3x3 channels<=16\n"
UNIT = "conv filters <1..3>x<1..3> channels<=16\nnorm batch\nrelu\n"
BRANCHES = (
    "residual:\n    conv filters 3x3 channels<=16\n    relu\n"
    "choose:\n    path: conv filters 1x1 channels<=16\n    path: conv filters 3x3 channels<=16\n    path: identity\n"
    "cell(<1|3>)\n"
)
BLOCK = "block cell(k):\n    conv filters k x k channels<=16\n    relu\n"
LENGTHS = (10, 100, 1_000, 10_000, 20_000)


def chain(length: int) -> str:
    """A plain chain of so many statements."""
    return HEAD + UNIT * (length // 3)


def branched(length: int) -> str:
    """Residuals, choices and the use of a block, of so many statements as written."""
    head, _, first = HEAD.rpartition("conv")
    return f"{head}{BLOCK}conv{first}" + BRANCHES * max(1, length // 11)


def timed(work: Callable[[], object]) -> float:
    """CPU seconds: the least of three, or one where it takes long."""
    times: list[float] = []
    while len(times) < 3 and sum(times) < 2:
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--longest", type=int, default=LENGTHS[-1])
    longest = parser.parse_args().longest
    rows: list[tuple[str, ...]] = []
    for name, make in (("chain", chain), ("blocks and branches", branched)):
        for length in (length for length in LENGTHS if length <= longest):
            text = make(length)
            space = dasdsl.loads(text)
            seconds = [
                timed(lambda text=text: dasdsl.loads(text)),
                timed(lambda space=space: str(space)),
                timed(lambda space=space: elaborate(space)),
                timed(lambda text=text: examined(text, "a.das")),
                timed(lambda space=space: dasdsl.build(space)),
            ]
            cells = (f"{taken:.3f} s, {1e6 * taken / length:.0f} µs" for taken in seconds)
            rows.append((name, f"{length:,}", *cells))
    print(f"{machine()}; CPU seconds, and microseconds a statement\n")
    print(table(("space", "statements", "read", "print", "elaborate", "check", "build"), rows))


if __name__ == "__main__":
    main()
