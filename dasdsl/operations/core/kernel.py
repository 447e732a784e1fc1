"""What `conv` and `linear` share: a weight of (outputs, inputs, …filter), and what may be open about it.

    W_eff[o,i,a,b] = V[o,i,a,b] · F[a,b] · β[i] · G[o,i]

(method: one searched convolution). This file says which decisions that makes and what their outcomes leave of the
layer; the tensors live in `dasdsl.layers`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from math import prod
from typing import Self

from dasdsl.frozen import frozen
from dasdsl.operations import core
from dasdsl.operations.core.axes import Site
from dasdsl.operations.core.decisions import Assignment, Decision, OneOf, Outcomes, Subset, positions_of
from dasdsl.operations.core.operation import Cost, Operation
from dasdsl.operations.core.problems import Refused
from dasdsl.operations.core.values import (
    Count,
    Options,
    Pattern,
    Patterns,
    Reads,
    UpTo,
    limit,
)

Sets = tuple[tuple[int, ...], ...]
"""For each output, the positions of the input axis that it reads."""


@frozen(kw_only=True)
class Kernel(Operation):
    """A layer that produces channels, each from all, some or a pattern of those it reads."""

    keeps_zero = False

    channels: Count
    groups: int | Options | UpTo | Patterns = 1
    bias: str = "on"
    reads: Reads | None = None

    @property
    def produces(self) -> Count:
        """Its channels."""
        return self.channels

    @property
    def pins(self) -> bool:
        """Where the number of groups is fixed or one of some, all channels are read and the blocks stay as they are."""
        return isinstance(self.groups, Options) or (isinstance(self.groups, int) and self.groups > 1)

    @property
    def outputs(self) -> int:
        """The largest number of channels it produces."""
        return limit(self.channels)

    @property
    def taps(self) -> int:
        """How many weights the largest filter has for each connection."""
        return 1

    def positions(self, site: Site) -> int:
        """How many times the kernel is applied to one input."""
        return prod(self.shape(site.shapes)[1:])

    # ---- decisions ---------------------------------------------------------------------------------------------------

    def check(self, site: Site) -> None:
        """Raise Refused where `groups` or `reads` does not fit the input axis."""
        size = len(site.axis)
        if self.groups != 1 and self.reads is not None:
            raise Refused(
                core.faults.Exclusive(groups="groups<=" if isinstance(self.groups, UpTo) else "groups"), "reads"
            )
        if isinstance(self.reads, tuple):
            _within(self.reads, size, "reads", "channel")
        match self.groups:
            case Patterns(patterns=patterns):
                _partition(patterns, size, self.outputs)
            case Options(values=values):
                for number in values:
                    self._divides(number, size, f"groups {number}")
            case int() as number:
                self._divides(number, size, "")
            case UpTo():
                pass

    def _divides(self, number: int, inputs: int, choice: str) -> None:
        if inputs % number:
            raise Refused(
                core.faults.NotDivisible(groups=number, number=inputs, which="reads", choice=choice), "groups"
            )
        counted = isinstance(self.channels, Options)
        for count in self.channels.values if isinstance(self.channels, Options) else (limit(self.channels),):
            if count % number:
                by = " ".join([*([f"channels {count}"] if counted else []), *([choice] if choice else [])])
                raise Refused(
                    core.faults.NotDivisible(groups=number, number=count, which="produces", choice=by), "groups"
                )

    def decisions(self, site: Site) -> tuple[Decision, ...]:
        """Filter sides or shapes, the count, what is read, and the patterns, as far as they are open."""
        out: list[Decision] = [*self.filter_decisions(site), *self._count_decisions(site)]
        read = self._searched_reads(site)
        if read:
            out.append(Subset(f"{site.key}.reads", read))
        match self.groups:
            case UpTo(limit=patterns):
                out.append(Assignment(f"{site.key}.groups", len(site.axis), patterns, self.outputs))
            case Options(values=values, shared=shared):
                out.append(OneOf(shared or f"{site.key}.groups", "groups", values))
            case int() | Patterns():
                pass
        return tuple(out)

    def _count_decisions(self, site: Site) -> list[Decision]:
        if isinstance(self.channels, Options) and not site.pinned:
            name = self.channels.shared or f"{site.key}.channels"
            return [OneOf(name, "count", self.channels.values)]
        return []

    def _searched_reads(self, site: Site) -> tuple[int, ...]:
        if self.groups != 1 or self.reads == "all" or isinstance(self.reads, tuple):
            return ()
        return tuple(range(len(site.axis))) if self.reads == "any" else site.free

    # ---- outcomes ----------------------------------------------------------------------------------------------------

    def patterns(self, site: Site) -> tuple[Pattern, ...]:
        """Which inputs each output reads in the largest: everything that is open is read."""
        inputs, outputs = tuple(range(len(site.axis))), tuple(range(self.outputs))
        match self.groups:
            case Patterns(patterns=patterns):
                return patterns
            case int() as number:
                return blocks(number, inputs, outputs) if number > 1 else (Pattern(self._read(inputs), outputs),)
            case Options(values=values):
                return blocks(min(values), inputs, outputs)
            case UpTo():
                return (Pattern(inputs, outputs),)

    def _read(self, inputs: tuple[int, ...]) -> tuple[int, ...]:
        return self.reads if isinstance(self.reads, tuple) else inputs

    def sets(self, site: Site, outcomes: Outcomes) -> Sets:
        """For each output of the largest, the positions it reads under the outcomes."""
        gone = self._gone(site, outcomes)
        match self.groups:
            case UpTo():
                assigned = outcomes[f"{site.key}.groups"]
                sets = [positions_of(chosen) for chosen in _nested(assigned)]
            case Options(values=values, shared=shared):
                number = values[_index(outcomes[shared or f"{site.key}.groups"])]
                sets = spread(blocks(number, tuple(range(len(site.axis))), tuple(range(self.outputs))), self.outputs)
            case int() | Patterns():
                sets = spread(self.patterns(site), self.outputs)
        return changed(sets, lambda chosen: tuple(position for position in chosen if position not in gone))

    def _gone(self, site: Site, outcomes: Outcomes) -> frozenset[int]:
        """Positions that no output may read: beyond the count of their source, or decided against."""
        gone: set[int] = set()
        for part in site.counted:
            count = part.options[_index(outcomes[part.decision])]
            gone.update(p for p, channel in zip(part.positions, part.channels, strict=True) if channel >= count)
        read = self._searched_reads(site)
        if read:
            kept = set(positions_of(outcomes[f"{site.key}.reads"]))
            gone.update(position for position in read if position not in kept)
        return frozenset(gone)

    def connected(self, patterns: tuple[Pattern, ...], inputs: int, outputs: int) -> Self:
        """The same layer with these patterns, in positions of the new input axis."""
        groups, reads = 1, None
        if len(patterns) == 1 and patterns[0].inputs:
            reads = None if len(patterns[0].inputs) == inputs else patterns[0].inputs
        else:
            regular = len(patterns) > 1 and patterns == _maybe_blocks(len(patterns), inputs, outputs)
            groups = len(patterns) if regular else Patterns(patterns)
        return replace(self, channels=outputs, groups=groups, reads=reads)

    def folds_constants(self) -> bool:
        """Whether an input that is constant over space only moves the bias: there is one, and no zeros are padded."""
        return self.bias == "on"

    # ---- cost --------------------------------------------------------------------------------------------------------

    def cost(self, site: Site) -> Cost:
        """Params = connections · filter + biases; MACs = positions · connections · filter (no padding discount)."""
        spreads = site.axis.spreads
        connections = sum(
            sum(map(spreads.__getitem__, pattern.inputs)) * len(pattern.outputs) for pattern in self.patterns(site)
        )
        weights = connections * self.taps
        biases = self.outputs if self.bias == "on" else 0
        return Cost(params=weights + biases, macs=weights * self.positions(site))


def blocks(number: int, inputs: tuple[int, ...], outputs: tuple[int, ...]) -> tuple[Pattern, ...]:
    """The patterns of an ordinary grouped convolution: block k of the outputs reads block k of the inputs."""
    read, made = len(inputs) // number, len(outputs) // number
    return tuple(Pattern(inputs[k * read : (k + 1) * read], outputs[k * made : (k + 1) * made]) for k in range(number))


def _maybe_blocks(number: int, inputs: int, outputs: int) -> tuple[Pattern, ...] | None:
    if inputs % number or outputs % number:
        return None
    return blocks(number, tuple(range(inputs)), tuple(range(outputs)))


def spread(patterns: tuple[Pattern, ...], outputs: int) -> list[tuple[int, ...]]:
    """Patterns as one set of positions for each output."""
    sets: list[tuple[int, ...]] = [()] * outputs
    for pattern in patterns:
        for output in pattern.outputs:
            sets[output] = pattern.inputs
    return sets


def distinct(sets: Iterable[tuple[int, ...]]) -> Iterable[tuple[int, ...]]:
    """Each set once; outputs share their sets, and hashing them all would cost as much as there are weights."""
    kept = tuple(sets)
    return dict(zip(map(id, kept), kept, strict=True)).values()


def changed(sets: Sequence[tuple[int, ...]], change: Callable[[tuple[int, ...]], tuple[int, ...]]) -> Sets:
    """Each set changed; outputs go on sharing their sets."""
    made = {id(chosen): change(chosen) for chosen in distinct(sets)}
    return tuple(map(made.__getitem__, map(id, sets)))


def gather(sets: Sets) -> tuple[Pattern, ...]:
    """One set for each output as patterns: the outputs with equal sets together, in the order of their first output."""
    found: dict[tuple[int, ...], list[int]] = {}
    places: dict[int, list[int]] = {}
    for output, chosen in enumerate(sets):
        if id(chosen) not in places:
            places[id(chosen)] = found.setdefault(chosen, [])
        places[id(chosen)].append(output)
    return tuple(Pattern(chosen, tuple(outputs)) for chosen, outputs in found.items())


def _within(numbers: tuple[int, ...], size: int, what: str, side: str) -> None:
    for number in numbers:
        if number >= size:
            raise Refused(core.faults.NoSuchChannel(what=what, number=number, size=size, side=side), what)


def _partition(patterns: tuple[Pattern, ...], inputs: int, outputs: int) -> None:
    times = [0] * outputs
    for pattern in patterns:
        _within(pattern.inputs, inputs, "groups", "input")
        _within(pattern.outputs, outputs, "groups", "output")
        for output in pattern.outputs:
            times[output] += 1
    for output, count in enumerate(times):
        if count != 1:
            raise Refused(core.faults.NotAPartition(number=output, times=count), "groups")


def _index(outcome: object) -> int:
    assert isinstance(outcome, int), outcome
    return outcome


def _nested(outcome: object) -> Sets:
    assert isinstance(outcome, tuple), outcome
    return outcome  # pyright: ignore[reportUnknownVariableType]  (the decision's kind fixes the outcome's)
