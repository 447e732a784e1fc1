"""The language: from text to a `Space` and back, with every problem at its place. Never loads torch or networkx."""

from typing import TYPE_CHECKING

from dasdsl.language.formatting import format  # noqa: A004 - the name of the contract: dasdsl.format
from dasdsl.language.header.model import Header
from dasdsl.language.header.model import Source as DataSource
from dasdsl.language.printer import print_space
from dasdsl.language.reading import examine, load, loads, read_text
from dasdsl.language.reports import diagnose, render
from dasdsl.language.resolve import resolve
from dasdsl.language.space import Comments, Source, Space, Statement

if TYPE_CHECKING:
    from dasdsl.language.header.parts import Found, Search

__all__ = [
    "Comments",
    "DataSource",
    "Found",
    "Header",
    "Search",
    "Source",
    "Space",
    "Statement",
    "diagnose",
    "examine",
    "format",
    "load",
    "loads",
    "print_space",
    "read_text",
    "render",
    "resolve",
]


def __getattr__(name: str) -> object:
    """What pydantic types is loaded with pydantic, where it is used."""
    if name not in ("Found", "Search"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from dasdsl.language.header import parts

    return getattr(parts, name)
