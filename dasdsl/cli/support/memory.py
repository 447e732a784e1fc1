"""How a process that trains keeps its memory."""

from __future__ import annotations

import ctypes
import os

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""Numbers of `mallopt(3)`."""
LARGE = 1 << 30
OWN = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES")


def keep_freed() -> bool:
    """Let the C library keep what is freed, for the next step to use; whether it could be told.

    Every step of a training frees and takes the same large tensors. glibc hands them back to the kernel meanwhile, so
    that each page is made anew and cleared: a fifth of the time of a step (`benchmarks/overhead.py`). A process holds
    no more at most, since it held as much in every step. Other C libraries have no such setting, and who has set
    glibc's in the environment has chosen already.
    """
    if any(name in os.environ for name in OWN):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        # no C library of that kind; Windows has no handle to the process itself
        return False
    return all(mallopt(number, LARGE) == 1 for number in (TRIM_THRESHOLD, MMAP_THRESHOLD))
