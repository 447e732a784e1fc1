"""What the operations share that keep exactly one of their inputs (`choose`, `optional`, an open `repeat`)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from dasdsl.frozen import frozen
from dasdsl.operations import core
from dasdsl.operations.core.axes import Axis, Shape, Site
from dasdsl.operations.core.decisions import Decision, OneOf
from dasdsl.operations.core.operation import Operation
from dasdsl.operations.core.problems import Refused


@frozen
class Select(Operation, ABC):
    """One of its inputs, all of one shape: channel k of one stands where channel k of the others would.

    Option k of its decision is its input k. Once it is decided nothing of it is left.
    """

    keeps_zero = False
    instead: ClassVar[str]
    """What to do where shapes differ."""

    @property
    def keeps_constants(self) -> bool:
        """It does not."""
        return False

    def shape(self, reads: tuple[Shape, ...]) -> Shape:
        """All the same.

        Raises: Refused E112 where they are not.
        """
        if len(set(reads)) > 1:
            raise Refused(core.faults.DifferentShapes(what=self.words, shapes=reads, instead=self.instead))
        return reads[0]

    def ties(self, axes: tuple[Axis, ...]) -> tuple[Axis, ...]:
        """All of them."""
        return axes

    @abstractmethod
    def decision(self, site: Site) -> OneOf:
        """Which input it is."""

    def decisions(self, site: Site) -> tuple[Decision, ...]:
        """The one."""
        return (self.decision(site),)
