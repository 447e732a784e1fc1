"""The templates of the pages: what is put into them is escaped."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from dasdsl.report.texts import printable

if TYPE_CHECKING:
    from jinja2 import Template

FOLDER = Path(__file__).with_name("templates")


@cache
def template(name: str) -> Template:
    """A template by the name of its file; a name that it is not given is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(FOLDER)
    environment = Environment(
        loader=loader,
        autoescape=True,
        finalize=_printable,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def _printable(value: object) -> object:
    """Texts as they can be shown; what is markup already is drawn of such."""
    return printable(value, "\n") if type(value) is str else value
