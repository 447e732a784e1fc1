"""The catalogue of all problems, in full: otherwise their modules are loaded when the first of each is made."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Final

from dasdsl.language.errors import fill_catalogue
from dasdsl.operations.core.operation import registry
from dasdsl.operations.core.problems import CATALOGUE, Problem

MODULES: Final = ("dasdsl.operations.core.faults", "dasdsl.ir.problems", "dasdsl.ir.excesses")


def catalogue() -> Mapping[str, type[Problem]]:
    """Every problem of a text by its code."""
    fill_catalogue()
    registry()
    for module in MODULES:
        import_module(module)
    return CATALOGUE
