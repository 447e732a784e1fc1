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


@catalogued
@dataclass(frozen=True, kw_only=True)
class OnlyConstants(Problem):
    """Whatever is decided, all that is read of a layer are outputs that read nothing: the network ignores its input."""

    code = "E302"
    example = (
        HEAD
        + "4x8x8\n---\nconv filters 1x1 channels 2 groups [0-3 -> 0; none -> 1]\nflatten\nlinear channels 2 reads [1]\n"
    )

    name: str

    def message(self) -> str:
        """What is wrong."""
        return f"all that is read of `{self.name}` is constant, so nothing depends on the network's input"

    def help(self) -> str:
        """What to do."""
        return "read an output of it that reads something (`none -> …` makes constants)"
