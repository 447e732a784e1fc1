"""Decodes image files into one uint8 tensor. Needs Pillow, the extra `images`."""

import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from dasdsl.data.checks import shape_text
from dasdsl.data.problems import BAD_IMAGE, BAD_OPTION, NO_PILLOW, TOO_LARGE, WRONG_SHAPE
from dasdsl.diagnostics import DasError, Diagnostic
from dasdsl.files import meant
from dasdsl.frozen import frozen

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
"""Formats that are decoded in this process; others would hand the file to programs of the system."""
SUFFIXES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"})
MODES = {1: "L", 3: "RGB", 4: "RGBA"}
MAX_BYTES = 8 * 2**30
THREADS = 2
SHOWN = 10
"""How many broken images are reported; the rest usually has the same cause."""


@frozen(slots=True)
class Frame:
    """What every image becomes: rows `crop` of it, stretched to `height` x `width`, in grey, RGB or RGBA."""

    channels: int
    height: int
    width: int
    crop: tuple[int, int] | None = None


def decode_all(paths: Sequence[Path], input_shape: tuple[int, ...] | None, crop: tuple[int, int] | None) -> Tensor:
    """The images as (N, *input_shape) uint8; without a shape the first image gives it.

    Raises: DasError with a diagnostic for each of the first images that can't be decoded.
    """
    _need_pillow()
    with warnings.catch_warnings():
        # Pillow only warns of an image whose few bytes unpack to gigabytes; here it is an error.
        warnings.filterwarnings("error", message=".*decompression bomb.*")
        return _decoded(paths, _frame(paths, input_shape, crop))


def _decoded(paths: Sequence[Path], frame: Frame) -> Tensor:
    shape = (len(paths), frame.channels, frame.height, frame.width)
    if (size := shape[0] * shape[1] * shape[2] * shape[3]) > MAX_BYTES:
        raise TOO_LARGE.error(
            f"{len(paths)} images of {shape_text(shape[1:])} are {size:,} bytes", help="use fewer images"
        )
    images = torch.empty(shape, dtype=torch.uint8)

    def fill(index: int) -> Diagnostic | None:
        try:
            images[index] = _decode(paths[index], frame)
        except DasError as error:
            return error.diagnostics[0]
        return None

    with ThreadPoolExecutor(THREADS) as pool:
        problems = [problem for problem in pool.map(fill, range(len(paths))) if problem is not None]
    if problems:
        raise DasError(problems[:SHOWN])
    return images


def _need_pillow() -> None:
    if find_spec("PIL") is None:
        raise NO_PILLOW.error(
            "reading images needs Pillow, which is not installed", help="pip install 'dasdsl[images]'"
        )


def _frame(paths: Sequence[Path], input_shape: tuple[int, ...] | None, crop: tuple[int, int] | None) -> Frame:
    if input_shape is None:
        with _opened(paths[0]) as image:
            channels = 1 if image.mode in ("1", "L") else 4 if image.mode in ("LA", "PA", "RGBA") else 3
            height = crop[1] - crop[0] if crop else image.height
            return Frame(channels, height, image.width, crop)
    if len(input_shape) != 3 or input_shape[0] not in MODES:
        raise WRONG_SHAPE.error(
            f"images can't be read as {shape_text(input_shape)}",
            help="give the space an input of 1, 3 or 4 channels (grey, RGB, RGBA), height and width: `input: 3x66x200`",
        )
    channels, height, width = input_shape
    return Frame(channels, height, width, crop)


def _decode(path: Path, frame: Frame) -> Tensor:
    """One image as (C, H, W)."""
    with _opened(path) as image:
        if image.mode[0] in "IF":
            raise BAD_IMAGE.error(
                f"an image of mode {image.mode} has more than 8 bits a channel",
                help="convert it to 8 bits",
                path=str(path),
            )
        top, bottom = frame.crop or (0, image.height)
        if bottom > image.height:
            raise BAD_OPTION.error(
                f"rows {top}..{bottom} can't be cropped from an image of {image.height} rows",
                help="let `crop` end at the last row at most",
                path=str(path),
            )
        pixels = _pixels(image, path, frame, (0, top, image.width, bottom))
    return torch.from_numpy(pixels.reshape(frame.height, frame.width, frame.channels)).permute(2, 0, 1)


def _pixels(image: "Image.Image", path: Path, frame: Frame, box: tuple[int, int, int, int]) -> np.ndarray:
    from PIL import Image

    try:
        whole = image.convert(MODES[frame.channels])
        sized = whole.resize((frame.width, frame.height), Image.Resampling.BILINEAR, box=box)
    except Exception as error:
        raise _undecodable(path, error) from error
    return np.array(sized)


def _opened(path: Path) -> "Image.Image":
    from PIL import Image

    try:
        return Image.open(path, formats=FORMATS)
    except FileNotFoundError as error:
        raise BAD_IMAGE.error("no such image file", help=meant(path), path=str(path)) from error
    except Exception as error:
        raise _undecodable(path, error) from error


def _undecodable(path: Path, error: Exception) -> DasError:
    from PIL import UnidentifiedImageError

    said = "not an image of a known format" if isinstance(error, UnidentifiedImageError) else str(error).rstrip(".")
    return BAD_IMAGE.error(
        f"the image can't be decoded: {said or type(error).__name__}",
        help="replace or remove this file",
        path=str(path),
    )
