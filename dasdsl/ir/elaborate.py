"""Space → Program: every statement resolved and put in its place, with shapes, axes, decisions and costs.

All the problems of a space are found in one go; after a statement whose shape is unknown the others are still resolved.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dasdsl.diagnostics import DasError, Diagnostic
from dasdsl.ir.extremes import largest
from dasdsl.ir.liveness import Collapsed, solve
from dasdsl.ir.placing import Placed, Placing
from dasdsl.ir.problems import CannotBeTied, OnlyConstants, Pinned
from dasdsl.ir.program import INPUT, Node, Program, Tree
from dasdsl.ir.ties import Ties, tie
from dasdsl.language import errors
from dasdsl.language.reports import diagnose
from dasdsl.language.space import Space
from dasdsl.operations.core.axes import Site, Source
from dasdsl.operations.core.kernel import Kernel
from dasdsl.operations.core.problems import Problem
from dasdsl.operations.core.values import Count, Options, Patterns, UpTo, limit


def elaborate(space: Space) -> Program:
    """Put every operation of a space in its place.

    Raises: DasError with all the problems found.
    """
    placing = Placing(space)
    if not space.body:
        placing.problems.append(errors.text.EmptyBody())
    tree = placing.run()
    if not placing.problems:
        placing.problems += _untied(placing.placed)
    if placing.problems:
        raise _failure(space, placing.problems)
    return _program(space, placing.placed, tree)


def _failure(space: Space, problems: list[Problem]) -> DasError:
    ordered = sorted(problems, key=lambda problem: (problem.span.line, problem.span.column))
    return DasError([diagnose(problem, space.source.path) for problem in ordered])


def _counts(space: Space, placed: list[Placed]) -> dict[str, Count]:
    """How many channels each source makes, as open as it is."""
    made = {item.name: item.op.produces for item in placed}
    return {INPUT: space.input[0]} | {name: count for name, count in made.items() if count is not None}


def _untied(placed: list[Placed]) -> list[Problem]:
    """Joins of channels that are open in different ways."""
    made = {item.name: item.op.produces for item in placed}
    problems: list[Problem] = []
    for item in placed:
        found: dict[str, str] = {}
        for axis in item.op.ties(item.axes):
            for name in axis.sources:
                found.setdefault(_kind(name, made.get(name)), name)
        spreads = {axis.spreads for axis in item.op.ties(item.axes)}
        if len(spreads) > 1:
            found = {"spread over features": item.axes[0].sources[0], "spread in another way": item.axes[-1].sources[0]}
        if len(found) > 1:
            shown = [f"the channels of `{name}` are {kind}" for kind, name in found.items()]
            problems.append(CannotBeTied(span=item.statement.span, what=item.name, one=shown[0], other=shown[1]))
    return problems


def _kind(name: str, count: Count | None) -> str:
    """In which way the channels of a source are open."""
    match count:
        case UpTo():
            return "`<=`"
        case Options(shared=shared):
            return f"the decision `{shared}`" if shared else f"the decision `{name}.channels`"
        case _:
            return "fixed"


def _sources(space: Space, placed: list[Placed], ties: Ties) -> tuple[dict[str, Source], list[Problem]]:
    """Where channels are produced, and what pins them."""
    sources = {name: Source(name, count) for name, count in _counts(space, placed).items()}
    reasons: dict[str, str] = {}

    def pin(names: Iterable[str], why: str) -> None:
        for name in names:
            for other in ties.group(name):
                reasons.setdefault(other, why)

    for item in placed:
        if item.op.pins:
            pin(item.axes[0].sources, f"`{item.name}` reads all of them together")
            if isinstance(item.op.produces, Options):
                pin((item.name,), f"the groups of `{item.name}` are blocks of all of them")
    pin(placed[-1].axis.sources, "they are the network's output")
    pin(ties.group(INPUT) - {INPUT}, "they are added to the network's input")
    warnings: list[Problem] = []
    for item in placed:
        if item.name in reasons and item.name in sources:
            source = sources[item.name]
            sources[item.name] = replace(source, pinned=True)
            if isinstance(source.count, Options | UpTo):
                span = item.statement.place("channels")
                warnings.append(Pinned(span=span, name=item.name, most=source.size, why=reasons[item.name]))
    return sources, warnings


def _program(space: Space, placed: list[Placed], tree: tuple[Tree, ...]) -> Program:
    sizes = {name: limit(count) for name, count in _counts(space, placed).items()}
    ties = tie((joined for item in placed if (joined := item.op.ties(item.axes))), sizes)
    sources, warnings = _sources(space, placed, ties)
    nodes: list[Node] = []
    for item in placed:
        near = {name: sources[name] for axis in item.axes for name in axis.sources}
        own = sources.get(item.name)
        site = Site(item.name, item.shapes, item.axes, tuple(near.values()), pinned=own is not None and own.pinned)
        nodes.append(
            Node(
                name=item.name,
                op=item.op,
                inputs=item.inputs,
                site=site,
                shape=item.shape,
                axis=item.axis,
                decisions=item.op.decisions(site),
                cost=item.op.cost(site),
                statement=item.statement,
            )
        )
    diagnostics: tuple[Diagnostic, ...] = tuple(diagnose(warning, space.source.path) for warning in warnings)
    program = Program(space, tuple(nodes), sources, tree, ties, diagnostics)
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
