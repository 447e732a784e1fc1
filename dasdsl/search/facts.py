"""Facts as JSON can hold them."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any


def finite(value: Any) -> Any:  # noqa: ANN401 - any plain value
    """The same with None in the place of each number that is not finite: JSON has no word for those."""
    match value:
        case float():
            return value if isfinite(value) else None
        case Mapping():
            return {key: finite(item) for key, item in value.items()}
        case list() | tuple():
            return [finite(item) for item in value]
        case _:
            return value
