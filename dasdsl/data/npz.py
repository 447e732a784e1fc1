"""Reads an `.npz` file with x_train, y_train, x_test and y_test. The file is not trusted."""

import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.lib import format as npy
from numpy.typing import NDArray
from torch import Tensor

from dasdsl.data.checks import assemble
from dasdsl.data.options import DataOptions
from dasdsl.data.problems import MISSING_PART, NOT_NUMBERS, OBJECTS, TOO_LARGE, UNREADABLE, did_you_mean, opening
from dasdsl.data.sets import Data, Split

ARRAYS = ("x_train", "y_train", "x_test", "y_test")
MAX_BYTES = 8 * 2**30
MAX_RATIO = 1100
"""Deflate can't do better than about 1,032 to 1, so a file that claims more lies about its size."""
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    tokenize.TokenError,
    ArithmeticError,
    EOFError,
    LookupError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
"""What zipfile and numpy raise for damaged, encrypted or unknown contents, beside OSError."""


def read_npz(path: Path, name: str, options: DataOptions) -> Data:
    """The data set of a file.

    Raises: DasError for a file that is damaged, lacks an array, or holds what is not plain numbers.
    """
    with opening(path):
        try:
            with zipfile.ZipFile(path) as archive:
                arrays = {array: _read(archive, array, path) for array in ARRAYS}
        except BROKEN as error:
            raise UNREADABLE.error(
                f"not a whole .npz file: {str(error).lower() or type(error).__name__}",
                help="write it again with numpy.savez",
                path=str(path),
            ) from error
        except MemoryError as error:
            raise TOO_LARGE.error(
                "the arrays don't fit into memory", help="store fewer samples, or uint8", path=str(path)
            ) from error
    return assemble(
        name,
        Split(arrays["x_train"], arrays["y_train"]),
        Split(arrays["x_test"], arrays["y_test"]),
        options,
        path=str(path),
    )


def _read(archive: zipfile.ZipFile, array: str, path: Path) -> Tensor:
    held = archive.namelist()
    if f"{array}.npy" not in held:
        names = [Path(entry).stem for entry in held]
        listed = ", ".join(names[:10]) or "nothing"
        raise MISSING_PART.error(
            f"no array `{array}`",
            help=f"{did_you_mean(array, names)}the file needs {', '.join(ARRAYS)}; it holds {listed}",
            path=str(path),
        )
    entry = archive.getinfo(f"{array}.npy")
    with archive.open(entry) as file:
        shape, _, dtype = _header(file)
        _check_claim(array, shape, dtype, entry.file_size - file.tell(), entry, path)
    with archive.open(entry) as file:
        return _numbers(npy.read_array(file, allow_pickle=False), array, path)


def _header(file: Any) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:  # noqa: ANN401 - zipfile's stream has no common type
    """The shape, order and type that an array claims, without any of its values."""
    version = npy.read_magic(file)
    if version == (1, 0):
        return npy.read_array_header_1_0(file)
    if version == (2, 0):
        return npy.read_array_header_2_0(file)
    raise ValueError(f"version {version[0]}.{version[1]} of the npy format")


def _check_claim(
    array: str, shape: tuple[int, ...], dtype: np.dtype[Any], held: int, entry: zipfile.ZipInfo, path: Path
) -> None:
    if dtype.hasobject:
        raise OBJECTS.error(
            f"`{array}` holds Python objects, which are not read", help="store an array of numbers", path=str(path)
        )
    if dtype.kind not in "buif":
        raise NOT_NUMBERS.error(f"`{array}` is of type {dtype}", help="store integers or real numbers", path=str(path))
    claimed = dtype.itemsize
    for side in shape:
        claimed *= side
    if claimed > held or entry.file_size > MAX_RATIO * (entry.compress_size + 1):
        raise TOO_LARGE.error(
            f"`{array}` claims {claimed:,} bytes, more than the file holds",
            help="the file is damaged or not made in good faith; write it again",
            path=str(path),
        )
    if claimed > MAX_BYTES:
        raise TOO_LARGE.error(
            f"`{array}` has {claimed:,} bytes, more than {MAX_BYTES:,}",
            help="store fewer samples, or uint8",
            path=str(path),
        )


def _numbers(values: NDArray[Any], array: str, path: Path) -> Tensor:
    """The values as a tensor of a type that torch computes with."""
    if values.dtype.kind == "f":
        return torch.from_numpy(
            np.ascontiguousarray(values, dtype=np.float64 if values.dtype.itemsize > 4 else np.float32)
        )
    if values.dtype == np.uint8:
        return torch.from_numpy(np.ascontiguousarray(values))
    whole = values.astype(np.int64)
    if values.dtype.kind == "u" and bool((whole < 0).any()):
        raise NOT_NUMBERS.error(f"`{array}` has values above 2^63", help="store smaller integers", path=str(path))
    return torch.from_numpy(whole)
