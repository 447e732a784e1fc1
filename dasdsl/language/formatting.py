"""`fmt`: the canonical text of a file."""

from __future__ import annotations

from dasdsl.language.printer import print_space
from dasdsl.language.reading import loads


def format(text: str, path: str = "<text>") -> str:  # noqa: A001 - the name of the contract: dasdsl.format
    """The text in canonical form, its comments and the header's text as they were.

    Raises: DasError, with all diagnostics, where the text has errors.
    """
    return print_space(loads(text, path))
