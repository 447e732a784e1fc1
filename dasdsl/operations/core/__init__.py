"""What operations are made of: values, fields, axes, decisions, problems. Beneath every room.

`core.faults` is loaded when the first of its problems is made: most texts have none, and `check` starts sooner.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dasdsl.operations.core import faults

__all__ = ["faults"]


def __getattr__(name: str) -> object:
    if name == "faults":
        return import_module(f"{__name__}.faults")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
