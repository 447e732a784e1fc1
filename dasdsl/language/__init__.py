"""The language: from text to a `Space` and back, with every problem at its place. Never loads torch or networkx."""

from dasdsl.language.formatting import format  # noqa: A004 - the name of the contract: dasdsl.format
from dasdsl.language.header.model import Found, Header, Search
from dasdsl.language.header.model import Source as DataSource
from dasdsl.language.printer import print_space
from dasdsl.language.reading import examine, load, loads, read_text
from dasdsl.language.reports import diagnose, render
from dasdsl.language.resolve import resolve
from dasdsl.language.space import Comments, Source, Space, Statement

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
