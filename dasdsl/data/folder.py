"""Reads a folder of class folders of images, with or without `train/` and `test/` above them."""

from pathlib import Path

import torch

from dasdsl.data.checks import assemble
from dasdsl.data.images import SUFFIXES, decode_all
from dasdsl.data.options import DataOptions
from dasdsl.data.problems import EMPTY, GAPS, UNKNOWN_FORMAT, opening
from dasdsl.data.sets import Data, Split
from dasdsl.frozen import frozen


@frozen(slots=True)
class Listing:
    """The image files of a folder of class folders, and the class of each by name."""

    files: tuple[Path, ...]
    labels: tuple[str, ...]

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes in alphabetical order, which numbers them."""
        return tuple(sorted(set(self.labels)))


def read_folder(folder: Path, name: str, options: DataOptions, input_shape: tuple[int, ...] | None) -> Data:
    """The data set of a folder; the names of the class folders are the classes, numbered alphabetically.

    Raises: DasError for a folder without class folders, a class without images, or an image that can't be decoded.
    """
    with opening(folder):
        parts = [folder / "train", folder / "test"]
        listings = [_listing(part) for part in (parts if all(part.is_dir() for part in parts) else [folder])]
    classes = listings[0].classes
    _check_known(listings[-1], classes, folder)
    files = [file for listing in listings for file in listing.files]
    images = decode_all(files, input_shape, options.crop)
    number = {label: index for index, label in enumerate(classes)}
    labels = torch.tensor([number[label] for listing in listings for label in listing.labels])
    first = len(listings[0].files)
    train = Split(images[:first], labels[:first])
    test = Split(images[first:], labels[first:]) if len(listings) > 1 else None
    return assemble(name, train, test, options, classes=classes, path=str(folder))


def _listing(folder: Path) -> Listing:
    classes = sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    if not classes:
        raise UNKNOWN_FORMAT.error(
            "no class folders in it",
            help="put the images of each class into a folder of its own, or give the CSV file of a driving log",
            path=str(folder),
        )
    files: list[Path] = []
    labels: list[str] = []
    for entry in classes:
        images = sorted(file for file in entry.iterdir() if file.suffix.lower() in SUFFIXES)
        if not images:
            raise EMPTY.error(
                "no images in this class folder", help="add images to it, or remove the folder", path=str(entry)
            )
        files += images
        labels += [entry.name] * len(images)
    return Listing(tuple(files), tuple(labels))


def _check_known(test: Listing, classes: tuple[str, ...], folder: Path) -> None:
    unknown = [label for label in test.classes if label not in classes]
    if unknown:
        raise GAPS.error(
            f"`test/` has the class {unknown[0]}, which `train/` has not",
            help="use the same class folders in both",
            path=str(folder),
        )
