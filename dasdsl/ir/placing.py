"""Every statement in its place: operations with their names, inputs, shapes and axes, and the tree they stand in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from dasdsl.ir.problems import NeverRead, NoSuchLabel
from dasdsl.ir.program import INPUT, Tree
from dasdsl.language.naming import names
from dasdsl.language.resolve import resolve
from dasdsl.language.space import Space, Statement
from dasdsl.language.suggest import did_you_mean, listed
from dasdsl.operations.core.axes import Axis, Shape, Site
from dasdsl.operations.core.operation import Operation, registry
from dasdsl.operations.core.problems import Problem, Refused
from dasdsl.operations.core.values import Name, Resolved


@dataclass(frozen=True, slots=True)
class Placed:
    """A statement whose operation is known, before it is known what is pinned."""

    name: str
    op: Operation
    inputs: tuple[str, ...]
    shapes: tuple[Shape, ...]
    axes: tuple[Axis, ...]
    shape: Shape
    axis: Axis
    statement: Statement


@dataclass(frozen=True, slots=True)
class End:
    """What a body has made so far: the node, and the shape and the axis of its output."""

    name: str
    shape: Shape
    axis: Axis


Scope = dict[str, End]
"""The labels that can be seen, with what they stand for."""


@dataclass
class Placing:
    """The statements of a space, put in their places one after the other; problems are kept, all of them."""

    space: Space
    problems: list[Problem] = field(default_factory=list[Problem])
    placed: list[Placed] = field(default_factory=list[Placed])

    def run(self) -> tuple[Tree, ...]:
        """Place the whole body; returns the tree, whose shape is that of the text."""
        start = End(INPUT, self.space.input, Axis.of(INPUT, self.space.input[0]))
        _, trees = self.body(self.space.body, start, "", {})
        if not self.problems:
            self._never_read()
        return trees

    def body(
        self, statements: tuple[Statement, ...], start: End, prefix: str, scope: Scope
    ) -> tuple[End | None, tuple[Tree, ...]]:
        """Place statements one after the other; the end is None from the first on whose shape is unknown."""
        end: End | None = start
        trees: list[Tree] = []
        seen = dict(scope)
        for statement, name in zip(statements, names(statements), strict=True):
            end, tree = self.statement(statement, prefix + name, end, seen)
            trees.append(tree)
            if statement.label is not None and end is not None:
                seen[statement.label] = end
        return end, tuple(trees)

    def statement(self, statement: Statement, name: str, start: End | None, scope: Scope) -> tuple[End | None, Tree]:
        """Place one statement, with its block."""
        op = self.operation(statement)
        ends, trees = self.block(statement, name, start, scope)
        tree = Tree(statement, name, trees)
        if op is None or None in ends:
            return None, tree
        return self.join(statement, name, op, tuple(end for end in ends if end is not None)), tree

    def block(
        self, statement: Statement, name: str, start: End | None, scope: Scope
    ) -> tuple[tuple[End | None, ...], tuple[Tree, ...]]:
        """What a statement reads: what stands before it, or what its block makes of that."""
        match registry()[statement.words].opens:
            case "":
                return (start,), ()
            case "body":
                end, trees = self.body(statement.body, start, f"{name}.", scope) if start else (None, ())
                return (end, start), trees
            case "paths":
                ends: list[End | None] = []
                paths: list[Tree] = []
                for number, path in enumerate(statement.body, 1):
                    begin = self.beginning(path, start, scope)
                    inside = f"{name}.{path.label or f'path{number}'}."
                    end, trees = self.body(path.body, begin, inside, scope) if begin else (None, ())
                    ends.append(end)
                    paths.append(Tree(path, None, trees))
                return tuple(ends), tuple(paths)

    def beginning(self, path: Statement, start: End | None, scope: Scope) -> End | None:
        """Where a path starts."""
        written = path.get("from")
        if not isinstance(written, Name):
            return start
        if written.name not in scope:
            otherwise = (
                f"labels before it: {listed(scope)}" if scope else "give a label to the statement: `stem = conv …`"
            )
            remedy = did_you_mean(written.name, scope, otherwise)
            self.problems.append(NoSuchLabel(span=path.place("from"), label=written.name, remedy=remedy))
        return scope.get(written.name)

    def operation(self, statement: Statement) -> Operation | None:
        """The statement's operation with its fields resolved; None, and the problems kept, where that fails."""
        cls = registry()[statement.words]
        written = dict(statement.fields)
        values: dict[str, Resolved] = {}
        sound = True
        for spec in cls.fields:
            if spec.name not in written:
                continue
            try:
                values[spec.name] = resolve(written[spec.name], spec, self.space.names)
            except Refused as refused:
                self.problems.append(refused.problem)
                sound = False
        return cls(**values) if sound else None

    def join(self, statement: Statement, name: str, op: Operation, ends: tuple[End, ...]) -> End | None:
        """Put an operation behind what it reads."""
        inputs = tuple(end.name for end in ends)
        shapes, axes = tuple(end.shape for end in ends), tuple(end.axis for end in ends)
        try:
            made = op.shape(shapes)
            site = Site(name, shapes, axes)
            op.check(site)
            produced = op.axis(site)
        except Refused as refused:
            self.problems.append(replace(refused.problem, span=statement.place(refused.field)))
            return None
        self.placed.append(Placed(name, op, inputs, shapes, axes, made, produced, statement))
        return End(name, made, produced)

    def _never_read(self) -> None:
        read = {name for placed in self.placed for name in placed.inputs}
        for placed in self.placed[:-1]:
            if placed.name not in read:
                self.problems.append(NeverRead(span=placed.statement.span, name=placed.name))
