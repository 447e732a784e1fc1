"""What can be wrong with a text, one module a phase: `errors.values.UnknownName`.

E0xx: E001–E019 the text and its lines, E020–E029 syntax, E030–E049 the header, E050–E069 statements and their fields,
E070–E089 values. (Operations find E1xx; their module is `dasdsl.operations.core.faults`.)

A phase's module is loaded when its first problem is made: most texts have none, and `check` starts sooner.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from dasdsl.language.errors import binding, blocks, header, syntax, text, values

__all__ = ["binding", "blocks", "fill_catalogue", "header", "syntax", "text", "values"]

PHASES: Final = ("text", "syntax", "header", "binding", "blocks", "values")


def __getattr__(name: str) -> object:
    if name in PHASES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def fill_catalogue() -> None:
    """Load all phases, so that the catalogue has all their problems."""
    for name in PHASES:
        import_module(f"{__name__}.{name}")
