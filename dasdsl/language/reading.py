"""From text to a space: all phases, all problems of the file at once."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from os import PathLike, fspath

from dasdsl.diagnostics import DasError, Diagnostic, Kind
from dasdsl.language import limits
from dasdsl.language.binding import Binding
from dasdsl.language.checking import check_whole, checked
from dasdsl.language.collecting import Enough, Problems
from dasdsl.language.header.reading import read_header
from dasdsl.language.layout import Layout
from dasdsl.language.lines import decoded, pages
from dasdsl.language.names import values_of
from dasdsl.language.reports import diagnose
from dasdsl.language.space import Source, Space, Statement
from dasdsl.language.words import opens

UNREADABLE = Kind("E099", "a file cannot be read", "It is not there, is a folder, or this user may not read it.")
"""A file that cannot be opened has no text, so its problem has no place and is not in the catalogue."""


def load(path: str | PathLike[str]) -> Space:
    """The space of a file.

    Raises: DasError, with all its diagnostics.
    """
    return loads(read_text(path), fspath(path))


def loads(text: str, path: str = "<text>") -> Space:
    """The space of a text; `path` is what diagnostics call it.

    Raises: DasError, with all its diagnostics.
    """
    space, diagnostics = examine(text, path)
    if diagnostics or space is None:
        raise DasError(diagnostics)
    return space


def examine(text: str, path: str = "<text>") -> tuple[Space | None, tuple[Diagnostic, ...]]:
    """The space of a text and everything that is wrong with the text.

    Where something is wrong the space ends before the first statement that is, so that what stands above can still be
    checked further; there is none where the header is unusable.
    """
    problems = Problems()
    try:
        space = _read(decoded(text), path, problems)
    except Enough:
        space = None
    found = problems.sorted()
    if space is not None and found:
        space = replace(space, body=_above(space.body, found[0].span.line))
    return space, tuple(diagnose(problem, path) for problem in found)


def _above(body: tuple[Statement, ...], line: int) -> tuple[Statement, ...]:
    """The statements that end above a line; a block goes on to the next statement."""
    sound: list[Statement] = []
    for index, statement in enumerate(body):
        after = body[index + 1].span.line if index + 1 < len(body) else line + 1
        if statement.span.line >= line or (opens(statement.words) and after > line):
            break
        sound.append(statement)
    return tuple(sound)


def _read(text: str, path: str, problems: Problems) -> Space | None:
    parts = pages(text, problems)
    if parts is None:
        return None
    read = None if parts.header is None else read_header(parts.header, parts.header_line, problems)
    layout = Layout(problems)
    defined = () if read is None else read[0].define
    statements = Binding(problems, defined).bind(layout.nodes(parts.body))
    if read is None:
        # Without names no value can be checked, but the words can.
        deque(statements, maxlen=0)
        return None
    header, places, limited = read
    names = values_of(header.define, problems)
    body = tuple(checked(statements, names, problems))
    check_whole(header, body, names, problems, parts.header_line + len(parts.header or ()))
    return Space(header, body, Source(text, path, parts.head, header, places, limited), layout.below)


def read_text(path: str | PathLike[str]) -> str:
    """The text of a file, bytes that are not UTF-8 kept as surrogates, which are found later.

    Raises: DasError, where it cannot be read.
    """
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib alone would take a twentieth of a check to load
            # One byte more than is allowed is enough to know, and four bytes are the longest character.
            data = file.read(4 * limits.FILE + 5)
    except OSError as error:
        from dasdsl.files import meant

        reason = (error.strerror or str(error)).lower()
        message = f"cannot read this file: {reason}"
        help_line = meant(path) if isinstance(error, FileNotFoundError) else "check the path"
        raise UNREADABLE.error(message, help=help_line, path=fspath(path)) from error
    return data.decode("utf-8", "surrogateescape")
