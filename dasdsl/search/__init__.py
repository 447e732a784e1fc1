"""Training: the loop, checkpoints, the ladder, the whole job.

`dasdsl.search` is this room and, by the contract, also the function that does the whole job: the room is callable.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dasdsl.search.api import Run


class _Room(ModuleType):
    """A package that can be called: importing `dasdsl.search.…` binds the package's name to it, not to the function."""

    def __call__(self, *arguments: Any, **settings: Any) -> Run:  # noqa: ANN401 - those of `dasdsl.search.api.search`
        from dasdsl.search.api import search

        return search(*arguments, **settings)


sys.modules[__name__].__class__ = _Room
