"""What is fuzzed: each target takes bytes, and whatever they hold it ends with an answer or with a `DasError`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from dasdsl.cli.support.inputs import compiled_space
from dasdsl.diagnostics import DasError, Diagnostic
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.examining import examined
from dasdsl.ir.facts import facts
from dasdsl.language import format as formatted
from dasdsl.language import loads, render

HEAD: Final = "---\ndas: 1\nspace: a\ninput: 4x8x8\ndefine: {p: 4, w: <8|16>}\n---\n"
BODY: Final = "\n---\nrelu\n"
LONGEST: Final = 1 << 11
"""Bytes of an input; beyond them only the limits would be tested, which have tests of their own."""


def decoded(data: bytes) -> str:
    """Bytes as `dasdsl` reads them."""
    return data[:LONGEST].decode("utf-8", "surrogateescape")


def survives(text: str) -> None:
    """Reading works or says why not; what is read is formatted, and means the same."""
    try:
        space = loads(text)
    except DasError as error:
        render(error.diagnostics, {"<text>": text}, color=True).encode()
        return
    once = formatted(text)
    assert formatted(once) == once, "formatting twice changes more"
    assert loads(once) == space, "what is printed means something else"


def text(data: bytes) -> None:
    """A whole file."""
    survives(decoded(data))


def body(data: bytes) -> None:
    """The statements of a file."""
    survives(HEAD + decoded(data))


def header(data: bytes) -> None:
    """The header of a file."""
    survives("---\n" + decoded(data) + BODY)


def network(data: bytes) -> None:
    """Statements, checked in full; where nothing is wrong, with everything that `compile` says about them."""
    source = HEAD + decoded(data)
    found = examined(source, "fuzz.das")
    render(found, {"fuzz.das": source}).encode()
    if not any(diagnostic.severity == "error" for diagnostic in found):
        facts(elaborate(loads(source)))


def compiled(data: bytes) -> None:
    """A compiled file."""
    try:
        compiled_space(data, "fuzz.json")
    except DasError as error:
        render(error.diagnostics).encode()


def diagnostics(data: bytes) -> None:
    """A diagnostic at any place of any text."""
    places, source = data[:8].ljust(8, b"\0"), decoded(data[8:])
    line, column, end = (int.from_bytes(places[at : at + 2]) % 300 + 1 for at in (0, 2, 4))
    found = Diagnostic("E000", "error", source[:200], source[:50], "a.das", line, column, line, column + end)
    shown = render([found], {"a.das": source}, color=bool(places[6] % 2))
    assert "\x1b[" not in shown.replace("\x1b[0m", "").replace("\x1b[1", "").replace("\x1b[34m", "")
    assert all(character.isprintable() or character in "\n\x1b" for character in shown)
    shown.encode()


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    "text": text,
    "body": body,
    "header": header,
    "network": network,
    "compiled": compiled,
    "diagnostics": diagnostics,
}
