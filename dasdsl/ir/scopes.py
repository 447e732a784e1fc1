"""Where a statement stands while a space is put in its places."""

from __future__ import annotations

from collections import ChainMap
from dataclasses import field

from dasdsl.frozen import frozen
from dasdsl.language.arithmetic import Names
from dasdsl.language.space import Statement
from dasdsl.language.written import spell
from dasdsl.operations.core.axes import Axis, Shape, Site
from dasdsl.operations.core.operation import Operation


@frozen(slots=True)
class End:
    """What a body has made so far: the node, the shape and the axis of its output, and whether that is all zeros."""

    name: str
    shape: Shape
    axis: Axis
    zero: bool = False


@frozen(slots=True)
class Definition:
    """A block."""

    name: str
    parameters: tuple[str, ...]
    body: tuple[Statement, ...]
    shared: bool


@frozen(slots=True)
class Inside:
    """The body that statements stand in.

    `prefix` begins their names, `key` those of their decisions, which the uses of a shared block (`shared`) have in
    common. `names` are the values of names, `scope` the labels that can be seen with what they stand for. `uses` are
    the innermost uses of blocks that it is in.
    """

    names: Names
    prefix: str = ""
    key: str = ""
    scope: ChainMap[str, End] = field(default_factory=ChainMap[str, End])
    depth: int = 0
    shared: str | None = None
    uses: tuple[Statement, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """Where it is, for a problem that is found there."""
        return tuple(f"in `{spell(call)}` on line {use.span.line}" for use in self.uses if (call := use.get("block")))

    def within(self, name: str) -> Inside:
        """The body in the block of a statement."""
        prefix, key = f"{self.prefix}{name}.", f"{self.key}{name}."
        return Inside(self.names, prefix, key, self.scope, self.depth + 1, self.shared, self.uses)

    def deeper(self) -> Inside:
        """The same with a scope of its own, which sees this one."""
        scope = self.scope.new_child()
        return Inside(self.names, self.prefix, self.key, scope, self.depth, self.shared, self.uses)


@frozen(slots=True)
class Placed:
    """A statement whose operation is known, before it is known what is pinned."""

    site: Site
    op: Operation
    inputs: tuple[str, ...]
    shape: Shape
    axis: Axis
    statement: Statement
    inside: Inside

    @property
    def name(self) -> str:
        """What its node is called."""
        return self.site.name
