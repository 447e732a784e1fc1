"""A declarative search-space language and compiler for differentiable architecture search in PyTorch.

Names are looked up when they are used: importing the package loads neither torch nor networkx, nor the parser.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dasdsl.diagnostics import DasError, Diagnostic
    from dasdsl.exports.export import Exported, export
    from dasdsl.imports.network import Imported, from_torch
    from dasdsl.inverse.certificate import Certificate
    from dasdsl.inverse.discover import Found, discover
    from dasdsl.ir.diff import Difference, diff
    from dasdsl.ir.graph import build
    from dasdsl.ir.widening import widen
    from dasdsl.language import format, load, loads  # noqa: A004 - `dasdsl.format`, as in the contract
    from dasdsl.language.space import Space
    from dasdsl.lowering.composite import CompositeModel, lower
    from dasdsl.search.api import Run, search

__all__ = [
    "Certificate",
    "CompositeModel",
    "DasError",
    "Diagnostic",
    "Difference",
    "Exported",
    "Found",
    "Imported",
    "Run",
    "Space",
    "build",
    "diff",
    "discover",
    "export",
    "format",
    "from_torch",
    "load",
    "loads",
    "lower",
    "search",
    "widen",
]

_HOMES = {
    "Certificate": "inverse.certificate",
    "CompositeModel": "lowering.composite",
    "DasError": "diagnostics",
    "Diagnostic": "diagnostics",
    "Difference": "ir.diff",
    "Exported": "exports.export",
    "Imported": "imports.network",
    "Found": "inverse.discover",
    "Run": "search.api",
    "Space": "language.space",
    "build": "ir.graph",
    "diff": "ir.diff",
    "discover": "inverse.discover",
    "export": "exports.export",
    "format": "language",
    "from_torch": "imports.network",
    "load": "language",
    "loads": "language",
    "lower": "lowering.composite",
    "search": "search.api",
    "widen": "ir.widening",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
