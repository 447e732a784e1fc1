"""Diagnostics in the forms that other programs read: workflow commands of GitHub, and SARIF 2.1.0."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote_from_bytes

from dasdsl.diagnostics import Diagnostic
from dasdsl.language.reports import visible

SARIF_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ESCAPES: Final = {"%": "%25", "\r": "%0D", "\n": "%0A"}
"""What would end a workflow command, or begin another."""
ESCAPES_OF_PROPERTIES: Final = {**ESCAPES, ":": "%3A", ",": "%2C"}


def github(diagnostics: Iterable[Diagnostic]) -> str:
    """A workflow command for each problem: GitHub shows it at its line of a pull request."""
    return "".join(f"{command(found)}\n" for found in diagnostics)


def command(found: Diagnostic) -> str:
    """`::error file=a.das,line=7,…::what is wrong, and what to do`."""
    places = {"file": found.path, "line": found.line, "endLine": found.end_line, "col": found.column}
    properties = {**places, "endColumn": found.end_column, "title": found.code}
    given = (f"{key}={escaped(value, ESCAPES_OF_PROPERTIES)}" for key, value in properties.items() if value is not None)
    return f"::{found.severity} {','.join(given)}::{escaped(text_of(found), ESCAPES)}"


def escaped(value: str | int, escapes: Mapping[str, str]) -> str:
    """A value in which nothing is a sign of the command."""
    return "".join(escapes.get(character, visible(character)) for character in str(value))


def text_of(found: Diagnostic) -> str:
    """What is wrong and what to do, on lines of their own."""
    helped = (f"help: {found.help}",) if found.help else ()
    return "\n".join((found.message, *(f"note: {note}" for note in found.notes), *helped))


def sarif(diagnostics: Iterable[Diagnostic]) -> dict[str, Any]:
    """A log of one run of one tool: its rules, those that were broken, and where."""
    found = list(diagnostics)
    codes = list(dict.fromkeys(diagnostic.code for diagnostic in found))
    driver = {"name": "dasdsl", "version": version("dasdsl"), "rules": [*rules(codes, found)]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [result(diagnostic, codes.index(diagnostic.code)) for diagnostic in found],
    }
    return {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}


def rules(codes: Iterable[str], found: Iterable[Diagnostic]) -> Iterator[dict[str, Any]]:
    """What each code means."""
    from dasdsl.cli.support.pages import pages

    known = pages()
    levels = {diagnostic.code: diagnostic.severity for diagnostic in found}
    for code in codes:
        page = known[code]
        yield {
            "id": code,
            "shortDescription": {"text": page.summary},
            "fullDescription": {"text": page.explanation},
            "help": {"text": page.text()},
            "defaultConfiguration": {"level": levels[code]},
        }


def result(found: Diagnostic, rule: int) -> dict[str, Any]:
    """One problem."""
    text = "\n".join(visible(line) for line in text_of(found).split("\n"))
    where = {} if found.path is None else {"locations": [{"physicalLocation": location(found, found.path)}]}
    return {"ruleId": found.code, "ruleIndex": rule, "level": found.severity, "message": {"text": text}, **where}


def location(found: Diagnostic, path: str) -> dict[str, Any]:
    """A file, and the place in it where there is one; the end is the column behind it, as in SARIF."""
    artifact = {"artifactLocation": {"uri": uri(path)}}
    if found.line is None:
        return artifact
    region = {
        "startLine": found.line,
        "startColumn": found.column,
        "endLine": found.end_line,
        "endColumn": found.end_column,
    }
    return {**artifact, "region": {key: value for key, value in region.items() if value is not None}}


def uri(path: str) -> str:
    """A path as a URI, relative to where the command ran unless it is absolute."""
    quoted = quote_from_bytes(os.fsencode(Path(path).as_posix()))
    return f"file://{quoted}" if Path(path).is_absolute() else quoted
