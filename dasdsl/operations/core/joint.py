"""What reads channels together."""

from __future__ import annotations

from dasdsl.frozen import frozen
from dasdsl.operations.core.operation import Operation


@frozen
class Joint(Operation):
    """An operation whose channels each depend on what others hold, so that none of them can go."""

    @property
    def keeps_constants(self) -> bool:
        """It does not."""
        return False

    @property
    def pins(self) -> bool:
        """It does."""
        return True
