"""The depth of an architecture opened: `repeat n` becomes `repeat <1..m>` where the compiler takes it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace

from dasdsl.diagnostics import DasError
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.problems import bad_widening
from dasdsl.ir.program import Program
from dasdsl.language.blocks import parameters_of
from dasdsl.language.checking import flat
from dasdsl.language.mentions import names_in
from dasdsl.language.resolve import resolve
from dasdsl.language.space import Space, Statement
from dasdsl.language.writing import written_fields
from dasdsl.operations.core.values import Options
from dasdsl.operations.repeat import Repeat

Depths = Mapping[int, int]
"""The most copies of some repeats, each by its number: the repeats of a text are counted from 0, in its order."""


def deepened(space: Space, more: int, chosen: Callable[[Program], Collection[str]]) -> Program:
    """An architecture with its repeats opened: from 1 to so many copies more than there are.

    A repeat stays where other numbers of copies make no network, since the later ones change the shape. `chosen` says
    which nodes of the opened space may be opened.
    Raises: DasError E321 where no repeat is opened.
    """
    most = {number: count + more for number, count in counts(space) if count + more > 1}
    if not most:
        raise bad_widening("there is no `repeat` with a number that could be opened", "leave out the depth")
    program, able = _widest(space, most)
    names = chosen(program)
    stays = _numbers(program, lambda name: name not in names)
    if stays:
        able = {number: count for number, count in able.items() if number not in stays}
        program = elaborate(with_depths(space, able))
    if not able:
        what = "is among the layers" if stays else "keeps the shape in its later copies"
        raise bad_widening(f"no `repeat` that can be opened {what}", "choose other layers, or leave out the depth")
    return program


def counts(space: Space) -> Iterator[tuple[int, int]]:
    """The number of each repeat and of its copies; one whose copies are a block's parameter has no number of them."""
    (spec,) = Repeat.fields
    number = -1
    for outer in space.body:
        parameters = parameters_of(outer)
        for statement in flat((outer,)):
            if statement.words != Repeat.words:
                continue
            number += 1
            written = dict(statement.fields)[spec.name]
            if any(name.name in parameters for name in names_in(written)):
                continue
            count = resolve(written, spec, space.names)
            assert isinstance(count, int), count
            yield number, count


def with_depths(space: Space, depths: Depths) -> Space:
    """The space in which these repeats are open up to so many copies."""
    header = replace(space.header, space=space.name, architecture=None)
    return replace(space, header=header, body=_body(space.body, depths, iter(range(len(list(flat(space.body)))))))


def _body(body: tuple[Statement, ...], depths: Depths, numbers: Iterator[int]) -> tuple[Statement, ...]:
    return tuple(_statement(statement, depths, numbers) for statement in body)


def _statement(statement: Statement, depths: Depths, numbers: Iterator[int]) -> Statement:
    most = depths.get(next(numbers)) if statement.words == Repeat.words else None
    body = _body(statement.body, depths, numbers)
    if most is None:
        return replace(statement, body=body)
    fields = written_fields(Repeat.words, {"count": Options(tuple(range(1, most + 1)))})
    return replace(statement, fields=fields, body=body)


def _widest(space: Space, most: Depths) -> tuple[Program, Depths]:
    """The program with as many of these repeats open as there can be, from the first on."""
    able: dict[int, int] = {}
    waiting = [dict(most)]
    program = None
    while waiting:
        asked = waiting.pop()
        try:
            program = elaborate(with_depths(space, able | asked))
        except DasError:
            # in halves: mostly all of them can be opened
            numbers = list(asked)
            half = len(numbers) // 2
            waiting += [{number: most[number] for number in part} for part in (numbers[half:], numbers[:half]) if half]
        else:
            able |= asked
    return program or elaborate(with_depths(space, able)), able


def _numbers(program: Program, wanted: Callable[[str], bool]) -> set[int]:
    """The numbers of the open repeats of which a node's name is wanted."""
    repeats = (statement for statement in flat(program.space.body) if statement.words == Repeat.words)
    numbers = {id(statement): number for number, statement in enumerate(repeats)}
    return {numbers[id(node.statement)] for node in program.nodes if isinstance(node.op, Repeat) and wanted(node.name)}
