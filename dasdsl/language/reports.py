"""The one renderer of diagnostics: the source line, a caret, what to do."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from dasdsl.diagnostics import Diagnostic
from dasdsl.operations.core.problems import Problem
from dasdsl.operations.core.values import NOWHERE

WIDTH: Final = 160
"""Columns of a source line that are shown; a longer line is cut around the place."""
RESET: Final = "\x1b[0m"
BOLD: Final = "\x1b[1m"
COLORS: Final = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "frame": "\x1b[34m", "help": "\x1b[1;36m"}


def diagnose(problem: Problem, path: str | None) -> Diagnostic:
    """A problem as users and programs see it."""
    span = problem.span
    severity = "warning" if problem.severity == "warning" else "error"
    found = Diagnostic(problem.code, severity, problem.message(), problem.help(), path, notes=problem.notes)
    if span == NOWHERE:
        return found
    end = max(span.end_column, span.column + 1)
    return replace(found, line=span.line, column=span.column, end_line=span.line, end_column=end)


def render(diagnostics: Iterable[Diagnostic], sources: Mapping[str, str] | None = None, color: bool = False) -> str:
    """All diagnostics as text; `sources` holds the text of each path. Characters that fool a terminal are escaped."""
    painter = _Painter(color)
    return "\n".join(painter.diagnostic(diagnostic, sources or {}) for diagnostic in diagnostics)


class _Painter:
    def __init__(self, color: bool) -> None:
        self.color = color
        self.lines: dict[str, list[str]] = {}

    def paint(self, text: str, style: str) -> str:
        """Text in a colour, where there are colours."""
        return f"{style}{text}{RESET}" if self.color else text

    def diagnostic(self, found: Diagnostic, sources: Mapping[str, str]) -> str:
        """One diagnostic, without the line feed at its end."""
        head = self.paint(f"{found.severity}[{found.code}]", COLORS[found.severity])
        out = [f"{head}{self.paint(': ' + visible(found.message), BOLD)}"]
        place = ":".join(str(part) for part in (found.path, found.line, found.column) if part is not None)
        if place:
            out.append(f"  {visible(place)}")
        line = self.line_of(sources.get(found.path or ""), found.line)
        if line is not None:
            out += self.excerpt(found, line)
        out += [f"  {self.paint('note', COLORS['help'])}: {visible(note)}" for note in found.notes]
        if found.help:
            out.append(f"  {self.paint('help', COLORS['help'])}: {visible(found.help)}")
        return "\n".join(out) + "\n"

    def line_of(self, text: str | None, number: int | None) -> str | None:
        """A line of a text, as the reader counts lines; each text is cut into lines once."""
        if text is None or number is None:
            return None
        if text not in self.lines:
            self.lines[text] = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
        lines = self.lines[text]
        return lines[number - 1] if number <= len(lines) else None

    def excerpt(self, found: Diagnostic, line: str) -> list[str]:
        """The line and its caret."""
        start, end = (found.column or 1) - 1, (found.end_column or 2) - 1
        first = 0 if len(line) <= WIDTH else max(0, min(start - WIDTH // 4, len(line) - WIDTH))
        shown = line[first : first + WIDTH]
        before = ("…" if first else "") + visible(line[first:start])
        marked = visible(line[start : min(end, first + WIDTH)])
        text = ("…" if first else "") + visible(shown) + ("…" if first + WIDTH < len(line) else "")
        number = f"{found.line:>2}"
        frame = self.paint(f"  {number} |", COLORS["frame"])
        below = self.paint(f"  {' ' * len(number)} |", COLORS["frame"])
        carets = self.paint("^" * max(1, columns(marked)), COLORS[found.severity])
        return [f"{frame} {text}".rstrip(), f"{below} {' ' * columns(before)}{carets}"]


def visible(text: str) -> str:
    """Text that a terminal shows as it is: control, format and unpaired characters as escapes."""
    return "".join(character if character.isprintable() else escaped(character) for character in text)


def escaped(character: str) -> str:
    """A tab as a space, which keeps columns; everything else by its number."""
    if character == "\t":
        return " "
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    wide = sum(unicodedata.east_asian_width(character) in ("W", "F") for character in text)
    return len(text) - sum(unicodedata.combining(character) > 0 for character in text) + wide
