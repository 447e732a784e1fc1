"""Every statement in its place: operations with their names, inputs, shapes and axes, and the tree they stand in.

Blocks and repeats are written out. With the outcomes of a selection, what is decided against is left out: names and
decisions are those of the whole space, so weights and outcomes are found by them.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import MutableMapping
from dataclasses import dataclass, field, replace

from dasdsl import ir
from dasdsl.ir.bounds import Bounds
from dasdsl.ir.program import INPUT, Tree
from dasdsl.ir.pruning import needed, pruned
from dasdsl.ir.resolving import Resolving
from dasdsl.ir.scopes import Definition, End, Inside, Placed
from dasdsl.language import limits
from dasdsl.language.checking import flat
from dasdsl.language.naming import names
from dasdsl.language.resolve import argued
from dasdsl.language.space import Space, Statement
from dasdsl.language.suggest import did_you_mean, listed
from dasdsl.language.words import DEFINITIONS, SHARED, USE
from dasdsl.operations.add import Add
from dasdsl.operations.core.axes import Axis, Site
from dasdsl.operations.core.decisions import Outcomes
from dasdsl.operations.core.joining import Sum
from dasdsl.operations.core.operation import Operation, registry
from dasdsl.operations.core.problems import Problem, Refused
from dasdsl.operations.core.selecting import Select
from dasdsl.operations.core.values import Call, Name, Options, Span
from dasdsl.operations.identity import Identity
from dasdsl.operations.optional import Optional
from dasdsl.operations.repeat import Repeat
from dasdsl.operations.residual import Residual


class _TooLarge(Exception):
    """A limit is reached: the problem is noted, nothing more is placed."""


Part = tuple[End | None, tuple[Tree, ...]]
"""What a statement or a body ends with, None where its shape is unknown; and its trees, none where nothing is left."""


@dataclass
class Placing:
    """The statements of a space, put in their places one after the other; problems are kept, all of them."""

    space: Space
    selection: Outcomes | None = None
    problems: list[Problem] = field(default_factory=list[Problem])
    placed: list[Placed] = field(default_factory=list[Placed])
    blocks: dict[str, Definition] = field(default_factory=dict[str, Definition])
    bounds: Bounds = field(default_factory=Bounds)
    bodies: dict[int, list[str]] = field(default_factory=dict[int, list[str]])
    resolving: Resolving = field(default_factory=Resolving)
    noted: set[tuple[type[Problem], Span]] = field(default_factory=set[tuple[type[Problem], Span]])

    def run(self) -> tuple[Tree, ...]:
        """Place the whole body; returns the tree, whose shape is that of the text."""
        origins = (statement.get("from") for statement in flat(self.space.body))
        self.referenced = {written.name for written in origins if isinstance(written, Name)}
        self.outermost = set(names(self.space.body))
        self.names = dict(self.space.names)
        start = End(INPUT, self.space.input, Axis.of(INPUT, self.space.input[0]))
        try:
            end, trees = self.body(self.space.body, start, Inside(names=self.space.names))
            return self.finished(end, trees)
        except _TooLarge:
            return ()

    def finished(self, end: End | None, trees: tuple[Tree, ...]) -> tuple[Tree, ...]:
        """The trees of all that is needed; what nothing reads is a problem where nothing is decided."""
        if self.problems or end is None:
            return trees
        if self.selection is not None:
            alive = needed(self.placed, end.name)
            self.placed = [placed for placed in self.placed if placed.name in alive]
            return pruned(trees, alive)
        read = {name for placed in self.placed for name in placed.inputs}
        for placed in self.placed:
            if placed.name not in read and placed.name != end.name:
                self.note(ir.problems.NeverRead(span=placed.statement.span, name=placed.name), placed.inside)
        return trees

    def note(self, problem: Problem, inside: Inside) -> None:
        """Keep a problem; the uses of a block find the same ones, of which the first stands."""
        if (type(problem), problem.span) not in self.noted:
            self.noted.add((type(problem), problem.span))
            self.problems.append(replace(problem, notes=inside.notes))
            if len(self.problems) > limits.ERRORS:
                raise _TooLarge

    def stop_at(self, problem: Problem | None, span: Span, inside: Inside) -> None:
        """Place nothing more where a limit is reached."""
        if problem is not None:
            self.note(replace(problem, span=span), inside)
            raise _TooLarge

    # ---- bodies ------------------------------------------------------------------------------------------------------

    def body(self, statements: tuple[Statement, ...], start: End | None, inside: Inside) -> Part:
        """Place statements one after the other; the end is None from the first on whose shape is unknown."""
        if start is None:
            return None, ()
        end: End | None = start
        trees: list[Tree] = []
        called = self.named(statements)
        if any(statement.label is not None for statement in statements):
            inside = inside.deeper()
        for statement, name in zip(statements, called, strict=True):
            if statement.words in DEFINITIONS:
                self.define(statement)
                continue
            self.stop_at(self.bounds.statement(inside.depth, inside.prefix + name), statement.span, inside)
            end, made = self.statement(statement, name, end, inside)
            trees += made
            if statement.label is not None and end is not None:
                inside.scope[statement.label] = end
        if not trees and statements and end is not None:
            # everything that stood here was decided against
            return self.passing(statements[-1], called[-1], end, inside)
        return end, tuple(trees)

    def named(self, statements: tuple[Statement, ...]) -> list[str]:
        """The names of a body's statements, worked out once for all the uses of a block."""
        found = self.bodies.get(id(statements))
        if found is None:
            found = self.bodies[id(statements)] = names(statements)
        return found

    def define(self, statement: Statement) -> None:
        """Remember a block."""
        head = statement.get("head")
        assert isinstance(head, Call), head
        parameters = tuple(one.name for one in head.arguments if isinstance(one, Name))
        self.blocks[head.name] = Definition(head.name, parameters, statement.body, shared=statement.words == SHARED)

    # ---- statements --------------------------------------------------------------------------------------------------

    def statement(self, statement: Statement, name: str, start: End | None, inside: Inside) -> Part:
        """Place one statement, with its block."""
        if statement.words == USE:
            return self.use(statement, name, start, inside)
        op = self.operation(statement, inside)
        if isinstance(op, Repeat):
            return self.repeat(statement, name, op, start, inside)
        if isinstance(op, Select) and self.decided(op, name, inside):
            return self.selected(statement, name, op, start, inside)
        ends, trees = self.block(statement, name, start, inside)
        if self.selection is not None and isinstance(op, Sum):
            return self.total(statement, name, op, start, ends, trees, inside)
        return self.joined(statement, name, op, ends, trees, inside)

    def block(
        self, statement: Statement, name: str, start: End | None, inside: Inside
    ) -> tuple[tuple[End | None, ...], tuple[Tree, ...]]:
        """What a statement reads: what stands before it, or what its block makes of that."""
        match registry()[statement.words].opens:
            case "body" | "copies":
                end, trees = self.body(statement.body, start, inside.within(name))
                return (end, start), trees
            case "paths":
                made = [self.path(path, name, number, start, inside) for number, path in enumerate(statement.body, 1)]
                return tuple(end for end, _ in made), tuple(tree for _, tree in made)
            case _:
                return (start,), ()

    def path(
        self, path: Statement, name: str, number: int, start: End | None, inside: Inside
    ) -> tuple[End | None, Tree]:
        """Place one path of a statement."""
        begin = self.beginning(path, start, inside)
        end, trees = self.body(path.body, begin, inside.within(f"{name}.{path.label or f'path{number}'}"))
        return end, Tree(path, None, trees)

    def beginning(self, path: Statement, start: End | None, inside: Inside) -> End | None:
        """Where a path starts."""
        written = path.get("from")
        if not isinstance(written, Name):
            return start
        if written.name not in inside.scope and start is not None:
            otherwise = (
                f"labels before it: {listed(inside.scope)}"
                if inside.scope
                else "give a label to the statement: `stem = conv …`"
            )
            remedy = did_you_mean(written.name, inside.scope, otherwise)
            self.note(ir.problems.NoSuchLabel(span=path.place("from"), label=written.name, remedy=remedy), inside)
        return inside.scope.get(written.name)

    def operation(self, statement: Statement, inside: Inside) -> Operation | None:
        """The statement's operation with its fields resolved; None, and the problems kept, where that fails."""
        found = self.resolving.of(statement, inside.names)
        for problem in found.problems:
            self.note(problem, inside)
        for name, expanded in found.expanded:
            problem = self.bounds.expansion(expanded)
            if problem is not None:
                self.stop_at(problem, statement.place(name), inside)
        return found.op

    def joined(
        self,
        statement: Statement,
        name: str,
        op: Operation | None,
        ends: tuple[End | None, ...],
        trees: tuple[Tree, ...],
        inside: Inside,
    ) -> Part:
        """Put an operation behind what it reads."""
        full = inside.prefix + name
        tree = Tree(statement, full, trees)
        known = [end for end in ends if end is not None]
        if op is None or len(known) < len(ends):
            return None, (tree,)
        # tuples of lists are made in half the time
        shapes, axes = tuple([end.shape for end in known]), tuple([end.axis for end in known])
        site = Site(full, shapes, axes, decides=inside.key + name)
        self.stop_at(self.bounds.operation(op, axes), statement.span, inside)
        try:
            made = self.resolving.shape(op, shapes)
            op.check(site)
            produced = op.axis(site)
        except Refused as refused:
            self.note(replace(refused.problem, span=statement.place(refused.field)), inside)
            return None, (tree,)
        zero, reads = op.zero(tuple([end.zero for end in known])), tuple([end.name for end in known])
        self.placed.append(Placed(site, op, reads, made, produced, statement, inside))
        return End(full, made, produced, zero), (tree,)

    # ---- blocks ------------------------------------------------------------------------------------------------------

    def use(self, statement: Statement, name: str, start: End | None, inside: Inside) -> Part:
        """Place the body of a block, with its arguments for its parameters."""
        call = statement.get("block")
        assert isinstance(call, Call), call
        block = self.blocks[call.name]
        key = f"{self.shared_key(block)}." if block.shared else f"{inside.key}{name}."
        values: MutableMapping[str, int | Options] = ChainMap({}, self.names) if self.names else {}
        for parameter, argument in zip(block.parameters, call.arguments, strict=True):
            try:
                values[parameter] = argued(argument, inside.names, f"{key}{parameter}")
                self.stop_at(self.bounds.value(values[parameter], argument), argument.span, inside)
            except Refused as refused:
                self.note(replace(refused.problem, span=argument.span), inside)
                return None, (Tree(statement, None, ()),)
        body = Inside(
            prefix=f"{inside.prefix}{name}.",
            key=key,
            names=values,
            depth=inside.depth + 1,
            shared=block.name if block.shared else inside.shared,
            uses=(*inside.uses, statement)[-3:],
        )
        end, trees = self.body(block.body, start, body)
        return end, (Tree(statement, None, trees, {name: values[name] for name in block.parameters}),)

    def shared_key(self, block: Definition) -> str:
        """What the decisions of a shared block are named after: the block."""
        return f"{block.name}()" if block.name in self.outermost else block.name

    def repeat(self, statement: Statement, name: str, op: Repeat, start: End | None, inside: Inside) -> Part:
        """Place the copies of a block; where the number is open, one of their ends is chosen."""
        is_open = isinstance(op.count, Options)
        decided = is_open and self.decided(op, name, inside)
        most = op.counts[self.outcome(op, name, inside)] if decided else max(op.counts)
        ends: list[End | None] = [start]
        copies: list[Tree] = []
        for number in range(1, most + 1):
            end, trees = self.body(statement.body, ends[-1], inside.within(f"{name}.{number}"))
            copies.append(Tree(statement, None, trees))
            ends.append(end)
            if end is None:
                return None, (Tree(statement, None, tuple(copies)),)
        if is_open and not decided:
            chosen = tuple(ends[number] for number in op.counts)
            return self.joined(statement, name, op, chosen, tuple(copies), inside)
        return ends[-1], (Tree(statement, None, tuple(copies)),)

    # ---- selections --------------------------------------------------------------------------------------------------

    def decided(self, op: Select, name: str, inside: Inside) -> bool:
        """Whether a selection says which input is kept; where it does not, all of them are."""
        return self.selection is not None and self.decision(op, name, inside) in self.selection

    def decision(self, op: Select, name: str, inside: Inside) -> str:
        """What the decision of a statement is called."""
        return op.decision(Site(inside.prefix + name, (), (), decides=inside.key + name)).name

    def outcome(self, op: Select, name: str, inside: Inside) -> int:
        """The input that a selection keeps."""
        assert self.selection is not None
        index = self.selection[self.decision(op, name, inside)]
        assert isinstance(index, int), index
        return index

    def selected(self, statement: Statement, name: str, op: Select, start: End | None, inside: Inside) -> Part:
        """Only what is decided for, in the place of the choice."""
        index = self.outcome(op, name, inside)
        if isinstance(op, Optional):
            if index == 1 and start is not None:
                return self.absent(statement, name, start, inside)
            end, trees = self.body(statement.body, start, inside.within(name))
            return end, (Tree(statement, None, trees),)
        end, tree = self.path(statement.body[index], name, index + 1, start, inside)
        return self.only(statement, name, start, end, tree, inside)

    def only(
        self, statement: Statement, name: str, start: End | None, end: End | None, tree: Tree, inside: Inside
    ) -> Part:
        """One path, of which nothing else is left: its statements stand where the whole stood.

        A path that begins elsewhere keeps a sum of one around it, which says so.
        """
        if tree.statement.get("from") is not None:
            return self.joined(statement, name, Add(), (end,), (tree,), inside)
        if len(tree.body) == 1 and _is_plain_identity(tree.body[0]) and start is not None:
            self.placed.pop()
            return self.absent(statement, name, start, inside)
        return end, (Tree(statement, None, tree.body),)

    def total(
        self,
        statement: Statement,
        name: str,
        op: Sum,
        start: End | None,
        ends: tuple[End | None, ...],
        trees: tuple[Tree, ...],
        inside: Inside,
    ) -> Part:
        """A sum without the terms that are zeros."""
        living = [index for index, end in enumerate(ends) if end is not None and not end.zero]
        if len(living) == len(ends):
            return self.joined(statement, name, op, ends, trees, inside)
        if isinstance(op, Residual):
            end, _ = ends
            if start is not None and end is not None and end.zero:
                return self.absent(statement, name, start, inside)
            return self.joined(statement, name, op, ends, trees, inside)
        living = living or [0]
        if len(living) > 1:
            kept = tuple(ends[index] for index in living)
            return self.joined(statement, name, op, kept, tuple(trees[index] for index in living), inside)
        return self.only(statement, name, start, ends[living[0]], trees[living[0]], inside)

    def absent(self, statement: Statement, name: str, start: End, inside: Inside) -> Part:
        """Nothing, unless a path begins at the label that the statement has."""
        if statement.label in self.referenced:
            return self.passing(statement, name, start, inside)
        return start, ()

    def passing(self, statement: Statement, name: str, start: End, inside: Inside) -> Part:
        """An identity in the place of a statement."""
        return self.joined(statement, name, Identity(), (start,), (), inside)


def _is_plain_identity(tree: Tree) -> bool:
    return tree.statement.words == Identity.words and tree.statement.label is None
