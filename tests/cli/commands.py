"""Runs commands as a person does, and the texts that they are run on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HEAD = "---\ndas: 1\nspace: a\ninput: 4x8x8\n---\n"
GOOD = HEAD + "conv filters <1..3>x3 channels<=8\nrelu\nflatten\nlinear channels 2\n"
BAD = HEAD + "conv filters <1..3> channels<=8\nrleu\nflatten\nlinear channels 2\n"


def dasdsl(
    *arguments: str, text: str = "", cwd: Path | None = None, code: str = ""
) -> subprocess.CompletedProcess[str]:
    """A fresh process; `code` is run in it after the command."""
    start = f"import sys\nfrom dasdsl.cli import main\ncode = main({list(arguments)!r})\n{code}\nsys.exit(code)"
    return subprocess.run(
        [sys.executable, "-c", start], input=text, capture_output=True, text=True, cwd=cwd, check=False
    )
