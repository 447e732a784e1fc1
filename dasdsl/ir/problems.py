"""Problems of a whole network (codes E3xx, W3xx)."""

from __future__ import annotations

from dataclasses import dataclass

from dasdsl.operations.core.faults import HEAD
from dasdsl.operations.core.problems import Problem, catalogued


@catalogued
@dataclass(frozen=True, kw_only=True)
class Pinned(Problem):
    """Channels are open, but something reads all of them together, or they are the network's output, so all stay."""

    code = "W301"
    severity = "warning"
    example = HEAD + "4x8x8\n---\nconv filters 3x3 channels<=8\nnorm layer\nflatten\nlinear channels 2\n"

    name: str
    most: int
    why: str

    def message(self) -> str:
        """What is wrong."""
        return f"the channels of `{self.name}` are open but cannot be closed: {self.why}"

    def help(self) -> str:
        """What to do."""
        return f"all {self.most} stay; write `channels {self.most}` to say so"
