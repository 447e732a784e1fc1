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
class EmptyBody(Problem):
    """There is a header, but no statement after it."""

    code = "E301"
    example = HEAD + "4x8x8\n---\n"

    def message(self) -> str:
        """What is wrong."""
        return "this file has no statements"

    def help(self) -> str:
        """What to do."""
        return "write one statement a line after the header, for example `conv filters 3x3 channels 8`"


@catalogued
@dataclass(frozen=True, kw_only=True)
class OpenArchitecture(Problem):
    """The header says `architecture:`, which has nothing open, but something is."""

    code = "E302"
    example = "---\ndas: 1\narchitecture: example\ninput: 4x8x8\n---\nconv filters <1|3>x3 channels 8\n"

    def message(self) -> str:
        """What is wrong."""
        return "an architecture has nothing open, but this statement leaves something to decide"

    def help(self) -> str:
        """What to do."""
        return "write `space:` in the header in the place of `architecture:`, or close it"
