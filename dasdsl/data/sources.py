"""Finds out what a source of data is, and has it read."""

from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias

from torch.utils.data import Dataset

from dasdsl.data.datasets import read_datasets
from dasdsl.data.folder import read_folder
from dasdsl.data.names import shipped
from dasdsl.data.npz import read_npz
from dasdsl.data.options import DataOptions
from dasdsl.data.problems import MISSING, UNKNOWN_FORMAT, UNKNOWN_NAME, did_you_mean, opening
from dasdsl.data.sets import Data, Split
from dasdsl.data.table import read_table
from dasdsl.files import meant

Source: TypeAlias = str | PathLike[str] | Dataset[Any] | tuple[Dataset[Any], Dataset[Any]] | Data


def load(source: Source, *, options: DataOptions | None = None, input_shape: tuple[int, ...] | None = None) -> Data:
    """A data set by shipped name or path, or from Python objects.

    Images are resized to `input_shape`; (N, H, W) inputs get the channel that an input of 1xHxW asks for. Whether
    the data fits a space is for `check_fits` to say. A shipped name wins over a file of that name, written `./name`.
    Raises: DasError with a code D2xx.
    """
    options = options or DataOptions()
    match source:
        case Data():
            data = source
        case (train, test):
            data = read_datasets(train, test, options)
        case Dataset():
            data = read_datasets(source, None, options)
        case str() if source in shipped():
            data = read_npz(shipped()[source], source, options)
        case _:
            data = _from_path(source, options, input_shape)
    return _with_channel(data, input_shape)


def _from_path(source: str | PathLike[str], options: DataOptions, input_shape: tuple[int, ...] | None) -> Data:
    path = Path(source).expanduser()
    with opening(path):
        if not path.exists():
            raise _missing(str(source))
        is_folder = path.is_dir()
        log = path / "driving_log.csv"
        if is_folder and log.is_file():
            return read_table(log, path.resolve().name, options, input_shape)
    if is_folder:
        return read_folder(path, path.resolve().name, options, input_shape)
    match path.suffix.lower():
        case ".npz":
            return read_npz(path, path.stem, options)
        case ".csv":
            return read_table(path, path.stem, options, input_shape)
        case suffix:
            raise UNKNOWN_FORMAT.error(
                f"a file of the kind `{suffix or path.name}` is not known as data",
                help="give an .npz or .csv file, a folder of class folders of images, or a shipped name: "
                f"{', '.join(shipped())}",
                path=str(path),
            )


def _missing(source: str) -> Exception:
    if Path(source).name == source and not Path(source).suffix:
        names = ", ".join(f"`{name}`" for name in shipped())
        return UNKNOWN_NAME.error(
            f"no data set is called `{source}`, and there is no such file or folder",
            help=f"{did_you_mean(source, shipped())}the data sets that ship with dasdsl: {names}",
        )
    return MISSING.error("no such file or folder", help=meant(source), path=source)


def _with_channel(data: Data, input_shape: tuple[int, ...] | None) -> Data:
    """Images stored as (N, H, W) with the one channel that the space's input has."""
    if input_shape is None or input_shape[:1] != (1,) or input_shape[1:] != data.input_shape or len(input_shape) < 2:
        return data
    train, test = (Split(split.x.unsqueeze(1), split.y, split.groups) for split in (data.train, data.test))
    return replace(data, train=train, test=test, scale=data.scale.measured(train.x))
