"""What the operations that join branches share."""

from __future__ import annotations

from dasdsl.frozen import frozen
from dasdsl.operations import core
from dasdsl.operations.core.axes import Axis, Shape
from dasdsl.operations.core.operation import Operation
from dasdsl.operations.core.problems import Refused


@frozen
class Sum(Operation):
    """The sum of branches of one shape: channel k of one is channel k of all."""

    @property
    def keeps_constants(self) -> bool:
        """It does not."""
        return False

    def shape(self, reads: tuple[Shape, ...]) -> Shape:
        """All the same.

        Raises: Refused E112 where they are not.
        """
        if len(set(reads)) > 1:
            raise Refused(core.faults.DifferentShapes(what=self.words, shapes=reads, instead=self.instead(reads)))
        return reads[0]

    def instead(self, reads: tuple[Shape, ...]) -> str:
        """What to write where shapes differ."""
        return "give every path the same number of channels and the same stride"

    def ties(self, axes: tuple[Axis, ...]) -> tuple[Axis, ...]:
        """All of them."""
        return axes
