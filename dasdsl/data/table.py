"""Reads a CSV file of image paths and targets, with one or more cameras a row."""

import csv
from collections.abc import Sequence
from pathlib import Path, PureWindowsPath

import torch
from torch import Tensor

from dasdsl.data.checks import assemble
from dasdsl.data.images import SUFFIXES, decode_all
from dasdsl.data.options import DataOptions
from dasdsl.data.problems import (
    BAD_OPTION,
    EMPTY,
    LENGTHS,
    MISSING_PART,
    NO_SPLIT,
    NOT_NUMBERS,
    UNREADABLE,
    did_you_mean,
    opening,
)
from dasdsl.data.sets import Data, Split
from dasdsl.frozen import frozen

DRIVING_COLUMNS = ("center", "left", "right", "steering", "throttle", "brake", "speed")
DRIVING = DataOptions(
    task="regression",
    cameras=(("center", 0.0), ("left", 0.2), ("right", -0.2)),
    target=("steering",),
    crop=(60, 135),
    block=50,
    every=5,
)
"""How the driving log of the Udacity simulator is read: a side camera sees the road as if the car stood askew."""


@frozen(slots=True)
class Table:
    """A CSV file: the names of its columns, and its rows with the line where each ends."""

    path: Path
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    def column(self, name: str) -> tuple[str, ...]:
        """The cells of a column, by its name.

        Raises: DasError D205 where there is none.
        """
        if name not in self.columns:
            known = ", ".join(self.columns[:20])
            raise MISSING_PART.error(
                f"no column `{name}`",
                help=f"{did_you_mean(name, self.columns)}the columns are {known}",
                path=str(self.path),
                line=1,
            )
        place = self.columns.index(name)
        return tuple(row[place] for row in self.rows)


def read_table(path: Path, name: str, options: DataOptions, input_shape: tuple[int, ...] | None) -> Data:
    """The data set of a CSV file; a driving log of the Udacity simulator is known by its columns.

    Every camera of a row is a sample. With `block`, every n-th block of consecutive rows is test; otherwise whole rows
    are drawn. Raises: DasError for a missing column, a bad cell (with its line), or an image that can't be decoded.
    """
    table = _table(path)
    if set(DRIVING_COLUMNS) <= set(table.columns):
        options = options.over(DRIVING)
    cameras = options.cameras or ((table.columns[0], 0.0),)
    y, classes = _targets(table, options, cameras)
    files = [[_image_path(cell, path.parent) for cell in table.column(camera)] for camera, _ in cameras]
    images = decode_all([file for row in zip(*files, strict=True) for file in row], input_shape, options.crop)
    groups = torch.arange(len(table.rows)) // (options.block or 1)
    whole = Split(images, y, groups.repeat_interleave(len(cameras)))
    if options.block is None:
        return assemble(name, whole, None, options, classes=classes, path=str(path))
    train, test = _by_blocks(whole, groups.repeat_interleave(len(cameras)), options.every, path)
    return assemble(name, train, test, options, classes=classes, path=str(path))


def _table(path: Path) -> Table:
    with opening(path):
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.reader(file, strict=True)
                rows = [(reader.line_num, tuple(cell.strip() for cell in row)) for row in reader if row]
        except (csv.Error, UnicodeDecodeError) as error:
            raise UNREADABLE.error(f"not a CSV file: {error}", help="write it as UTF-8 text", path=str(path)) from error
    if rows and _is_driving_row(rows[0][1]):
        rows.insert(0, (0, DRIVING_COLUMNS))
    if len(rows) < 2:
        raise EMPTY.error("no rows below the names of the columns", help="check how it was made", path=str(path))
    columns = rows.pop(0)[1]
    for line, row in rows:
        if len(row) != len(columns):
            raise LENGTHS.error(
                f"{len(row)} cells in a table of {len(columns)} columns",
                help="mend this row",
                path=str(path),
                line=line,
            )
    return Table(path, columns, tuple(row for _, row in rows), tuple(line for line, _ in rows))


def _is_driving_row(row: Sequence[str]) -> bool:
    """Whether this is a moment of a drive: the simulator writes its log without names of columns."""
    if len(row) != len(DRIVING_COLUMNS) or not all(_is_number(cell) for cell in row[3:]):
        return False
    return all(PureWindowsPath(cell).suffix.lower() in SUFFIXES for cell in row[:3])


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _image_path(cell: str, folder: Path) -> Path:
    """Where the image is: logs often hold the absolute path of the machine that recorded them."""
    path = folder / cell
    if Path(cell).is_absolute() or "\\" in cell:
        moved = folder / "IMG" / PureWindowsPath(cell).name
        return moved if moved.exists() or not path.exists() else path
    return path


def _targets(
    table: Table, options: DataOptions, cameras: Sequence[tuple[str, float]]
) -> tuple[Tensor, tuple[str, ...] | None]:
    """A target for every camera of every row, and the names of the classes where targets are words."""
    names = options.target or (table.columns[-1],)
    columns = [table.column(name) for name in names]
    offsets = torch.tensor([offset for _, offset in cameras], dtype=torch.float64)
    if len(columns) == 1 and options.task != "regression" and not all(_is_number(cell) for cell in columns[0]):
        _check_no_offsets(offsets, table)
        classes = tuple(sorted(set(columns[0])))
        number = {label: index for index, label in enumerate(classes)}
        return torch.tensor([number[cell] for cell in columns[0]]).repeat_interleave(len(cameras)), classes
    values = torch.tensor([_values(column, name, table) for column, name in zip(columns, names, strict=True)])
    if options.task != "regression" and len(columns) == 1 and bool((values == values.round()).all()):
        _check_no_offsets(offsets, table)
        return values[0].to(torch.int64).repeat_interleave(len(cameras)), None
    return (values.T.unsqueeze(1) + offsets.view(1, -1, 1)).flatten(0, 1), None


def _check_no_offsets(offsets: Tensor, table: Table) -> None:
    if bool(offsets.any()):
        raise BAD_OPTION.error(
            "`cameras` adds to targets that are classes",
            help="leave the numbers out, or set `task: regression`",
            path=str(table.path),
        )


def _values(column: Sequence[str], name: str, table: Table) -> list[float]:
    for cell, line in zip(column, table.lines, strict=True):
        if not _is_number(cell):
            raise NOT_NUMBERS.error(
                f"`{cell[:40]}` in column `{name}` is not a number",
                help="mend this row",
                path=str(table.path),
                line=line,
            )
    return [float(cell) for cell in column]


def _by_blocks(whole: Split, blocks: Tensor, every: int, path: Path) -> tuple[Split, Split]:
    """Every n-th block as test data, the last of each n: blocks 4, 9, 14, … of every 5."""
    test = blocks % every == every - 1
    if not bool(test.any()):
        raise NO_SPLIT.error(
            f"{int(blocks.max()) + 1} blocks leave no test data when every {every}th is test",
            help="make `block` or `every` smaller",
            path=str(path),
        )
    return whole.take(~test), whole.take(test)
