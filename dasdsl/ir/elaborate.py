"""Space → Program: every statement resolved and put in its place, with shapes, axes, decisions and costs.

All the problems of a space are found in one go; after a statement whose shape is unknown the others are still resolved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dasdsl.diagnostics import DasError, Diagnostic
from dasdsl.ir.extremes import largest
from dasdsl.ir.liveness import Collapsed, solve
from dasdsl.ir.problems import OnlyConstants, Pinned
from dasdsl.ir.program import INPUT, Node, Program
from dasdsl.language import errors
from dasdsl.language.reports import diagnose
from dasdsl.language.resolve import resolve
from dasdsl.language.space import Space, Statement
from dasdsl.operations.core.axes import Axis, Shape, Site, Source
from dasdsl.operations.core.kernel import Kernel
from dasdsl.operations.core.operation import Operation, registry
from dasdsl.operations.core.problems import Problem, Refused
from dasdsl.operations.core.values import Options, Patterns, Resolved, UpTo


@dataclass(frozen=True, slots=True)
class _Placed:
    """A statement whose operation is known, before it is known what is pinned."""

    name: str
    op: Operation
    inputs: tuple[str, ...]
    shapes: tuple[Shape, ...]
    axes: tuple[Axis, ...]
    shape: Shape
    axis: Axis
    statement: Statement


@dataclass
class _Elaboration:
    space: Space
    problems: list[Problem] = field(default_factory=list[Problem])
    placed: list[_Placed] = field(default_factory=list[_Placed])


def elaborate(space: Space) -> Program:
    """Put every operation of a space in its place.

    Raises: DasError with all the problems found.
    """
    work = _Elaboration(space)
    operations = [_operation(work, statement, space.names) for statement in space.body]
    if not space.body:
        work.problems.append(errors.text.EmptyBody())
    _place(work, operations)
    if work.problems:
        raise _failure(space, work.problems)
    return _program(work)


def _failure(space: Space, problems: list[Problem]) -> DasError:
    ordered = sorted(problems, key=lambda problem: (problem.span.line, problem.span.column))
    return DasError([diagnose(problem, space.source.path) for problem in ordered])


def _operation(work: _Elaboration, statement: Statement, names: Mapping[str, int | Options]) -> Operation | None:
    """The statement's operation with its fields resolved; None, and the problems kept, where that fails."""
    cls = registry()[statement.words]
    written = dict(statement.fields)
    values: dict[str, Resolved] = {}
    sound = True
    for spec in cls.fields:
        if spec.name not in written:
            continue
        try:
            values[spec.name] = resolve(written[spec.name], spec, names)
        except Refused as refused:
            work.problems.append(refused.problem)
            sound = False
    if not sound:
        return None
    return cls(**values)


def _names(body: tuple[Statement, ...]) -> list[str]:
    """A name for each statement: its label, or its word and a number that no label has."""
    taken = {statement.label for statement in body if statement.label} | {INPUT}
    counts: dict[str, int] = {}
    names: list[str] = []
    for statement in body:
        if statement.label:
            names.append(statement.label)
            continue
        word = statement.words.split()[0]
        counts[word] = counts.get(word, 0) + 1
        while f"{word}{counts[word]}" in taken:
            counts[word] += 1
        names.append(f"{word}{counts[word]}")
    return names


def _place(work: _Elaboration, operations: list[Operation | None]) -> None:
    """Shapes and axes, one statement after the other, until one is unknown."""
    shape = work.space.header.input
    axis, read = Axis.of(INPUT, shape[0]), INPUT
    for statement, name, op in zip(work.space.body, _names(work.space.body), operations, strict=True):
        if op is None:
            return
        try:
            made = op.shape((shape,))
            site = Site(name, (shape,), (axis,))
            op.check(site)
            produced = op.axis(site)
        except Refused as refused:
            span = statement.place(refused.field)
            work.problems.append(replace(refused.problem, span=span))
            return
        work.placed.append(_Placed(name, op, (read,), (shape,), (axis,), made, produced, statement))
        shape, axis, read = made, produced, name


def _sources(work: _Elaboration) -> tuple[dict[str, Source], list[Problem]]:
    """Where channels are produced, and what pins them."""
    sources = {INPUT: Source(INPUT, work.space.header.input[0])}
    reasons: dict[str, str] = {}
    for placed in work.placed:
        if placed.op.produces is not None:
            sources[placed.name] = Source(placed.name, placed.op.produces)
        if placed.op.pins:
            for name in placed.axes[0].sources:
                reasons.setdefault(name, f"`{placed.name}` reads all of them together")
            if placed.op.produces is not None and isinstance(placed.op.produces, Options):
                reasons.setdefault(placed.name, f"the groups of `{placed.name}` are blocks of all of them")
    for name in work.placed[-1].axis.sources:
        reasons.setdefault(name, "they are the network's output")
    warnings: list[Problem] = []
    for placed in work.placed:
        if placed.name in reasons:
            source = sources[placed.name]
            sources[placed.name] = replace(source, pinned=True)
            if isinstance(source.count, Options | UpTo):
                span = placed.statement.place("channels")
                warnings.append(Pinned(span=span, name=placed.name, most=source.size, why=reasons[placed.name]))
    return sources, warnings


def _program(work: _Elaboration) -> Program:
    sources, warnings = _sources(work)
    nodes: list[Node] = []
    for placed in work.placed:
        near = tuple(sources[name] for axis in placed.axes for name in axis.sources)
        own = sources.get(placed.name)
        site = Site(placed.name, placed.shapes, placed.axes, near, pinned=own is not None and own.pinned)
        nodes.append(
            Node(
                name=placed.name,
                op=placed.op,
                inputs=placed.inputs,
                site=site,
                shape=placed.shape,
                axis=placed.axis,
                decisions=placed.op.decisions(site),
                cost=placed.op.cost(site),
                statement=placed.statement,
            )
        )
    diagnostics: tuple[Diagnostic, ...] = tuple(diagnose(warning, work.space.source.path) for warning in warnings)
    program = Program(work.space, tuple(nodes), sources, diagnostics)
    _refuse_constants(program)
    return program


def _refuse_constants(program: Program) -> None:
    """Only written patterns can make constants of which nothing else is read, whatever is decided."""
    if not any(isinstance(node.op, Kernel) and _makes_constants(node.op) for node in program.nodes):
        return
    try:
        solve(program, largest(program))
    except Collapsed as collapse:
        statement = program[collapse.layer].statement
        raise _failure(program.space, [OnlyConstants(span=statement.span, name=collapse.layer)]) from None


def _makes_constants(op: Kernel) -> bool:
    return isinstance(op.groups, Patterns) and any(not pattern.inputs for pattern in op.groups.patterns)
