"""Finds the names of `define` and the blocks that nothing uses."""

from __future__ import annotations

from collections.abc import Iterator

from dasdsl.diagnostics import Diagnostic
from dasdsl.language import errors
from dasdsl.language.blocks import head_of
from dasdsl.language.checking import flat
from dasdsl.language.mentions import names_in
from dasdsl.language.reports import diagnose
from dasdsl.language.space import Space, Statement
from dasdsl.language.words import USE
from dasdsl.operations.core.problems import Problem
from dasdsl.operations.core.values import Call


def warnings_of(space: Space) -> tuple[Diagnostic, ...]:
    """A warning for each name that neither a statement nor another name uses, and each block that no statement uses."""
    return tuple(diagnose(problem, space.source.path) for problem in (*unused_names(space), *unused_blocks(space)))


def unused_names(space: Space) -> Iterator[Problem]:
    """None for a space without a source."""
    used = set(names_of_body(space.body))
    for value in space.header.define.values():
        used |= {name.name for name in names_in(value)}
    for name, span in space.source.names:
        if name not in used:
            yield errors.header.UnusedName(span=span, name=name)


def unused_blocks(space: Space) -> Iterator[Problem]:
    """Blocks that are used only in a block which nothing uses count as used."""
    calls = (statement.get("block") for statement in flat(space.body) if statement.words == USE)
    used = {call.name for call in calls if isinstance(call, Call)}
    for statement in space.body:
        head = head_of(statement)
        if head is not None and head.name not in used:
            yield errors.blocks.UnusedBlock(span=statement.span, name=head.name)


def names_of_body(body: tuple[Statement, ...]) -> Iterator[str]:
    """The names in all statements."""
    for statement in flat(body):
        for _, value in statement.fields:
            yield from (name.name for name in names_in(value))
