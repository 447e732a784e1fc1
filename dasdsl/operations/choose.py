"""`choose:` with one `path:` block an alternative: exactly one of them."""

from __future__ import annotations

from dataclasses import dataclass

from dasdsl.operations.core.axes import Site
from dasdsl.operations.core.decisions import OneOf
from dasdsl.operations.core.operation import operation
from dasdsl.operations.core.selecting import Select


@operation
@dataclass(frozen=True)
class Choose(Select):
    """Exactly one of its paths survives."""

    words = "choose"
    about = "exactly one of its paths"
    example = "choose:\n    path: conv filters 3x3 channels 4\n    path: conv filters 5x5 channels 4"
    opens = "paths"
    least_paths = 2
    instead = "give every path the same number of channels and the same stride"

    def decision(self, site: Site) -> OneOf:
        """The number of the path, counted from 1."""
        return OneOf(f"{site.key}.choice", "choice", tuple(range(1, len(site.axes) + 1)))
