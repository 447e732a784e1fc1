"""From a Space to a network of operations with shapes, axes, decisions, costs. No torch, networkx in `graph` only.

`ir.problems` and `ir.excesses` are loaded when the first of their problems is made.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dasdsl.ir import excesses, problems

__all__ = ["excesses", "problems"]


def __getattr__(name: str) -> object:
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
