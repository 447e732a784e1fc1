"""Which branches and depths of a space an architecture has: those with which all statements agree, or the most do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dasdsl.frozen import frozen
from dasdsl.ir.alike import Differs, choices
from dasdsl.ir.program import INPUT, Program
from dasdsl.ir.selecting import select
from dasdsl.operations.core.decisions import OneOf, Outcomes
from dasdsl.operations.core.selecting import Select

BRANCHES = {"choice", "depth"}
"""The roles of decisions about which statements there are."""
TRIALS = 1_000
"""Selections that are looked at, at most: many branches may be alike, and none of them agree to the end."""


@frozen(slots=True)
class Selection:
    """What is decided about branches and depths, and the space without what that decides against."""

    outcomes: Mapping[str, int]
    program: Program


def decide(found: Program, space: Program) -> Selection:
    """The branches and depths of an architecture; decisions in branches that it does not have stay open."""
    search = _Search(found, space)
    if not search.decide({}, search.order()):
        # a branch that begins elsewhere, or zeros, may leave statements before it unread: they agree by being gone
        search.strict, search.trials = False, 0
        search.decide({}, search.order())
    assert search.best is not None
    return search.best


@frozen(slots=True)
class _Trial:
    """A selection: how many statements agree, and whether these are all."""

    selection: Selection
    agreeing: int
    whole: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The nodes that are left."""
        return tuple(node.name for node in self.selection.program.nodes)


@dataclass
class _Search:
    """Decides one after the other, in the order of the statements, and goes back where statements disagree."""

    found: Program
    space: Program
    best: Selection | None = None
    most: int = -1
    trials: int = 0
    strict: bool = True
    """Whether statements before those that are still open have to agree."""
    starts: dict[str, int] = field(default_factory=dict[str, int])
    """For each decision, the number of the first node that it may decide against."""

    def order(self) -> tuple[OneOf, ...]:
        """The decisions, those first whose statements stand first; of nested ones the outer before the inner."""
        places: dict[str, tuple[int, int]] = {}
        names = [node.name for node in self.space.nodes]
        for node in self.space.nodes:
            for decision in node.decisions if isinstance(node.op, Select) else ():
                start = next(i for i, name in enumerate(names) if name == node.name or name.startswith(f"{node.name}."))
                place = (start, len(node.name))
                places[decision.name] = min(place, places.get(decision.name, place))
        self.starts = {name: start for name, (start, _) in places.items()}
        known = {decision.name: decision for decision in self.space.decisions if isinstance(decision, OneOf)}
        return tuple(known[name] for name in sorted(places, key=places.__getitem__))

    def decide(self, made: dict[str, int], left: tuple[OneOf, ...]) -> bool:
        """Decide what is left; whether all statements agree then, and `best` is that."""
        if not left:
            trial = self.tried(made, {})
            self.best = trial.selection if trial.whole else self.best
            return trial.whole
        decision, *others = left
        later = {other.name: 0 for other in others}
        options = range(len(decision.options)) if self.trials < TRIALS else ()
        tried = [(self.tried(made | {decision.name: index}, later), index) for index in options]
        if len({trial.names for trial, _ in tried}) == 1:
            # it stands in a branch that is not taken
            return self.decide(made, tuple(others))
        bound = min((self.starts[other.name] for other in others), default=len(self.space.nodes))
        return any(
            self.decide(made | {decision.name: index}, tuple(others))
            for trial, index in sorted(tried, key=lambda pair: -pair[0].agreeing)
            if trial.agreeing >= self.before(bound, trial.names)
        )

    def before(self, bound: int, names: tuple[str, ...]) -> int:
        """How many of these nodes are the same whatever is decided from a node of the whole space on."""
        if not self.strict:
            return 0
        early = {node.name for node in self.space.nodes[:bound]}
        return next((count for count, name in enumerate(names) if name not in early), len(names))

    def tried(self, made: Mapping[str, int], later: Mapping[str, int]) -> _Trial:
        """Look at a selection; the best of those seen is kept, so that it can be said where it differs."""
        self.trials += 1
        program = select(self.space, Outcomes({**later, **made}))
        agreeing = sum(1 for _ in _agreeing(self.found, program))
        trial = _Trial(Selection(made, program), agreeing, agreeing == len(self.found.nodes) == len(program.nodes))
        if agreeing > self.most:
            self.best, self.most = trial.selection, agreeing
        return trial


def _agreeing(found: Program, space: Program) -> Iterator[str]:
    """The statements that agree, from the first on."""
    nodes = {INPUT: INPUT}
    for mine, theirs in zip(found.nodes, space.nodes, strict=False):
        if mine.op.words != theirs.op.words or tuple(nodes.get(name) for name in mine.inputs) != theirs.inputs:
            return
        try:
            choices(mine, theirs)
        except Differs:
            return
        nodes[mine.name] = theirs.name
        yield theirs.name
