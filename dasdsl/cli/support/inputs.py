"""What commands read: a `.das` file or a compiled IR, and the data that goes with it."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dasdsl.cli.support.console import read_source
from dasdsl.diagnostics import DasError, Kind

if TYPE_CHECKING:
    from dasdsl.data.options import DataOptions
    from dasdsl.language.space import Space

NOT_ONE_FILE = Kind("E098", "which file is meant", "Without FILE a command takes the only `.das` file in the folder.")
BAD_IR = Kind("E097", "not a compiled space", "A `.json` file given as FILE is what `dasdsl compile -o` writes.")


def the_file(argument: str | None) -> str:
    """The FILE argument, or the only `.das` file in the current folder.

    Raises: DasError E098 where there is none, or more than one.
    """
    if argument is not None:
        return argument
    found = sorted(path.name for path in Path().glob("*.das"))
    if len(found) != 1:
        what = "there is no .das file here" if not found else f"there are {len(found)} .das files here"
        raise NOT_ONE_FILE.error(what, help=f"name one: {', '.join(found[:5]) or 'dasdsl COMMAND FILE.das'}")
    return found[0]


def read_space(argument: str | None) -> Space:
    """The space of a `.das` file, of stdin (`-`), or of a compiled `.json`.

    Raises: DasError with everything that is wrong with it.
    """
    file = the_file(argument)
    if file.endswith(".json"):
        return read_compiled(file)
    path, text = read_source(file)
    return valid_space(text, path)


def read_compiled(file: str) -> Space:
    """The space of a compiled file, which may be larger than a text may be.

    Raises: DasError E097 where it is none, OSError where it cannot be read.
    """
    from dasdsl.language import limits

    with Path(file).open("rb") as opened:
        return compiled_space(opened.read(limits.COMPILED + 1), file)


def compiled_space(data: bytes, file: str) -> Space:
    """The space of what a compiled file holds: its text is read again, nothing else of it is used.

    Raises: DasError E097 where it is no compiled space, or with everything that is wrong with its text.
    """
    from dasdsl.language import limits

    if len(data) > limits.COMPILED:
        what = f"the file has more than {limits.COMPILED:,} bytes"
        raise BAD_IR.error(what, help="compile a smaller space", path=file)
    try:
        compiled = json.loads(data)
        source, origin = compiled["text"], compiled["path"]
    except (ValueError, KeyError, TypeError, RecursionError):
        source = origin = None
    if not isinstance(source, str) or not isinstance(origin, str):
        remedy = "compile one: `dasdsl compile FILE -o IR.json`"
        raise BAD_IR.error("this is no compiled space", help=remedy, path=file)
    return valid_space(source, origin)


def valid_space(text: str, path: str) -> Space:
    """The space of a text.

    Raises: DasError with everything that `dasdsl check` says about it, the network's shapes included.
    """
    from dasdsl.ir.examining import examined
    from dasdsl.language.reading import loads

    try:
        return loads(text, path)
    except DasError as error:
        raise DasError(examined(text, path) or error.diagnostics) from None


def add_data_arguments(parser: ArgumentParser) -> None:
    """`--data` and the options of reading it."""
    group = parser.add_argument_group("data")
    group.add_argument("--data", metavar="D", help="a shipped name (digits), an .npz or .csv file, or a folder")
    group.add_argument("--task", choices=("classification", "regression"), help="what is learnt, where it is not clear")
    group.add_argument(
        "--cameras", metavar="C", help="CSV: image columns and their offsets: center,left=0.2,right=-0.2"
    )
    group.add_argument("--target", metavar="T", help="CSV: the column or columns of targets")
    group.add_argument("--crop", metavar="A..B", help="images: the rows that are kept")
    group.add_argument("--block", type=int, metavar="N", help="CSV: rows that stay together when data is split")
    group.add_argument("--every", type=int, metavar="N", help="CSV: every n-th block is test data")


READING = ("task", "cameras", "target", "crop", "block", "every")
"""Flags that say how data is read."""


def reading_of(options: Namespace) -> dict[str, Any]:
    """Those that were given, as they were given."""
    return {name: value for name in READING if (value := getattr(options, name)) is not None}


def data_of(options: Namespace, space: Space) -> tuple[str, DataOptions]:
    """Where the data is and how it is read: flags first, then the header.

    A path in the header is relative to the file that it stands in.
    Raises: DasError E511 where nothing names any data, D218 where an option does not fit.
    """
    from dasdsl.data.options import DataOptions

    header = space.header.data
    told = DataOptions.of({}) if header is None else DataOptions.of(dict(header.options))
    chosen = DataOptions.of(reading_of(options)).over(told)
    if options.data is not None:
        return options.data, chosen
    if header is None or header.source is None:
        from dasdsl.search.problems import no_data

        raise no_data(space.name)
    return _beside(header.source, space.source.path), chosen


def _beside(source: str, file: str) -> str:
    from dasdsl.data.names import shipped

    if source in shipped() or Path(source).is_absolute():
        return source
    return str(Path(file).parent / source)
