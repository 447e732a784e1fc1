"""Problems of the inverse pass (codes E4xx): they are about a trained network, so they have no place in a text."""

from __future__ import annotations

from dataclasses import dataclass

from dasdsl.operations.core.problems import Problem, catalogued


@catalogued
@dataclass(frozen=True, kw_only=True)
class CollapsedNetwork(Problem):
    """At this threshold a layer reads nothing, so the network's output would not depend on its input."""

    code = "E401"
    example = ""

    layer: str
    threshold: float | None
    largest: float | None

    def message(self) -> str:
        """What is wrong."""
        at = "" if self.threshold is None else f" at threshold {self.threshold:g}"
        return f"the network collapses{at}: `{self.layer}` reads nothing any more"

    def help(self) -> str:
        """What to do."""
        if self.largest is None:
            return "no threshold works: train longer, or with a smaller `gamma`"
        return f"the largest threshold that works is {self.largest:.6g}"


@catalogued
@dataclass(frozen=True, kw_only=True)
class NotEqual(Problem):
    """The discrete network does not compute what the clamped composite computes; nothing is written."""

    code = "E402"
    example = ""

    difference: float
    relative: float
    allowed: float

    def message(self) -> str:
        """What is wrong."""
        return (
            f"the discrete network differs from the clamped composite by {self.difference:.3g} "
            f"({self.relative:.3g} of its output; {self.allowed:g} is allowed)"
        )

    def help(self) -> str:
        """What to do."""
        return "this is a fault in dasdsl or values beyond float32; please report the space and the seed"
