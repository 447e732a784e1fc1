"""What a comparison gives."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from dasdsl.frozen import frozen
from dasdsl.ir.diffing.costs import Range
from dasdsl.ir.diffing.parts import Part
from dasdsl.ir.diffing.verdicts import MEANINGS, Verdict
from dasdsl.ir.facts import cost_facts
from dasdsl.operations.core.operation import Cost


@frozen(slots=True)
class Change:
    """One thing that differs: in which layer, what about it, and how it reads on both sides ("" where it is absent).

    `said_a` and `said_b` say the same in a few words, `verdict` what became of something open. Where that is a choice
    between branches or depths, `decision` is what it is called in the space.
    """

    layer: str
    what: str
    a: str
    b: str
    said_a: str = field(default="", compare=False)
    said_b: str = field(default="", compare=False)
    verdict: Verdict = field(default="", compare=False)
    decision: str = field(default="", compare=False)

    def facts(self) -> dict[str, str]:
        """For JSON."""
        spoken = {"said_a": self.said_a or self.a, "said_b": self.said_b or self.b, "verdict": MEANINGS[self.verdict]}
        spoken |= {"decision": self.decision} if self.decision else {}
        return {"layer": self.layer, "what": self.what, "a": self.a, "b": self.b, **spoken}


@frozen(slots=True)
class Layer:
    """A statement on both sides, or on one: what changed about it, and what it costs (a block with all that is in it).

    One that is as it was is here where it costs something else at the most, since something else comes in.
    """

    a: Part | None
    b: Part | None
    changes: tuple[Change, ...]
    cost_a: Range
    cost_b: Range

    @property
    def name(self) -> str:
        """What it is called: on the second side, where it is there."""
        part = self.b or self.a
        assert part is not None
        return part.name

    def facts(self) -> dict[str, Any]:
        """For JSON; lines are those of the two files."""
        sides = {"a": self.a, "b": self.b}
        return {
            "layer": self.name,
            "changes": [change.facts() for change in self.changes],
            **{side: None if part is None else _facts(part) for side, part in sides.items()},
            **costs(self.cost_a.most, self.cost_b.most),
            "smallest": costs(self.cost_a.least, self.cost_b.least),
        }


@frozen(slots=True)
class Difference:
    """What differs between `a` and `b`, and what both cost at their largest and at their smallest.

    `layers` are those that changed or cost something else, in order; `others` are changes of no layer. `renumbered`:
    the channels are the same, in another order. `undecided`: it would take too long to say whether they are.
    """

    a: Cost
    b: Cost
    smallest_a: Cost
    smallest_b: Cost
    layers: tuple[Layer, ...] = ()
    others: tuple[Change, ...] = ()
    renumbered: bool = False
    undecided: bool = False

    @property
    def changes(self) -> tuple[Change, ...]:
        """Everything that differs, in order."""
        return (*self.others, *(change for layer in self.layers for change in layer.changes))

    @property
    def equal(self) -> bool:
        """Whether both are the same network, whatever their headers tell of where they come from."""
        return not self.changes

    def facts(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "equal": self.equal,
            "changes": [change.facts() for change in self.changes],
            **costs(self.a, self.b),
            "smallest": costs(self.smallest_a, self.smallest_b),
            "layers": [layer.facts() for layer in self.layers],
            "renumbered": self.renumbered,
            "undecided": self.undecided,
        }


def _facts(part: Part) -> dict[str, Any]:
    """Where a statement is, and the shape that it reads."""
    shape = None if part.node is None else "x".join(str(size) for size in part.node.site.shape)
    return {"name": part.name, "line": part.line, "reads": shape}


def costs(a: Cost, b: Cost) -> dict[str, dict[str, int]]:
    """Params and MACs of both sides."""
    mine, theirs = cost_facts(a), cost_facts(b)
    return {key: {"a": mine[key], "b": theirs[key]} for key in mine}
