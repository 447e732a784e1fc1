"""Statements with their fields resolved: the uses of a block that say the same share one operation, and its shapes."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from dasdsl.frozen import frozen
from dasdsl.ir.bounds import bounded
from dasdsl.language.arithmetic import Names
from dasdsl.language.checking import expansion
from dasdsl.language.mentions import names_in
from dasdsl.language.resolve import resolve
from dasdsl.language.space import Statement
from dasdsl.operations.core.axes import Shape
from dasdsl.operations.core.operation import Operation, registry
from dasdsl.operations.core.problems import Problem, Refused
from dasdsl.operations.core.values import Resolved


@frozen(slots=True)
class Resolution:
    """An operation, None where a field has a problem; and the fields that were resolved with what they expand to."""

    op: Operation | None
    expanded: tuple[tuple[str, int], ...]
    problems: tuple[Problem, ...] = ()


@dataclass
class Resolving:
    """What was resolved so far. Statements and operations are known by identity: whoever holds this holds the space."""

    resolutions: dict[tuple[Hashable, ...], Resolution] = field(default_factory=dict[tuple[Hashable, ...], Resolution])
    mentions: dict[int, tuple[str, ...]] = field(default_factory=dict[int, tuple[str, ...]])
    shapes: dict[tuple[int, tuple[Shape, ...]], tuple[Operation, Shape]] = field(
        default_factory=dict[tuple[int, tuple[Shape, ...]], tuple[Operation, Shape]]
    )

    def of(self, statement: Statement, names: Names) -> Resolution:
        """A statement's operation where names have these values."""
        key = (id(statement), *(names.get(name) for name in self.mentioned(statement)))
        found = self.resolutions.get(key)
        if found is None:
            found = self.resolutions[key] = resolved(statement, names)
        return found

    def mentioned(self, statement: Statement) -> tuple[str, ...]:
        """The names in a statement's own fields, each once."""
        found = self.mentions.get(id(statement))
        if found is None:
            mentions = (one.name for _, value in statement.fields for one in names_in(value))
            found = self.mentions[id(statement)] = tuple(dict.fromkeys(mentions))
        return found

    def shape(self, op: Operation, reads: tuple[Shape, ...]) -> Shape:
        """The shape of what an operation makes of inputs of these shapes.

        Raises: Refused.
        """
        found = self.shapes.get((id(op), reads))
        if found is None:
            # the operation is kept, so that its identity stays its own
            found = self.shapes[id(op), reads] = op, bounded(op.shape(reads))
        return found[1]


def resolved(statement: Statement, names: Names) -> Resolution:
    """The fields of a statement, all of them, whichever have problems."""
    cls = registry()[statement.words]
    written = dict(statement.fields)
    values: dict[str, Resolved] = {}
    expanded: list[tuple[str, int]] = []
    problems: list[Problem] = []
    for spec in cls.fields:
        if spec.name not in written:
            continue
        try:
            values[spec.name] = resolve(written[spec.name], spec, names)
        except Refused as refused:
            problems.append(refused.problem)
        else:
            expanded.append((spec.name, expansion(values[spec.name], written[spec.name])))
    return Resolution(None if problems else cls(**values), tuple(expanded), tuple(problems))
