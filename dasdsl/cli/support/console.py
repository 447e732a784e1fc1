"""Reading sources and showing results: stdout for results, stderr for everything else."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from typing import TextIO

from dasdsl.diagnostics import DasError, Diagnostic

INTERRUPTED = 130
"""The exit code after Ctrl-C."""
STDIN = "<stdin>"
"""What diagnostics call the text that came from stdin."""


def message(text: str) -> None:
    """One line for the person at the terminal."""
    from dasdsl.language.reports import visible

    print("\n".join(visible(line) for line in text.split("\n")), file=sys.stderr)


LONG = 200_000
"""Characters of JSON that nobody reads: indented they take Python several times as long."""


def json_text(facts: object) -> str:
    """Facts for a program; indented where a person may look at them, too."""
    text = json.dumps(facts)
    return json.dumps(facts, indent=2) if len(text) < LONG else text


def print_json(facts: object) -> None:
    """Facts for a program, on stdout."""
    print(json_text(facts))


def colored(stream: TextIO) -> bool:
    """Whether to colour what goes there: only a terminal, and not where NO_COLOR is set (https://no-color.org)."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and stream.isatty()


def read_source(argument: str) -> tuple[str, str]:
    """The name for messages, and the text, of a FILE argument; `-` is stdin.

    Raises: DasError, where it cannot be read.
    """
    if argument == "-":
        return STDIN, stdin_text()
    from dasdsl.language.reading import read_text

    return argument, read_text(argument)


@cache
def stdin_text() -> str:
    """All of stdin, kept since it can be read only once."""
    from dasdsl.language import limits

    data = sys.stdin.buffer.read(4 * limits.FILE + 5)
    return data.decode("utf-8", "surrogateescape")


def report(diagnostics: Iterable[Diagnostic], stream: TextIO) -> None:
    """Show diagnostics, each with its line of the source."""
    from dasdsl.language.reports import render

    found = list(diagnostics)
    paths = {diagnostic.path for diagnostic in found if diagnostic.path is not None and diagnostic.line is not None}
    sources = {path: text for path in paths if (text := source_of(path)) is not None}
    print(render(found, sources, colored(stream)), file=stream)


def source_of(path: str) -> str | None:
    """The text that diagnostics with this path are about, None where it is not ours or gone."""
    if path != STDIN and not path.endswith(".das"):
        return None
    try:
        return read_source("-" if path == STDIN else path)[1]
    except DasError:
        return None


def facts(diagnostic: Diagnostic) -> dict[str, object]:
    """A diagnostic for a program."""
    return asdict(diagnostic)
