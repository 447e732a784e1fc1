"""The page of each code: what it means, a text that provokes it, and what is then reported."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import dasdsl
from dasdsl.diagnostics import Kind
from dasdsl.frozen import frozen

LONGEST = 100
MOST_LINES = 12


@frozen(slots=True)
class Page:
    """What there is to know about a code. Those that are not about a text (data, training) have no example."""

    code: str
    explanation: str
    example: str = ""

    @property
    def summary(self) -> str:
        """The first sentence."""
        return " ".join(self.explanation.split("\n\n")[0].split())

    def output(self) -> str:
        """Exactly what is reported for the example."""
        from dasdsl.ir.examining import examined
        from dasdsl.language.reports import render

        path = "example.das"
        found = [diagnostic for diagnostic in examined(self.example, path) if diagnostic.code == self.code]
        return render(found[:1], {path: self.example}) if self.example else ""

    def text(self) -> str:
        """The page for a person."""
        parts = [f"{self.code}: {self.explanation}", ""]
        if self.example:
            parts += ["For example", "", indented(shortened(self.example)), "", "is reported as", ""]
            parts += [indented(self.output()), ""]
        return "\n".join(parts)

    def facts(self) -> dict[str, object]:
        """The page for a program."""
        return {"code": self.code, "explanation": self.explanation, "example": self.example, "output": self.output()}


def pages() -> dict[str, Page]:
    """All pages by code."""
    from dasdsl.ir.cataloguing import catalogue

    found = {code: Page(code, inspect.getdoc(kind) or "", kind.example) for code, kind in catalogue().items()}
    for kind in kinds():
        found[kind.code] = Page(kind.code, f"{kind.title[:1].upper()}{kind.title[1:]}. {kind.meaning}")
    return dict(sorted(found.items()))


def kinds() -> Iterator[Kind]:
    """The kinds of problems that have no text: those of every room's `problems.py`, and of reading files."""
    root = Path(dasdsl.__file__).parent
    rooms = sorted(path.parent.name for path in root.glob("*/problems.py"))
    modules = (
        import_module("dasdsl.language.reading"),
        import_module("dasdsl.cli.support.inputs"),
        import_module("dasdsl.cli.support.extras"),
        *(alone(f"dasdsl.{room}.problems", root / room / "problems.py") for room in rooms),
    )
    for module in modules:
        yield from (value for value in vars(module).values() if isinstance(value, Kind))


def alone(name: str, path: Path) -> ModuleType:
    """A module without its room: the room may load torch, which takes seconds."""
    if name in sys.modules:
        return sys.modules[name]
    spec = spec_from_file_location(f"{name} alone", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def shortened(text: str) -> str:
    """A text without the repetition that some examples need."""
    from dasdsl.language.reports import visible

    lines = [visible(line[:LONGEST]) + ("…" if len(line) > LONGEST else "") for line in text.rstrip("\n").split("\n")]
    return "\n".join(lines if len(lines) <= MOST_LINES else [*lines[:MOST_LINES], "…"])


def indented(text: str) -> str:
    """A block of text, four columns to the right."""
    return "\n".join(f"    {line}".rstrip() for line in text.rstrip("\n").split("\n"))
