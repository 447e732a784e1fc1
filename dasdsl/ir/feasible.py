"""Whether any network of a space keeps a limit: known before anything is trained."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from dasdsl import ir
from dasdsl.ir.assembling import failure
from dasdsl.ir.branching import Measure, by_macs, by_params
from dasdsl.ir.counting import count
from dasdsl.ir.extremes import smallest
from dasdsl.ir.limit import Limit, spent
from dasdsl.ir.program import Program
from dasdsl.ir.trying import all_tried
from dasdsl.language.amounts import limit_text
from dasdsl.operations.core.decisions import Outcomes
from dasdsl.operations.core.operation import Cost
from dasdsl.operations.core.problems import Problem
from dasdsl.operations.core.values import NOWHERE

MEASURES: Final = MappingProxyType({"params": by_params, "macs": by_macs})


def least(program: Program, limit: Limit) -> Outcomes:
    """The outcomes of a network that keeps the limit, as small as it gets in what is limited.

    Where a space has many branches, the smallest network is not known for sure (`ir.extremes`): what is then refused
    is a limit that the smallest one known does not keep.
    Raises: DasError E308, with the smallest value that would do.
    """
    found = [(outcomes, count(program, outcomes)) for outcomes in _extremes(program, limit)]
    sure = all_tried(program)
    fewest = {what: min(spent(cost, what) for _, cost in found) for what in limit.entries}
    problems = [_tight(program, limit, what, fewest[what], sure=sure) for what in limit.entries]
    refused = [problem for problem in problems if problem is not None]
    outcomes, cost = min(found, key=lambda one: limit.share(one[1]))
    if not refused and not limit.met(cost):
        # each could be kept, but no network that is known keeps both
        refused = [_both(program, limit, cost)]
    if refused:
        raise failure(program.space, refused)
    return outcomes


def _extremes(program: Program, limit: Limit) -> list[Outcomes]:
    """The smallest in each of what is limited, and in the one of both that is used up most."""
    measures: list[Measure] = [MEASURES[what] for what in limit.entries]
    if len(measures) > 1:
        measures.append(lambda cost: (round(1e9 * limit.share(cost)), cost.params))
    return [smallest(program, measure) for measure in measures]


def _tight(program: Program, limit: Limit, what: str, fewest: int, *, sure: bool) -> Problem | None:
    most = limit.entries[what]
    if fewest <= most:
        return None
    # a flag overrides the header, and has no place in it
    places = dict(program.space.source.limits) if _written(program) == limit else {}
    span = places.get(what, NOWHERE)
    return ir.problems.TightLimit(span=span, what=what, most=most, least=fewest, sure=sure)


def _both(program: Program, limit: Limit, cost: Cost) -> Problem:
    shares = limit.shares(cost)
    what = max(shares, key=lambda what: shares[what])
    found = _tight(program, limit, what, spent(cost, what), sure=False)
    assert found is not None
    return found


def wanted(program: Program, text: str) -> tuple[Limit | None, list[str]]:
    """The limit that a text says, as far as it limits anything, and a warning where it does not.

    Raises: DasError E308 where no network of the space keeps it.
    """
    limit = Limit.of(text, program)
    least(program, limit)
    binding = limit.binding(program)
    kept: dict[str, int] = {} if binding is None else binding.entries
    idle = [what for what in limit.entries if what not in kept]
    return binding, [f"the limit on {what} is above what the largest network costs: it limits nothing" for what in idle]


def refuse_tight(program: Program) -> None:
    """Nothing, where some network keeps the limit in the header, or there is none.

    Raises: DasError E308.
    """
    limit = _written(program)
    if limit is not None:
        least(program, limit)


def _written(program: Program) -> Limit | None:
    """The limit in the header, in numbers."""
    search = program.space.header.search
    if search is None or search.limit is None:
        return None
    return Limit.of(limit_text(search.limit.model_dump(exclude_none=True)), program)
