"""The data sets that ship inside the package, each an `.npz` file with its source and licence beside it."""

from pathlib import Path

FOLDER = Path(__file__).parent / "shipped"


def shipped() -> dict[str, Path]:
    """The files of the shipped data sets by name."""
    return {file.stem: file for file in sorted(FOLDER.glob("*.npz"))}
