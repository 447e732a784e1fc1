"""Everything that is to be said about a text: what `dasdsl check` prints, and what editors underline."""

from __future__ import annotations

from dasdsl.diagnostics import DasError, Diagnostic
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.feasible import refuse_tight
from dasdsl.language.reading import examine
from dasdsl.language.unused import warnings_of

FEW = 200
"""Operations up to which a limit in the header is compared with the smallest network; beyond, `search` does it."""


def examined(text: str, path: str) -> list[Diagnostic]:
    """All problems of a text; what stands above the first error is checked in full."""
    space, found = examine(text, path)
    if space is None or not space.body:
        return list(found)
    try:
        program = elaborate(space)
        if len(program.nodes) <= FEW:
            refuse_tight(program)
        warnings = program.warnings
    except DasError as error:
        return in_order((*found, *error.diagnostics))
    return in_order(found or (*warnings_of(space), *warnings))


def in_order(diagnostics: tuple[Diagnostic, ...]) -> list[Diagnostic]:
    """In the order of the text, each once."""
    unique = {(found.code, found.line, found.column, found.message): found for found in diagnostics}
    return sorted(unique.values(), key=lambda found: (found.line or 0, found.column or 0))
