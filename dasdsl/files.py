"""Writes files so that a reader finds the old one or the new one, never half of one."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Generator
from contextlib import contextmanager, suppress
from itertools import islice
from os import PathLike, fspath
from pathlib import Path

MOST = 1000
"""Files of a folder whose names are compared with one that is not there."""
LONGEST = 80
"""A name that is longer is not compared: that takes time as the square of it."""


def write_atomically(path: str | PathLike[str], content: bytes | str) -> None:
    """Write a file: a temporary one in the same folder, flushed to disk, then put in the place of the old.

    Text is written as UTF-8. The mode of a file that is there is kept, and a link goes on pointing where it did.
    Raises: OSError, which names the file; it is then as it was before.
    """
    with named(path):
        _write(path, content)


def append_line(path: str | PathLike[str], line: str) -> None:
    """Add a line to a file.

    Raises: OSError, which names the file.
    """
    with named(path), Path(path).open("a", encoding="utf-8") as file:
        file.write(line + "\n")


@contextmanager
def named(path: str | PathLike[str]) -> Generator[None]:
    """Whatever goes wrong in here, goes wrong with this file: a full disk does not say where it is full."""
    try:
        yield
    except OSError as error:
        error.filename, error.filename2 = fspath(path), None
        raise


def _write(path: str | PathLike[str], content: bytes | str) -> None:
    target = Path(path).resolve()
    data = content.encode("utf-8") if isinstance(content, str) else content
    mode = _mode(target)
    temporary = target.with_name(f".{target.name[:200]}.{secrets.token_hex(6)}")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    _sync_folder(target.parent)


def meant(path: str | PathLike[str]) -> str:
    """A help line for a path that is not there: the file or folder beside it whose name is nearest, if one is near."""
    from difflib import get_close_matches

    wanted = Path(path)
    try:
        with os.scandir(wanted.parent) as entries:
            names = [entry.name for entry in islice(entries, MOST)]
    except FileNotFoundError:
        return f"there is no folder `{wanted.parent}`"
    except (OSError, ValueError):
        # no folder, none that may be read, or no path at all: it has a null byte
        return "check the path"
    near = get_close_matches(wanted.name, names, n=1, cutoff=0.7) if len(wanted.name) <= LONGEST else []
    return f"did you mean `{wanted.with_name(near[0])}`?" if near and near[0] != wanted.name else "check the path"


def _mode(target: Path) -> int | None:
    """The rights of the file that is there: replacing would ignore that it may not be written, so that is asked."""
    try:
        mode = stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        return None
    if not os.access(target, os.W_OK):
        raise PermissionError(13, os.strerror(13), str(target))
    return mode


def _sync_folder(folder: Path) -> None:
    """Flush the folder's entry as well; some file systems cannot, and then there is nothing more to do."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
