"""One round of one target: `child.py TARGET` and libFuzzer's arguments. `run.py` starts it."""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parent.parent))

with atheris.instrument_imports(include=["dasdsl"]):
    from dasdsl.ir.cataloguing import catalogue
    from fuzz.targets import TARGETS

    # what is loaded late is to be instrumented too
    catalogue()


if __name__ == "__main__":
    atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[sys.argv[1]])
    atheris.Fuzz()
