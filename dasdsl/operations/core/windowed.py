"""What slides a filter over space (`conv`, `conv depthwise`): its sides and its dilation, as open as they are.

A dilated filter is a zero-padded one, so one dense kernel serves every choice of sides and dilation. With the largest
sides H and the largest dilation D it has D(H−1)+1 taps a side, and tap i of the choice (h, d) is its tap
D⌊H/2⌋ + d(i−⌊h/2⌋) (method: alignment).
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Self

from dasdsl.frozen import frozen
from dasdsl.operations import core
from dasdsl.operations.core.axes import Shape, Site
from dasdsl.operations.core.decisions import OneOf, Outcomes
from dasdsl.operations.core.filters import Filter, FilterGate
from dasdsl.operations.core.operation import Operation
from dasdsl.operations.core.problems import Refused
from dasdsl.operations.core.values import Filters, Options, Pads, Shapes, largest
from dasdsl.operations.core.windows import Pairs, Window, pads, per_side, slide

SIDES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}


@frozen(slots=True)
class Sliding:
    """How the one dense kernel slides, for each side: taps, step, distance of taps, (before, after) pads."""

    window: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    pads: Pairs


@frozen(kw_only=True)
class Windowed(Operation):
    """An operation with a filter."""

    filters: Filters
    stride: tuple[int, ...] = (1,)
    dilation: tuple[int, ...] | Options = (1,)
    pad: Pads = "same"

    # ---- the largest -------------------------------------------------------------------------------------------------

    @property
    def sides(self) -> tuple[int, ...]:
        """The largest filter."""
        if isinstance(self.filters, Shapes):
            return tuple(max(column) for column in zip(*self.filters.values, strict=True))
        return tuple(largest(side) for side in self.filters)

    def _dilations(self, rank: int, shape: Shape) -> tuple[int, ...]:
        """The largest dilation of each side."""
        numbers = (max(self.dilation.values),) if isinstance(self.dilation, Options) else self.dilation
        return per_side(numbers, rank, "dilation", shape)

    def sliding(self, read: Shape) -> Sliding:
        """How the one dense kernel slides over an input of this shape.

        Raises: Refused E102, E103 where the ranks differ.
        """
        rank = self._rank(read)
        dilation = self._dilations(rank, read)
        pairs = pads(self.pad, self.sides, dilation, read)
        stride = per_side(self.stride, rank, "stride", read)
        if isinstance(self.dilation, Options):
            window = tuple(d * (h - 1) + 1 for h, d in zip(self.sides, dilation, strict=True))
            return Sliding(window, stride, (1,) * rank, pairs)
        return Sliding(self.sides, stride, dilation, pairs)

    def _rank(self, read: Shape) -> int:
        rank = len(read) - 1
        if rank == 0:
            raise Refused(
                core.faults.NoSpace(what=self.words, shape=read, instead="on a vector write `linear channels …`")
            )
        written = self.filters.values if isinstance(self.filters, Shapes) else (self.filters,)
        for found in {len(sides) for sides in written} - {rank}:
            # a number that was meant for all sides; what is open is not written here as it was
            side = self.filters[0] if found == 1 and not isinstance(self.filters, Shapes) else None
            instead = "filters " + "x".join([str(side) if isinstance(side, int) else "<1..5>"] * rank)
            problem = core.faults.WrongRank(what="filters", rank=found, expected=rank, shape=read, instead=instead)
            raise Refused(problem, "filters")
        return rank

    def slid(self, read: Shape) -> tuple[int, ...]:
        """The sizes of space: ⌊(n + before + after − d(h−1) − 1)/stride⌋ + 1, whatever filter is chosen.

        Raises: Refused E105 where nothing is left.
        """
        how = self.sliding(read)
        window = Window("filters", "filters", how.window)
        return slide(window, read, how.stride, how.dilation, how.pads)

    # ---- decisions ---------------------------------------------------------------------------------------------------

    def filter_decisions(self, site: Site) -> tuple[OneOf, ...]:
        """One for each open side, or one for a list of shapes, and one for the dilation."""
        name = site.key
        if isinstance(self.filters, Shapes):
            out = [OneOf(f"{name}.filters", "filter", self.filters.values)]
        else:
            named = zip(SIDES.get(len(self.filters), ()), self.filters, strict=True)
            out = [
                OneOf(side.shared or f"{name}.filters.{label}", "filter", side.values)
                for label, side in named
                if isinstance(side, Options)
            ]
        if isinstance(self.dilation, Options):
            out.append(OneOf(self.dilation.shared or f"{name}.dilation", "dilation", self.dilation.values))
        return tuple({decision.name: decision for decision in out}.values())

    def filter_gate(self, site: Site) -> FilterGate | None:
        """The gate of the filter, where it is open."""
        members = {decision.name: len(decision.options) for decision in self.filter_decisions(site)}
        if not members:
            return None
        combinations = product(*(range(count) for count in members.values()))
        options = (self.chosen(site, dict(zip(members, combination, strict=True))) for combination in combinations)
        return FilterGate(f"{site.name}.filters", tuple(members), tuple(options))

    # ---- outcomes ----------------------------------------------------------------------------------------------------

    def chosen(self, site: Site, outcomes: Outcomes) -> Filter:
        """The filter that the outcomes leave, within the dense kernel."""
        return replace(self.dilated(site, outcomes), sides=self._chosen_sides(site, outcomes))

    def dilated(self, site: Site, outcomes: Outcomes) -> Filter:
        """The largest sides at the dilation that the outcomes leave; only that decision needs to be among them."""
        ones = (1,) * len(self.sides)
        if not isinstance(self.dilation, Options):
            return Filter(self.sides, ones, self.sides, ones)
        found = self.dilation.values[_index(outcomes[self.dilation.shared or f"{site.key}.dilation"])]
        most = max(self.dilation.values)
        return Filter(self.sides, tuple(found for _ in ones), self.sides, tuple(most for _ in ones))

    def side_indices(self, site: Site, decision: str) -> tuple[int, ...]:
        """The sides that a decision sets; a shared one may set several of one filter."""
        if isinstance(self.filters, Shapes):
            return ()
        names = SIDES[len(self.filters)]
        return tuple(
            index
            for index, (label, side) in enumerate(zip(names, self.filters, strict=True))
            if isinstance(side, Options) and decision == (side.shared or f"{site.key}.filters.{label}")
        )

    def _chosen_sides(self, site: Site, outcomes: Outcomes) -> tuple[int, ...]:
        if isinstance(self.filters, Shapes):
            return self.filters.values[_index(outcomes[f"{site.key}.filters"])]
        named = zip(SIDES.get(len(self.filters), ()), self.filters, strict=True)
        return tuple(
            side.values[_index(outcomes[side.shared or f"{site.key}.filters.{label}"])]
            if isinstance(side, Options)
            else side
            for label, side in named
        )

    def with_filter(self, found: Filter) -> Self:
        """The same with this filter and nothing open, written pads moved so that its taps stay where they were."""
        rank = len(found.sides)
        dilation: tuple[int, ...] | Options = self.dilation
        if isinstance(self.dilation, Options):
            dilation = found.spread[:1]
        if self.pad == "same":
            return replace(self, filters=found.sides, dilation=dilation)
        before = self._dilations(rank, ())
        after = before if not isinstance(self.dilation, Options) else found.spread
        written = pads(self.pad, self.sides, before, ())
        moved = tuple(
            (first - (D * (H // 2) - d * (h // 2)), last - (D * ((H - 1) // 2) - d * ((h - 1) // 2)))
            for (first, last), D, H, d, h in zip(written, before, self.sides, after, found.sides, strict=True)
        )
        return replace(self, filters=found.sides, dilation=dilation, pad=_shortest(moved))

    @property
    def padded(self) -> bool:
        """Whether zeros are added around its input."""
        if self.pad == "same":
            return any(side > 1 for side in self.sides)
        return not isinstance(self.pad, str) and any(number > 0 for pair in self.pad for number in pair)


def _shortest(pairs: Pairs) -> Pads:
    if not any(number for pair in pairs for number in pair):
        return "valid"
    return pairs[:1] if len(set(pairs)) == 1 else pairs


def _index(outcome: object) -> int:
    assert isinstance(outcome, int), outcome
    return outcome
