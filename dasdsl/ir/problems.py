"""Problems of a whole network (codes E3xx, W3xx)."""

from __future__ import annotations

from dasdsl.diagnostics import DasError, Kind
from dasdsl.frozen import frozen
from dasdsl.operations.core.problems import HEAD, Problem, catalogued


@catalogued
@frozen(kw_only=True)
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
@frozen(kw_only=True)
class TightLimit(Problem):
    """Even the smallest network of the space costs more than the limit allows.

    This is known before anything is trained: what the smallest network costs is worked out from the text. In spaces
    with many branches or depths that is an estimate, and the message then speaks of the smallest network known. The
    header's `search: {limit: …}` may say such a limit, or `--limit`.
    """

    code = "E308"
    example = (
        "---\ndas: 1\nspace: example\ninput: 4x8x8\nsearch: {limit: {params: 20, macs: 50%}}\n---\n"
        "conv filters <1..3>x3 channels<=8\nrelu\nflatten\nlinear channels 2\n"
    )

    what: str
    most: int
    least: int
    sure: bool

    def message(self) -> str:
        """What is wrong."""
        smallest = "the smallest network" if self.sure else "the smallest network known that keeps the rest"
        word = "MACs" if self.what == "macs" else self.what
        return f"no network of this space keeps the limit of {self.most:,} {word}: {smallest} has {self.least:,}"

    def help(self) -> str:
        """What to do."""
        return f"allow at least that: `limit: {{{self.what}: {self.least}}}`, or open more in the space"


@catalogued
@frozen(kw_only=True)
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


@catalogued
@frozen(kw_only=True)
class NoSuchLabel(Problem):
    """`path from` names no statement that stands before it, in this body or in one around it."""

    code = "E303"
    example = (
        HEAD
        + "4x8x8\n---\nstem = conv filters 3x3 channels 4\nadd:\n    path: relu\n    path from stam: identity\n"
        + "flatten\nlinear channels 2\n"
    )

    label: str
    remedy: str

    def message(self) -> str:
        """What is wrong."""
        return f"no statement before this one is labelled `{self.label}`"

    def help(self) -> str:
        """What to do."""
        return self.remedy


@catalogued
@frozen(kw_only=True)
class NeverRead(Problem):
    """Nothing reads what a statement makes, so it would be trained for nothing."""

    code = "E304"
    example = (
        HEAD
        + "4x8x8\n---\nstem = conv filters 3x3 channels 4\nconv filters 3x3 channels 4\nadd:\n"
        + "    path from stem: relu\n    path from stem: identity\nflatten\nlinear channels 2\n"
    )

    name: str

    def message(self) -> str:
        """What is wrong."""
        return f"nothing reads the output of `{self.name}`"

    def help(self) -> str:
        """What to do."""
        return "let a path start at it, or delete it"


@catalogued
@frozen(kw_only=True)
class CannotBeTied(Problem):
    """Channels that are added or multiplied are the same for all branches, but these are open in different ways."""

    code = "E305"
    example = (
        HEAD
        + "4x8x8\n---\nadd:\n    path: conv filters 3x3 channels<=4\n    path: conv filters 1x1 channels 4\n"
        + "conv filters 1x1 channels 2\n"
    )

    what: str
    one: str
    other: str

    def message(self) -> str:
        """What is wrong."""
        return f"`{self.what}` joins channels that are open in different ways: {self.one}, {self.other}"

    def help(self) -> str:
        """What to do."""
        return (
            "make all of them `<=` with the same number, all fixed, or the same shared decision (`define: {w: <4|8>}`)"
        )


NOT_CLOSED = Kind(
    "E320",
    "something is open already",
    "`dasdsl widen` opens an architecture, in which everything is decided.",
)
BAD_WIDENING = Kind(
    "E321", "it cannot be opened so", "What `dasdsl widen` was told about layers or sizes cannot be done."
)
NOT_A_MEMBER = Kind(
    "E322",
    "the architecture is not in the space",
    "A search starts from a found architecture only where that is one of the space's own: the same statements in the "
    "same order, each option among those that are open.",
)


def not_closed(name: str) -> DasError:
    """A space was to be widened."""
    return NOT_CLOSED.error(
        f"`{name}` has something open already", help="widen an architecture: what `dasdsl search` found, for example"
    )


def bad_widening(what: str, remedy: str) -> DasError:
    """An option of a widening cannot be."""
    return BAD_WIDENING.error(what, help=remedy)


def not_a_member(what: str, remedy: str, path: str | None = None, line: int | None = None) -> DasError:
    """An architecture differs from all those of a space."""
    return NOT_A_MEMBER.error(f"the architecture is not in this space: {what}", help=remedy, path=path, line=line)


@catalogued
@frozen(kw_only=True)
class CannotBeNumbered(Problem):
    """A statement names channels by number (`slice`), but how many there are is one of several."""

    code = "E309"
    example = (
        HEAD + "4x8x8\n---\nconv filters 3x3 channels <4|8>\nconcat:\n    path: slice 1 of 2\n"
        "    path:\n        slice 2 of 2\n        relu\nconv filters 1x1 channels 2\n"
    )

    what: str
    source: str

    def message(self) -> str:
        """What is wrong."""
        return f"`{self.what}` names channels by number, but how many `{self.source}` makes is open"

    def help(self) -> str:
        """What to do."""
        return "let each channel be open on its own (`channels<=48`), or write one number"


@catalogued
@frozen(kw_only=True)
class SharedOpen(Problem):
    """The uses of a shared block make the same decisions, by the numbers of their options; channels have none."""

    code = "E306"
    example = (
        HEAD
        + "4x8x8\n---\nshared block cell(c):\n    conv filters <1..3>x3 channels<=c\ncell(4)\ncell(4)\n"
        + "flatten\nlinear channels 2\n"
    )

    block: str
    what: str

    def message(self) -> str:
        """What is wrong."""
        return f"{self.what} cannot be shared by the uses of `{self.block}`"

    def help(self) -> str:
        """What to do."""
        return "write a number, a choice (`channels <8|16>`) or `reads all`; or a `block` that is not shared"


@catalogued
@frozen(kw_only=True)
class SharedUnequal(Problem):
    """What the uses of a shared block decide together has equally many options in all of them."""

    code = "E307"
    example = (
        HEAD
        + "4x8x8\n---\nshared block cell(k):\n    conv filters k x 3 channels 4\ncell(<1|3>)\ncell(<1|3|5>)\n"
        + "flatten\nlinear channels 2\n"
    )

    name: str
    one: int
    other: int

    def message(self) -> str:
        """What is wrong."""
        return f"the decision `{self.name}` is shared, but has {self.one} options in one use and {self.other} here"

    def help(self) -> str:
        """What to do."""
        return "give it equally many options in each use"
