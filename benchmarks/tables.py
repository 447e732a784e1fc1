"""What the benchmarks share: a table in Markdown, medians, and a line about the machine."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Rows as a Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def spread(values: Sequence[float], digits: int = 3) -> str:
    """`median (min–max)`."""
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def machine() -> str:
    """Cores, Python and torch."""
    try:
        import torch

        versions = f"torch {torch.__version__}, {torch.get_num_threads()} threads"
    except ImportError:
        versions = "no torch"
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {versions}"
