"""What a machine has too little of, or does not allow, as errors that say what to do about it."""

from __future__ import annotations

import errno
import re
from collections.abc import Generator
from contextlib import contextmanager

import torch

from dasdsl.search.problems import disk_full, not_allowed, out_of_memory

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.EIO}
MEMORY = re.compile(
    r"out of memory|not enough memory|can't allocate memory|bad_alloc|failed to allocate", re.IGNORECASE
)
ASKED = re.compile(r"tried to allocate ([\d.]+ ?\w+)", re.IGNORECASE)


@contextmanager
def shortages() -> Generator[None]:
    """While this lasts, too little memory, a full disk and a folder that cannot be written are errors with a code.

    Raises: DasError E520, E521 and E522 for them.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError | torch.OutOfMemoryError) and not MEMORY.search(str(error)):
            raise
        asked = ASKED.search(str(error))
        raise out_of_memory(None if asked is None else asked[1]) from error
    except OSError as error:
        path, reason = str(error.filename or ""), (error.strerror or str(error)).lower()
        if error.errno in FULL:
            raise disk_full(path, reason) from error
        if error.errno in REFUSED:
            raise not_allowed(path, reason) from error
        raise
