"""Everything that can be wrong with data: a code for each kind, what it means, and one way to say it."""

import difflib
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from os import PathLike, fspath

from dasdsl.diagnostics import Kind
from dasdsl.files import meant

MISSING = Kind("D201", "no such file or folder", "The path given as data does not exist.")
UNKNOWN_NAME = Kind(
    "D202",
    "no data set of this name",
    "A bare word names a data set that ships with dasdsl. A file or folder of that name is written `./name`.",
)
UNREADABLE = Kind(
    "D203", "a file can't be read", "The file is truncated, damaged, encrypted, or not readable for this user."
)
UNKNOWN_FORMAT = Kind(
    "D204",
    "not a form of data that is known",
    "Data is an .npz file, a .csv file of image paths and targets, a folder of class folders of images, a folder "
    "with a driving_log.csv, a shipped name, or from Python a torch Dataset.",
)
MISSING_PART = Kind(
    "D205",
    "an array or a column is missing",
    "An .npz file needs x_train, y_train, x_test and y_test; a CSV file needs the columns that the options name.",
)
OBJECTS = Kind(
    "D206",
    "an array holds Python objects",
    "Reading such an array would run code from the file, so it is refused. Store plain numbers.",
)
TOO_LARGE = Kind(
    "D207",
    "data is larger than allowed",
    "The file claims more data than it holds, or more than can be read into memory.",
)
NOT_NUMBERS = Kind(
    "D208", "values are not numbers of a usable kind", "Inputs and targets are integers or real numbers."
)
LENGTHS = Kind(
    "D209", "parts do not fit together", "Each input has one target, and training and test data have the same shape."
)
EMPTY = Kind("D210", "the data is empty", "There is no sample on one side of the split.")
BAD_IMAGE = Kind(
    "D211",
    "an image can't be decoded",
    "The file is damaged, missing, too large, or not an 8-bit image of a known format.",
)
NOT_FINITE = Kind(
    "D212", "NaN or infinite values", "Training on such a value makes every weight NaN at the first step."
)
BAD_LABELS = Kind("D213", "labels are not class numbers", "Labels of n classes are the integers 0 to n-1.")
GAPS = Kind(
    "D214",
    "a class without training samples",
    "The classes of the test data, and all numbers below the largest label, must appear in the training data.",
)
WRONG_SHAPE = Kind(
    "D215",
    "the data does not have the shape of the space's input",
    "The header's `input:` is the shape of one sample: channels first, without the batch.",
)
WRONG_OUTPUTS = Kind(
    "D216",
    "the network's outputs do not fit the targets",
    "The last layer gives at least one value a class, or exactly one a target.",
)
NO_PILLOW = Kind(
    "D217", "reading images needs Pillow", "Image files are decoded by Pillow, which is an optional extra."
)
BAD_OPTION = Kind(
    "D218", "an option of the data does not fit", "An option is unknown, malformed, or does not fit the data."
)
NO_SPLIT = Kind("D219", "the data can't be split", "A split keeps groups whole and leaves samples on both sides.")
BAD_SAMPLE = Kind(
    "D220", "a Dataset's sample is not an input and a target", "Each item of a torch Dataset is a pair (input, target)."
)

KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        MISSING,
        UNKNOWN_NAME,
        UNREADABLE,
        UNKNOWN_FORMAT,
        MISSING_PART,
        OBJECTS,
        TOO_LARGE,
        NOT_NUMBERS,
        LENGTHS,
        EMPTY,
        BAD_IMAGE,
        NOT_FINITE,
        BAD_LABELS,
        GAPS,
        WRONG_SHAPE,
        WRONG_OUTPUTS,
        NO_PILLOW,
        BAD_OPTION,
        NO_SPLIT,
        BAD_SAMPLE,
    )
}


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`did you mean …? ` where a known word is near, otherwise nothing."""
    near = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`? " if near else ""


@contextmanager
def opening(path: str | PathLike[str]) -> Generator[None]:
    """Turns what the operating system says about a file into a diagnostic."""
    try:
        yield
    except FileNotFoundError as error:
        raise MISSING.error("no such file or folder", help=meant(path), path=fspath(path)) from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UNREADABLE.error(
            f"can't be read: {reason}", help="check the file and its rights", path=fspath(path)
        ) from error
