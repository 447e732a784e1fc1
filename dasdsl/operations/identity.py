"""`identity`: its input, unchanged."""

from __future__ import annotations

from dataclasses import dataclass

from dasdsl.operations.core.operation import Operation, operation


@operation
@dataclass(frozen=True)
class Identity(Operation):
    """Passes its input on."""

    words = "identity"
    about = "its input, unchanged"
    example = "identity"
    homogeneous = True
