"""Space → Program: every statement resolved and put in its place, with shapes, axes, decisions and costs.

All the problems of a space are found in one go; after a statement whose shape is unknown the others are still resolved.
"""

from __future__ import annotations

from dataclasses import replace

from dasdsl import ir
from dasdsl.ir.assembling import assemble, failure, unnumbered, unshared, untied
from dasdsl.ir.bounds import outsized
from dasdsl.ir.extremes import largest
from dasdsl.ir.liveness import Collapsed, solve
from dasdsl.ir.placing import Placing
from dasdsl.ir.program import INPUT, Program
from dasdsl.ir.selecting import select
from dasdsl.language import errors
from dasdsl.language.reports import diagnose
from dasdsl.language.space import Space
from dasdsl.language.words import DEFINITIONS
from dasdsl.operations.core.decisions import Outcomes
from dasdsl.operations.core.kernel import Kernel
from dasdsl.operations.core.operation import Operation
from dasdsl.operations.core.selecting import Select
from dasdsl.operations.core.values import Patterns


def elaborate(space: Space) -> Program:
    """Put every operation of a space in its place.

    Raises: DasError with all the problems found.
    """
    placing = Placing(space)
    tree = placing.run()
    if not any(statement.words not in DEFINITIONS for statement in space.body):
        placing.problems.append(errors.text.EmptyBody())
    if not placing.problems:
        placing.problems += [*untied(placing.placed), *unnumbered(placing.placed)]
    if placing.problems:
        raise failure(space, placing.problems)
    program, warnings = assemble(space, placing.placed, tree)
    problems = [*unshared(placing.placed, program.nodes), *outsized(program)]
    if problems:
        raise failure(space, problems)
    _refuse_constants(program)
    return replace(program, warnings=tuple(diagnose(warning, space.source.path) for warning in warnings))


def _refuse_constants(program: Program) -> None:
    """Written patterns and zeros can make constants of which nothing else is read, whatever is decided."""
    # the uses of blocks share their operations
    ops = {id(node.op): node.op for node in program.nodes}.values()
    constants = any(map(_makes_constants, ops))
    if not constants and not any(op.makes_zero for op in ops):
        return
    most = largest(program)
    if not constants and hangs_on_its_input(program, most):
        return
    try:
        solve(select(program, most), most)
    except Collapsed as collapse:
        span = program[collapse.layer].statement.span
        raise failure(program.space, [ir.problems.OnlyConstants(span=span, name=collapse.layer)]) from None


def hangs_on_its_input(program: Program, outcomes: Outcomes) -> bool:
    """Whether the output hangs on the input, as far as only zeros could keep it from that.

    This is what is left of `solve` where no layer has outputs that read nothing, at a tenth of its time.
    """
    hangs, zeros = {INPUT}, set[str]()
    for node in program.nodes:
        op, inputs = node.op, node.inputs
        if isinstance(op, Select):
            index = outcomes[node.decisions[0].name]
            assert isinstance(index, int), index
            inputs = (inputs[index],)
            is_zero = inputs[0] in zeros
        else:
            # without zeros nobody makes zeros but those who always do
            able = op.makes_zero or not zeros.isdisjoint(inputs)
            is_zero = able and op.zero(tuple([name in zeros for name in inputs]))
        if is_zero:
            zeros.add(node.name)
        elif not hangs.isdisjoint(inputs):
            hangs.add(node.name)
    return program.output.name in hangs


def _makes_constants(op: Operation) -> bool:
    if not isinstance(op, Kernel) or not isinstance(op.groups, Patterns):
        return False
    return any(not pattern.inputs for pattern in op.groups.patterns)
