"""Placed statements → Program: which channels are tied, what is pinned, what is decided, what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from dasdsl import ir
from dasdsl.diagnostics import DasError
from dasdsl.ir.program import INPUT, Node, Program, Tree
from dasdsl.ir.scopes import Placed
from dasdsl.ir.ties import Ties, tie
from dasdsl.language import errors, limits
from dasdsl.language.reports import diagnose
from dasdsl.language.space import Space
from dasdsl.operations.core.axes import Shape, Site, Source
from dasdsl.operations.core.decisions import Assignment, OneOf, Subset
from dasdsl.operations.core.operation import Cost, Operation
from dasdsl.operations.core.problems import Problem
from dasdsl.operations.core.values import Count, Options, Span, UpTo, limit


def failure(space: Space, problems: list[Problem]) -> DasError:
    """All the problems of a space, in the order of its text."""
    ordered = sorted(problems, key=lambda problem: (problem.span.line, problem.span.column))
    if len(ordered) > limits.ERRORS:
        ordered[limits.ERRORS :] = [errors.text.TooManyErrors(span=ordered[limits.ERRORS].span)]
    return DasError([diagnose(problem, space.source.path) for problem in ordered])


def _counts(space: Space, placed: list[Placed]) -> dict[str, Count]:
    """How many channels each source makes, as open as it is."""
    made = {item.name: item.op.produces for item in placed}
    return {INPUT: space.input[0]} | {name: count for name, count in made.items() if count is not None}


def untied(placed: list[Placed]) -> list[Problem]:
    """Joins of channels that are open in different ways."""
    made = {item.name: item.op.produces for item in placed}
    problems: list[Problem] = []
    for item in placed:
        found: dict[str, str] = {}
        joined = item.op.ties(item.site.axes)
        for axis in joined:
            for name in axis.sources:
                found.setdefault(_kind(name, made.get(name)), name)
        if len({axis.spreads for axis in joined}) > 1:
            first, last = item.site.axes[0], item.site.axes[-1]
            found = {"spread over features": first.sources[0], "spread in another way": last.sources[0]}
        if len(found) > 1:
            shown = [f"the channels of `{name}` are {kind}" for kind, name in found.items()]
            problems.append(
                ir.problems.CannotBeTied(span=item.statement.span, what=item.name, one=shown[0], other=shown[1])
            )
    return problems


def unnumbered(placed: list[Placed]) -> Iterator[Problem]:
    """What names channels by number, of which there may be more or fewer."""
    made = {item.name: item.op.produces for item in placed}
    for item in placed:
        if item.op.numbered:
            for name in item.site.axis.sources:
                if isinstance(made.get(name), Options):
                    yield ir.problems.CannotBeNumbered(span=item.statement.span, what=item.name, source=name)


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
    keys = {item.name: item.site.key for item in placed}
    sources = {name: Source(name, count, key=keys.get(name, "")) for name, count in _counts(space, placed).items()}
    reasons: dict[str, str] = {}

    def pin(names: Iterable[str], why: str) -> None:
        for name in names:
            # what is tied is pinned together
            if name not in reasons:
                reasons.update(dict.fromkeys(ties.group(name), why))

    for item in placed:
        if item.op.pins:
            pin(item.site.axis.sources, f"`{item.name}` reads all of them together")
            if isinstance(item.op.produces, Options):
                pin((item.name,), f"the groups of `{item.name}` are blocks of all of them")
    pin(placed[-1].axis.sources, "they are the network's output")
    pin((name for name in ties.group(INPUT) if name != INPUT), "they are added to the network's input")
    warnings: list[Problem] = []
    for item in placed:
        if item.name in reasons and item.name in sources:
            source = sources[item.name]
            sources[item.name] = replace(source, pinned=True)
            if isinstance(source.count, Options | UpTo):
                span = item.statement.place("channels")
                warnings.append(ir.problems.Pinned(span=span, name=item.name, most=source.size, why=reasons[item.name]))
    return sources, warnings


def assemble(
    space: Space, placed: list[Placed], tree: tuple[Tree, ...], within: Program | None = None
) -> tuple[Program, list[Problem]]:
    """The program, and its warnings; what is pinned in the program that it is a part of stays so."""
    sizes = {name: limit(count) for name, count in _counts(space, placed).items()}
    ties = tie((joins for item in placed if (joins := item.op.ties(item.site.axes))), sizes)
    sources, warnings = _sources(space, placed, ties)
    if within is not None:
        sources = {name: within.sources[name] for name in sources}
    nodes: list[Node] = []
    costs: dict[tuple[int, tuple[Shape, ...]], Cost] = {}
    for item in placed:
        here, own = item.site, sources.get(item.name)
        near = {name: sources[name] for axis in here.axes for name in axis.sources}
        pinned = own is not None and own.pinned
        site = Site(here.name, here.shapes, here.axes, tuple(near.values()), pinned, here.decides)
        nodes.append(
            Node(
                name=item.name,
                op=item.op,
                inputs=item.inputs,
                site=site,
                shape=item.shape,
                axis=item.axis,
                decisions=item.op.decisions(site),
                cost=_cost(item.op, site, costs),
                statement=item.statement,
            )
        )
    return Program(space, tuple(nodes), sources, tree, ties), warnings


def _cost(op: Operation, site: Site, known: dict[tuple[int, tuple[Shape, ...]], Cost]) -> Cost:
    """What an operation costs; the uses of a block share it, and but for flattened channels shapes say it all."""
    if any(part.spread > 1 for axis in site.axes for part in axis.parts):
        return op.cost(site)
    key = id(op), site.shapes
    if key not in known:
        known[key] = op.cost(site)
    return known[key]


def unshared(placed: list[Placed], nodes: tuple[Node, ...]) -> Iterator[Problem]:
    """What the uses of shared blocks cannot decide together."""
    sizes: dict[str, int] = {}
    seen: set[Span] = set()
    for item, node in zip(placed, nodes, strict=True):
        block, span = item.inside.shared, item.statement.span
        if block is None or span in seen:
            continue
        for what, at in _not_shareable(node):
            seen.add(span)
            yield ir.problems.SharedOpen(span=item.statement.place(at), block=block, what=what, notes=item.inside.notes)
        for decision in node.decisions:
            one = sizes.setdefault(decision.name, decision.size) if isinstance(decision, OneOf) else 0
            if isinstance(decision, OneOf) and one != decision.size:
                seen.add(span)
                size, notes = decision.size, item.inside.notes
                yield ir.problems.SharedUnequal(span=span, name=decision.name, one=one, other=size, notes=notes)


def _not_shareable(node: Node) -> Iterator[tuple[str, str]]:
    """What is decided for each channel on its own, and the field that says so."""
    if isinstance(node.op.produces, UpTo):
        yield "channels that are open by `<=`", "channels"
    for decision in node.decisions:
        if isinstance(decision, Assignment):
            yield "patterns", "groups"
        elif isinstance(decision, Subset):
            yield "what is read of channels that are open by `<=`", "reads"
