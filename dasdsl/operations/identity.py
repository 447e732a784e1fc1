"""`identity`: its input, unchanged."""

from __future__ import annotations

from dasdsl.frozen import frozen
from dasdsl.operations.core.operation import Operation, operation


@operation
@frozen
class Identity(Operation):
    """Passes its input on."""

    words = "identity"
    about = "its input, unchanged"
    also = ("noop", "pass", "passthrough")
    example = "identity"
    homogeneous = True
