"""Where one node of a found network stands in its node of a space, in numbers that tensors are indexed with."""

from __future__ import annotations

from functools import cached_property

import torch
from torch import Tensor

from dasdsl.frozen import frozen
from dasdsl.ir.membership import Membership, positions
from dasdsl.ir.program import Node
from dasdsl.operations.core.windowed import Windowed


@frozen
class Place:
    """A node of the found network, the node of the space that stands for it, and what is known of all of them."""

    mine: Node
    theirs: Node
    member: Membership

    @cached_property
    def positions(self) -> tuple[int, ...]:
        """The positions of the space's axis that stand for those that the found node reads."""
        return positions(self.mine.site.axis, self.theirs.site.axis, self.member.channels, self.member.nodes)

    @cached_property
    def features(self) -> Tensor:
        """The features of these positions."""
        return self._features(self.positions)

    @property
    def outputs(self) -> list[int]:
        """The outputs of the space's layer that stand for those of the found one."""
        return list(self.member.channels[self.mine.name])

    @property
    def region(self) -> tuple[slice, ...]:
        """The taps of the found filter within the dense kernel; nothing for a node that has none."""
        op = self.theirs.op
        return op.chosen(self.theirs.site, self.member.outcomes).region if isinstance(op, Windowed) else ()

    def reads(self) -> list[tuple[int, ...]]:
        """The positions that each output of the space's layer reads; new ones read as the found ones do, in turn."""
        kernel = self.mine.kernel
        assert kernel is not None
        sets = kernel.sets(self.mine.site, {})
        placed = [tuple(sorted(self.positions[position] for position in chosen)) for chosen in sets]
        of = dict(zip(self.outputs, placed, strict=True))
        patterns = [chosen for chosen in dict.fromkeys(placed) if chosen]
        return [of.get(output, patterns[output % len(patterns)]) for output in range(self.theirs.shape[0])]

    def features_of_outputs(self) -> list[Tensor]:
        """The features that each output of the space's layer reads."""
        reads = self.reads()
        known = {chosen: self._features(chosen) for chosen in set(reads)}
        return [known[chosen] for chosen in reads]

    def _features(self, chosen: tuple[int, ...]) -> Tensor:
        return torch.tensor(self.theirs.site.axis.features(chosen), dtype=torch.long)
